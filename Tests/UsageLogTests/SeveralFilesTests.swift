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
