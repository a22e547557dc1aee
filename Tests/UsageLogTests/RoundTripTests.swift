import Foundation
import LinearAlgebra
import Testing
import UsageData
import UsageLog

@Suite struct RoundTripTests {
  private let appNames = (0..<40).map { "app, \"number\" \($0)\n" }

  /// A made-up history with everything a history can hold; it starts at a time of its own.
  private func history(of client: Int) -> ClientHistory {
    var stream = RandomStream(key: (5, 5), counter: (0, UInt64(client), 0))
    var history = ClientHistory()
    var time = Int64(client) * 1000
    for session in 0..<stream.below(40) {
      time += Int64(1 + stream.below(3000))
      let start = time
      let first = history.opens.count
      for _ in 0..<stream.below(5) {
        time += Int64(stream.below(90))
        // Ids 30 and up are never used, 0 by everyone most.
        let app = Int32(stream.below(1 + stream.below(30)))
        history.opens.append(AppOpen(time: time, app: app))
      }
      time += Int64(stream.below(500))
      var context = DeviceContext()
      // Place 1 first, then 2, as the import numbers them.
      context.place = session < 20 ? 1 : session < 25 ? 2 : 0
      context.battery = stream.chance(0.2) ? -1 : Float(stream.uniform())
      context.isCharging = stream.chance(0.3)
      context.network = Network.allCases[stream.below(4)]
      context.notification = stream.chance(0.5) ? Int32(stream.below(30)) : -1
      history.sessions.append(
        Session(start: start, end: time, opens: first..<history.opens.count, context: context))
    }
    for _ in 0..<stream.below(3) {
      time += Int64(stream.below(50))
      history.installs.append(AppInstall(time: time, app: Int32(stream.below(30))))
    }
    return history
  }

  /// The history with app names for ids, so that numberings can differ.
  private func named(_ history: ClientHistory, _ name: (Int) -> String) -> [String] {
    history.sessions.map { session in
      var context = session.context
      let notification = context.notification < 0 ? "" : name(Int(context.notification))
      context.notification = -1
      return "\(session.start) \(session.end) \(session.opens) \(context) \(notification)"
    }
      + history.opens.map { "\($0.time) \(name(Int($0.app)))" }
      + history.installs.map { "\($0.time) \(name(Int($0.app)))" }
  }

  @Test func databaseKeepsEverything() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    let summary = try writeLog(
      to: path, clientCount: 20, appNames: appNames, history: history)
    let log = try UsageLog(path: path)
    #expect(log.clientCount == 20)
    #expect(log.appCount <= 30)
    #expect(log.contentHash == summary.contentHash)
    #expect(log.timeRange == summary.timeRange)
    for client in 0..<20 {
      #expect(
        try named(log.history(of: client), log.appName)
          == named(history(of: client)) { appNames[$0] })
    }
    #expect(
      summary.opens == (0..<20).reduce(0) { $0 + history(of: $1).opens.count })
    #expect(try folder.contents() == ["log.sqlite"])
  }

  @Test func appsAreAVocabularyPrefix() throws {
    let folder = try TemporaryFolder()
    _ = try writeLog(
      to: folder.file("log.sqlite"), clientCount: 20, appNames: appNames, history: history)
    let log = try UsageLog(path: folder.file("log.sqlite"))
    var users = [Int](repeating: 0, count: log.appCount)
    for client in 0..<20 {
      for app in Set(try log.history(of: client).opens.map(\.app)) { users[Int(app)] += 1 }
    }
    #expect(users == users.sorted(by: >))
  }

  @Test func csvReadsBackThroughTheImport() throws {
    let folder = try TemporaryFolder()
    let csv = folder.file("log.csv")
    try writeCSV(to: csv, clientCount: 20, appNames: appNames, history: history)
    let (log, report) = try imported(.file(csv), options(.csv) { $0.isStrict = true })
    #expect(report.droppedColumns.isEmpty)

    // The import orders clients by hash; the first event tells who is who.
    let expected = (0..<20).map(history).filter { !$0.sessions.isEmpty || !$0.installs.isEmpty }
      .sorted { start($0) < start($1) }
    let read = try (0..<log.clientCount).map(log.history).sorted { start($0) < start($1) }
    #expect(read.count == expected.count)
    for (read, expected) in zip(read, expected) {
      #expect(named(read, log.appName) == named(expected) { appNames[$0] })
    }

    func start(_ history: ClientHistory) -> Int64 {
      history.sessions.first?.start ?? history.installs[0].time
    }
  }

  @Test func manyReadersAtOnce() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    _ = try writeLog(to: path, clientCount: 20, appNames: appNames, history: history)
    let log = try UsageLog(path: path)
    let expected = try (0..<20).map { try log.history(of: $0).opens }
    try await withThrowingTaskGroup { group in
      for reader in 0..<8 {
        group.addTask {
          let own = reader % 2 == 0 ? log : try UsageLog(path: path)
          return try (0..<20).map { try own.history(of: $0).opens }
        }
      }
      for try await opens in group { #expect(opens == expected) }
    }
  }

  @Test func writersLeaveExistingFilesAlone() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("log", "mine".utf8)
    let path = folder.file("log")
    let database = usageLogError {
      _ = try writeLog(to: path, clientCount: 1, appNames: appNames, history: history)
    }
    let csv = usageLogError {
      try writeCSV(to: path, clientCount: 1, appNames: appNames, history: history)
    }
    #expect(database?.kind == .inputOutput)
    #expect(csv?.kind == .inputOutput)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
  }
}
