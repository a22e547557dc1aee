import Foundation
import Testing
import UsageData
import UsageLog

/// Logs of several files, and clients that no column names.
@Suite struct SeveralFilesTests {
  private let rows = [
    "a,1714557600,x", "a,1714557660,y", "b,1714557600,x", "b,1714560000,z", "c,1714557601,y",
  ]

  private func imported(
    _ folder: TemporaryFolder, _ sources: [ImportSource],
    _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> (log: UsageLog, report: ImportReport) {
    let out = folder.file("log.sqlite")
    let report = try importLog(
      from: sources, to: out,
      options: options(.csv) {
        $0.overwrite = true
        change(&$0)
      })
    return (try UsageLog(path: out), report)
  }

  @Test func filesOfAnyShapeBecomeOneLog() throws {
    let folder = try TemporaryFolder()
    let whole = try folder.write(
      "whole.csv", ("user,time,app\n" + rows.joined(separator: "\n") + "\n").utf8)
    let parts = [
      try folder.write("1.csv", "user,time,app\n\(rows[4])\n\(rows[0])\n".utf8),
      try folder.write("2.csv", "app;user;time;more\nx;b;1714557600;1\n".utf8),
      try folder.write("3.json", "[{\"app\":\"z\",\"user\":\"b\",\"time\":1714560000}]".utf8),
      try folder.write("4.csv.gz", gzip(Array("user,time,app\n\(rows[1])\n".utf8))),
    ]
    let (log, _) = try imported(folder, [whole])
    for parts in [parts, parts.reversed()] {
      let (joined, report) = try imported(folder, parts)
      #expect(joined.contentHash == log.contentHash)
      #expect(report.rows == 5 && report.files.map(\.rows).reduce(0, +) == 5)
      #expect(Set(report.files.map(\.shape)) == ["comma-separated", "semicolon-separated", "JSON"])
    }
  }

  @Test func clientsComeFromNames() throws {
    let folder = try TemporaryFolder()
    let (log, _) = try imported(
      folder,
      [try folder.write("all.csv", ("user,time,app\n" + rows.joined(separator: "\n")).utf8)])
    var sources: [ImportSource] = []
    for (client, name) in [("a", "a.csv"), ("b", "b.CSV.gz"), ("c", "c.jsonl")] {
      let own = rows.filter { $0.hasPrefix(client) }.map { $0.dropFirst(2) }
      let text =
        name.hasSuffix("jsonl")
        ? own.map { $0.split(separator: ",") }.map { "{\"time\": \($0[0]), \"app\": \"\($0[1])\"}" }
          .joined(separator: "\n") : "time,app\n" + own.joined(separator: "\n")
      let bytes = Array(text.utf8)
      sources.append(try folder.write(name, name.hasSuffix("gz") ? gzip(bytes) : bytes))
      // The same one folder deeper.
      try FileManager.default.createDirectory(
        atPath: folder.file("people/\(client)"), withIntermediateDirectories: true)
      _ = try folder.write(
        "people/\(client)/usage.csv", ("time,app\n" + own.joined(separator: "\n")).utf8)
      _ = try folder.write("people/\(client)/README.md", "about".utf8)
    }
    let (named, report) = try imported(folder, sources) { $0.client = .fileName }
    #expect(named.contentHash == log.contentHash)
    #expect(report.files.map(\.client) == ["a", "b", "c"])
    let found = try ImportSource.find([folder.file("people")])
    #expect(found.sources.count == 3 && found.others.count == 3)
    let (deep, _) = try imported(folder, found.sources) { $0.client = .folderName }
    #expect(deep.contentHash == log.contentHash)
    let alike = usageLogError { _ = try imported(folder, found.sources) { $0.client = .fileName } }
    #expect(alike?.kind == .usage)
    #expect(alike?.description.contains("--client-from folder") == true)
    let (one, _) = try imported(folder, sources) { $0.client = .name("everybody") }
    #expect(one.clientCount == 1)
    let unnamed = usageLogError { _ = try imported(folder, sources) }
    #expect(unnamed?.description.contains("--client NAME") == true)
    #expect(unnamed?.description.contains("--client-from file") == true)
    let input = usageLogError {
      _ = try imported(folder, [.standardInput]) { $0.client = .fileName }
    }
    #expect(input?.kind == .usage)
  }

  /// Three phones, of which one has another header.
  private func phones(
    _ folder: TemporaryFolder, odd: String, _ header: String = "App name,Date,Time"
  ) throws -> [ImportSource] {
    try ["1.csv", "2.csv", "3.csv"].map { name in
      let rows = "Mail,3/13/2026,7:00:00 AM\nMaps,3/14/2026,1:02:03 PM\n"
      return try folder.write(name, "\(name == odd ? header : "App name,Date,Time")\n\(rows)".utf8)
    }
  }

  /// What the others have in that place is what should stand there, whichever file is read first.
  @Test(arguments: ["1.csv", "2.csv", "3.csv"])
  func aHeaderUnlikeTheOthersIsNamed(odd: String) throws {
    for (header, role, own, expected) in [
      ("Ap name,Date,Time", "app", "Ap name", "App name"),
      ("App name,Date,Tme", "time", "Tme", "Time"),
      ("App name,Dat,Time", "date", "Dat", "Date"), ("App name,When,Time", "date", "When", "Date"),
    ] {
      let folder = try TemporaryFolder()
      let sources = try phones(folder, odd: odd, header)
      let error = usageLogError { _ = try imported(folder, sources) { $0.client = .fileName } }
      #expect(
        error?.description
          == "\(folder.file(odd)):1 has no column for the \(role): it has '\(own)', and the other 2 files have "
          + "'\(expected)' there; mend the header of this one.")
      #expect(error?.kind == .badInput)
    }
    // A file of another shape is no mistake.
    let folder = try TemporaryFolder()
    let sources = try phones(folder, odd: "none")
    _ = try folder.write(odd, "time,app,more\n2026-03-13 08:00:00,x,1\n".utf8)
    let (log, report) = try imported(folder, sources) { $0.client = .fileName }
    #expect(log.clientCount == 3)
    #expect(
      report.times.order?.contains(
        "on line 2 of \(folder.file(odd == "1.csv" ? "2.csv" : "1.csv"))") == true)
  }

  @Test func aFileWithoutAUsableRowIsSaid() throws {
    let folder = try TemporaryFolder()
    let sources = [
      try folder.write("a.csv", "time,app\n1714557600,x\n".utf8),
      try folder.write("b.csv", "time,app\nnever,x\n".utf8),
    ]
    let (_, report) = try imported(folder, sources) { $0.client = .fileName }
    #expect(report.notes == ["\(folder.file("b.csv")): none of its rows is of use (1)"])
    let none = usageLogError { _ = try imported(folder, [sources[1]]) { $0.client = .fileName } }
    #expect(none?.description.contains("no usable row: 1 bad row on line 2: 'never'") == true)
    // Advice is given once.
    #expect(none?.description.contains("check the format") == false)
  }

  @Test func namesThatGiveClientsComeFirst() throws {
    let folder = try TemporaryFolder()
    func error(_ names: [String]) throws -> String {
      let sources = try names.map { name in
        let url = URL(fileURLWithPath: folder.file(name)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return try folder.write(name, "time,app\n1714557600,x\n".utf8)
      }
      return usageLogError { _ = try imported(folder, sources) }?.description ?? ""
    }
    for (names, option) in [
      (["a.csv", "b.csv"], "--client-from file"), (["a/u.csv", "b/u.csv"], "--client-from folder"),
    ] {
      let text = try error(names)
      let advice = try #require(text.range(of: option), "\(text)")
      let column = try #require(text.range(of: "--columns client=HEADER"), "\(text)")
      #expect(advice.lowerBound < column.lowerBound)
    }
    #expect(try error(["a.csv"]).contains("name the person with --client NAME"))
  }

  @Test func aColumnThatIsNotReadIsPointedOut() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("x.csv", ("user,time,app\n" + rows.joined(separator: "\n")).utf8)
    let (log, report) = try imported(folder, [source]) { $0.client = .name("one") }
    #expect(log.clientCount == 1)
    #expect(report.notes.contains { $0.contains("'user' looks like the client") })
  }

  @Test func registeredClientsAreKnown() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("a.csv", "time,app\n1714557600,x\n".utf8)
    let (log, _) = try imported(folder, [source]) {
      $0.client = .fileName
      $0.registered = ["a", "b"]
    }
    #expect(log.clientCount == 2)
    let error = usageLogError {
      _ = try imported(folder, [source]) {
        $0.client = .fileName
        $0.registered = ["b"]
      }
    }
    #expect(error?.description.contains("'a' is not in the list") == true)
  }

  @Test func placesAreThoseOfTheFile() throws {
    let folder = try TemporaryFolder()
    let first = try folder.write(
      "first.csv", "user,time,app\na,1714557600,x\n\na,1714557601,\n".utf8)
    let second = try folder.write("second.csv", "user,time,app\nb,1714557600,x\nb,never,x\n".utf8)
    let (_, report) = try imported(folder, [first, second])
    #expect(report.badExamples.map(\.file) == [first.name, second.name])
    #expect(report.badExamples.map(\.line) == [4, 3])
    let third = try folder.write(
      "third.csv",
      ("user,time,app\n" + (0..<400).map { "c,\(1_714_557_600 + $0 * 60),x\n" }.joined()
        + "c,946684800,x\n").utf8)
    let (_, odd) = try imported(folder, [first, third])
    #expect(
      odd.notes.contains { $0.contains("first on line 402 of \(third.name)") }, "\(odd.notes)")
    let none = usageLogError {
      _ = try imported(folder, [second, second].map { _ in second } + [first]) {
        $0.isStrict = true
      }
    }
    #expect(none?.description.contains("second.csv:3: 'never'") == true)
  }

  @Test func sessionsAreInAllFilesOrInNone() throws {
    let folder = try TemporaryFolder()
    let sources = [
      try folder.write("1.csv", "user,time,app,session\na,1714557600,x,1\n".utf8),
      try folder.write("2.csv", "user,time,app\na,1714557601,x\n".utf8),
    ]
    for sources in [sources, sources.reversed()] {
      let error = usageLogError { _ = try imported(folder, sources) }
      #expect(error?.description.contains("--columns session=none") == true)
    }
    let columns = try ColumnMapping(parsing: "session=none")
    #expect(try imported(folder, sources) { $0.columns = columns }.report.rows == 2)
  }

  @Test func foldersAndNamesThatDoNotFit() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("empty"), withIntermediateDirectories: false)
    let empty = usageLogError { _ = try ImportSource.find([folder.file("empty")]) }
    #expect(empty?.kind == .badInput)
    #expect(empty?.description.contains(".csv, ") == true)
    _ = try folder.write("empty/.hidden.csv", "x".utf8)
    _ = try folder.write("empty/a.csv", "x".utf8)
    let twice = usageLogError {
      _ = try ImportSource.find([folder.file("empty"), folder.file("empty/a.csv")])
    }
    #expect(twice?.kind == .usage)
    #expect(try ImportSource.find(["-", folder.file("empty")]).sources.count == 2)
    let own = usageLogError {
      _ = try importLog(
        from: [.file(folder.file("empty/a.csv"))], to: folder.file("empty/a.csv"),
        options: options(.csv) { $0.overwrite = true })
    }
    #expect(own?.kind == .usage)
  }
}
