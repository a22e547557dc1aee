import Foundation
import Testing
import UsageData
import UsageLog

@Suite struct ImportTests {
  @Test func guessesColumnsAndSaysWhichItTook() throws {
    let (log, report) = try imported(
      """
      Device ID,User,TimeStamp,package-name,colour
      d1,u1,2024-05-01T10:00:00,Mail,red
      d1,u2,2024-05-01T11:00:00,Maps,blue
      """)
    #expect(report.columns.map(\.role) == [.client, .time, .app])
    #expect(report.columns.map(\.header) == ["User", "TimeStamp", "package-name"])
    #expect(report.droppedColumns == ["Device ID", "colour"])
    #expect(log.clientCount == 2)
    #expect(log.appNames == ["Mail", "Maps"])
  }

  @Test func mapsNamedColumnsAndLeavesOutEmptyOnes() throws {
    let columns = try ColumnMapping(parsing: "client=who, app=what,event=")
    let (log, report) = try imported(
      "who,what,time,event,user\na,Mail,1714557600,unheard,b\n",
      options(.csv) { $0.columns = columns })
    #expect(report.columns.map(\.header) == ["who", "time", "what"])
    #expect(report.droppedColumns == ["event", "user"])
    #expect(try log.history(of: 0).opens == [AppOpen(time: 1_714_557_600, app: 0)])
  }

  @Test(arguments: [
    ("clinet=user", "did you mean 'client'"), ("client", "client=HEADER"),
    ("app=a,app=b", "'app' once"),
    ("client=user,time=time,app=user", "'user' to both client and app"),
  ])
  func refusesMappings(_ text: String, _ message: String) throws {
    let error = usageLogError { _ = try ColumnMapping(parsing: text) }
    #expect(error?.kind == .usage)
    #expect(error?.description.contains(message) == true)
  }

  @Test func namesTheNearestHeader() throws {
    let columns = try ColumnMapping(parsing: "client=userid,app=app_name")
    let error = usageLogError {
      _ = try imported(
        "user_id,time,app_name\n", options(.csv) { $0.columns = columns })
    }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("no column 'userid'") == true)
    #expect(error?.description.contains("did you mean 'user_id'?") == true)

    let taken = usageLogError {
      let columns = try ColumnMapping(parsing: "app=time")
      _ = try imported("user,time\na,1\n", options(.csv) { $0.columns = columns })
    }
    #expect(taken?.description.contains("looks like the time") == true)

    let missing = usageLogError { _ = try imported("when,who\n1,2\n") }
    #expect(
      missing?.description.contains("looks like the client; say which of 'when', 'who'") == true)
  }

  @Test func readsQuotedFieldsWithCRLFAndByteOrderMark() throws {
    let (log, report) = try imported(.file(vectors + "quoted.csv"), options(.csv))
    #expect(report.rows == 5)
    #expect(report.badExamples.map(\.line) == [8])
    #expect(report.badExamples.map(\.reason) == ["the app is empty"])
    #expect(report.columns.map(\.header) == ["User ID", "Time", "App Name"])
    let history = try log.history(of: 0)
    #expect(
      history.opens.map { log.appName(Int($0.app)) }
        == ["Maps, offline", "The \"best\" app", "Note\r\nbook", "Mail"])
  }

  @Test func countsBadRowsWithLineAndReason() throws {
    let (log, report) = try imported(.file(vectors + "bad_rows.csv"), options(.csv))
    let expected = [
      (3, "4 fields"), (4, "'yesterday' is not a known time format"),
      (5, "client is empty"), (6, "app is empty"),
      (7, "unknown event 'tapped'"), (8, "text follows a closing quote"),
      (9, "'120' is not a battery level"),
      (10, "'maybe' is neither"), (13, "7 fields"), (15, "quoted field is not closed"),
    ]
    #expect(report.badExamples.map(\.line) == expected.map(\.0))
    for (bad, (_, reason)) in zip(report.badExamples, expected) {
      #expect(bad.reason.contains(reason))
    }
    #expect(report.badRows == 10)
    #expect(report.rows == 14)
    #expect(report.imported == 4)
    #expect(log.appNames == ["Mail", "Maps", "Maps\nand more"])
  }

  @Test func keepsOnlyTheFirstBadRows() throws {
    let rows = (0..<50).map { $0 < 30 ? "u,x,a\n" : "u,\($0),a\n" }.joined()
    let (_, report) = try imported("user,time,app\n" + rows)
    #expect(report.badRows == 30)
    #expect(report.badExamples.map(\.line) == Array(2...21))
  }

  @Test func strictStopsAtTheFirstBadRow() throws {
    let error = usageLogError {
      _ = try imported(
        .file(vectors + "bad_rows.csv"), options(.csv) { $0.isStrict = true })
    }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("bad_rows.csv:3: 4 fields") == true)
  }

  @Test func survivesRowsLongerThanItsBuffer() throws {
    let long = String(repeating: "x", count: 1 << 19)
    let (log, report) = try imported(
      "user,time,app\nu,1,\(long)\nu,2,a\nu,3,\"\(long)\nu,4,b\n")
    #expect(report.badExamples.map(\.line) == [2, 4])
    #expect(try log.history(of: 0).opens.map(\.time) == [2, 4])
  }

  @Test func readsEveryTimeFormat() throws {
    let table = try String(contentsOfFile: vectors + "local_times.csv", encoding: .utf8)
    for line in table.split(separator: "\n").dropFirst() {
      let parts = line.split(separator: ",", omittingEmptySubsequences: false)
      // A good row before it keeps a log of one bad row from being refused.
      let (log, report) = try imported(
        "user,time,app\na,0,x\nb,\(parts[0]),x\n", options(.csv) { $0.keepsAllTimes = true })
      if let seconds = Int64(parts[1]) {
        let times = try (0..<log.clientCount).map { try log.history(of: $0).opens[0].time }
        #expect(times.sorted() == [0, seconds], "\(parts[0])")
      } else {
        #expect(report.badRows == 1, "\(parts[0])")
      }
    }
  }

  @Test func hashesClientsAndOrdersThemByHash() throws {
    let table = try String(contentsOfFile: vectors + "hashed_ids.csv", encoding: .utf8)
    let rows = table.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    let folder = try TemporaryFolder()
    let names = rows.enumerated().map { "\($1[0]),\($0),home \($1[0]),app\($0)\n" }.joined()
    let source = try folder.write("log.csv", "user,time,place,app\n\(names)".utf8)
    try _ = importLog(from: source, to: folder.file("log.sqlite"), options: options(.csv))

    let order = rows.indices.sorted { rows[$0][1] < rows[$1][1] }
    let log = try UsageLog(path: folder.file("log.sqlite"))
    #expect(
      try (0..<log.clientCount).map { try log.history(of: $0).opens[0].time }
        == order.map(Int64.init))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("log.sqlite")))
    for row in rows {
      let code = stride(from: 0, to: 32, by: 2).compactMap {
        UInt8(row[1].dropFirst($0).prefix(2), radix: 16)
      }
      #expect(bytes.range(of: Data(code)) != nil)
      #expect(bytes.range(of: Data(row[0].utf8)) == nil)
      #expect(bytes.range(of: Data("home".utf8)) == nil)
    }
  }

  @Test func drawsAnotherKeyEachTime() throws {
    let text = "user,time,app\na,1,x\nb,2,y\nc,3,z\n"
    let (first, _) = try imported(text, ImportOptions())
    let (second, _) = try imported(text, ImportOptions())
    #expect(first.contentHash != second.contentHash)
  }

  @Test func ordersAppsByClientsThenOpensThenName() throws {
    let (log, report) = try imported(
      """
      user,time,app
      a,1,solo
      a,2,solo
      a,3,solo
      a,4,wide
      b,5,wide
      a,6,beta
      b,7,alpha
      b,8,both
      a,9,both
      a,10,both
      """)
    #expect(log.appNames == ["both", "wide", "solo", "alpha", "beta"])
    #expect(report.log.apps == 5)
    #expect(report.log.opens == 10)
  }
}
