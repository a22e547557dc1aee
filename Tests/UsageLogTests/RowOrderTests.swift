import Foundation
import LinearAlgebra
import Testing
import UsageData
import UsageLog

/// The order of the rows in a file says nothing, whether times differ or not.
@Suite struct RowOrderTests {
  /// All orders of four things or fewer, some two dozen of more.
  private func orders<Element>(_ elements: [Element]) -> [[Element]] {
    func all(_ elements: [Element]) -> [[Element]] {
      guard let first = elements.first else { return [[]] }
      return all(Array(elements.dropFirst())).flatMap { rest in
        (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
      }
    }
    let orders = all(elements)
    return stride(from: 0, to: orders.count, by: max(1, orders.count / 24 - 1)).map { orders[$0] }
  }

  /// Sessions as `start-end: apps` in seconds after 1000000, from every order of the rows.
  private func sessions(_ rows: [String], _ header: String = "user,time,event,app") throws
    -> Set<[String]>
  {
    var results: Set<[String]> = []
    for rows in orders(rows) {
      let (log, _) = try imported(([header] + rows).joined(separator: "\n"))
      let history = try log.history(of: 0)
      results.insert(
        history.sessions.map { session in
          let apps = log.apps(of: session, in: history).joined(separator: " ")
          return "\(session.start - 1_000_000)-\(session.end - 1_000_000): \(apps)"
        })
    }
    return results
  }

  @Test func partsOfASecondCount() throws {
    // Milliseconds of 2024, as a phone writes them.
    let milliseconds = [
      "a,1709277043000,lock,", "a,1709277003700,open,cam", "a,1709277003100,unlock,",
    ]
    #expect(try sessions(milliseconds) == [["1708277003-1708277043: cam"]])
    let dates = [
      "a,1970-01-12T13:46:43,lock,", "a,1970-01-12T13:46:43.000001,unlock,",
      "a,1970-01-12T13:46:43.000002,open,x", "a,1970-01-12T13:46:42.9,open,y",
      "a,1970-01-12T13:46:42.85,unlock,",
    ]
    #expect(try sessions(dates) == [["2-3: y", "3-3: x"]])
    let fractions = ["a,1000003.25,open,y", "a,1000003.5,open,x", "a,1000003.125,open,z"]
    #expect(try sessions(fractions) == [["3-3: z y x"]])
    let nanoseconds = [
      "a,1700000000000001000,open,b", "a,1700000000000002000,open,a",
      "a,1700000000000000000,unlock,",
    ]
    #expect(try sessions(nanoseconds).map { $0.map { String($0.suffix(3)) } } == [["b a"]])
  }

  /// A lock and an unlock of one second end one session and begin the next.
  @Test func sessionsOfWholeSecondsStayWhole() throws {
    #expect(
      try sessions([
        "a,1000000,unlock,", "a,1000005,open,x", "a,1000010,lock,", "a,1000010,unlock,",
        "a,1000010,open,y", "a,1000020,lock,",
      ]) == [["0-10: x", "10-20: y"]])
    // A whole session within a second, then another one.
    #expect(
      try sessions([
        "a,1000000,unlock,", "a,1000000,open,x", "a,1000000,lock,", "a,1000010,unlock,",
        "a,1000010,open,y",
      ]) == [["0-0: x", "10-10: y"]])
    // The end of a session, one without length, and the beginning of a third.
    #expect(
      try sessions([
        "a,1000000,unlock,", "a,1000010,lock,", "a,1000010,unlock,", "a,1000010,lock,",
        "a,1000010,unlock,", "a,1000011,open,z",
      ]) == [["0-10: ", "10-10: ", "10-11: z"]])
    // Without an unlock a lock ends what is opened in its second.
    #expect(
      try sessions(["a,1000000,open,x", "a,1000010,open,y", "a,1000010,lock,"])
        == [["0-10: x y"]])
    // The screen comes on with the unlock, and is no session of its own.
    #expect(
      try sessions([
        "a,1000000,screen_on,", "a,1000000,unlock,", "a,1000003,open,x", "a,1000009,screen_off,",
        "a,1000009,lock,",
      ]) == [["0-9: x"]])
    // What was on before the log began ends with its first row.
    #expect(
      try sessions(["a,1000000,lock,", "a,1000000,unlock,", "a,1000003,open,x"]) == [["0-3: x"]])
  }

  @Test func sessionsWithIdsStayWhole() throws {
    let header = "user,time,session,app"
    #expect(
      try sessions(
        ["a,1000000,9,x", "a,1000005,9,y", "a,1000005,10,z", "a,1000008,10,w"], header)
        == [["0-5: x y", "5-8: z w"]])
    // One that goes on comes last, whatever its name.
    #expect(
      try sessions(
        ["a,1000000,m,x", "a,1000005,m,y", "a,1000005,b,p", "a,1000005,c,z", "a,1000008,b,w"],
        header)
        == [["0-5: x y", "5-5: z", "5-8: p w"]])
  }

  @Test func aColumnCanSayTheOrder() throws {
    let columns = try ColumnMapping(parsing: "order=number")
    let rows = ["a,100,2,b", "a,100,10,a", "a,100,-1,c", "a,100,11,a"]
    for rows in orders(rows) {
      let (log, report) = try imported(
        "user,time,number,app\n" + rows.joined(separator: "\n"),
        options(.csv) { $0.columns = columns })
      let history = try log.history(of: 0)
      #expect(log.apps(of: history.sessions[0], in: history) == ["c", "b", "a", "a"])
      #expect(report.tiedOpens == 0)
    }
    let bad = try imported(
      "user,time,number,app\na,1,1,x\na,2,1.5,x\n", options(.csv) { $0.columns = columns })
    #expect(bad.report.badExamples.map(\.line) == [3])
  }

  @Test func whatIsTiedIsCounted() throws {
    let (_, report) = try imported(
      "user,time,app\na,5,x\na,5,y\na,5,x\na,6,x\na,6,x\nb,5,x\nb,7,y\n")
    #expect(report.duplicateRows == 2)
    // One of the two opens of x that say the same, and that of y.
    #expect(report.tiedOpens == 2)
  }

  /// Every row of some seconds, so that most times are shared.
  @Test(arguments: [LogFormat.csv, .tsv, .lsapp, .studentlife])
  func shuffledRowsGiveTheSameLog(_ format: LogFormat) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed of shuffledRowsGiveTheSameLog(\(format.rawValue)): \(seed)")
    var stream = RandomStream(key: (seed, 0), counter: (0, 0, 0))
    let separator = format == .csv || format == .studentlife ? "," : "\t"
    let header =
      switch format {
      case .csv, .tsv: ["client", "time", "event", "app", "place", "battery"]
      case .lsapp: ["user_id", "session_id", "timestamp", "app_name", "event_type"]
      case .studentlife:
        ["user_id", "timestamp", "app", "is_system", "session_id", "place_id", "order_in_interval"]
      }
    let events = ["open", "open", "unlock", "lock", "close", "screen_on", "install"]
    var rows: [String] = []
    for row in 0..<900 {
      let (user, time) = ("u\(row % 5)", 1_700_000_000 + row / 9 * 20 + stream.below(2))
      let app = stream.below(9) == 0 ? "android" : "app\(stream.below(6))"
      let fields =
        switch format {
        case .csv, .tsv:
          [
            user, "\(time)", events[stream.below(7)], app, "p\(stream.below(3))",
            "\(stream.below(100))",
          ]
        case .lsapp:
          [
            user, "\(row / 40 + stream.below(2))", "\(time)", app,
            ["Opened", "Closed", "User Interaction", "Broken"][stream.below(4)],
          ]
        case .studentlife:
          [
            user, "\(time)", app, "\(stream.below(2))", "\(row / 40 + stream.below(2))",
            "\(stream.below(3))", "\(stream.below(3))",
          ]
        }
      rows.append(fields.joined(separator: separator))
    }
    var hashes: Set<String> = []
    for capacity in [11, 100, 10_000] {
      let text = ([header.joined(separator: separator)] + rows).joined(separator: "\n")
      let (log, report) = try imported(text, options(format) { $0.sortCapacity = capacity })
      #expect(report.badRows == 0)
      hashes.insert(log.contentHash)
      stream.shuffle(&rows)
    }
    #expect(hashes.count == 1)
  }
}
