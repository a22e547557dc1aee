import Foundation
import GRDB
import Testing
import UsageData
import UsageLog

/// Where a log is written, and logs that were damaged since.
@Suite struct OutputTests {
  private let rows = "user,time,app\n" + (0..<3000).map { "u\($0 % 60),\($0 * 31),a\n" }.joined()

  private func history(of client: Int) -> ClientHistory {
    var history = ClientHistory()
    history.opens = [AppOpen(time: 5, app: 0)]
    history.sessions = [Session(start: 0, end: 9, opens: 0..<1, context: DeviceContext())]
    return history
  }

  @Test func createsMissingFolders() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("log.csv", rows.utf8)
    _ = try importLog(from: source, to: folder.file("a/b/log.sqlite"))
    #expect(try UsageLog(path: folder.file("a/b/log.sqlite")).clientCount == 60)
    _ = try writeLog(
      to: folder.file("c//log.sqlite"), clientCount: 1, appNames: ["x"], history: history)
    try writeCSV(to: folder.file("d/log.csv"), clientCount: 1, appNames: ["x"], history: history)
    #expect(try folder.contents() == ["a", "c", "d", "log.csv"])
  }

  @Test func saysWhyAFolderCannotBeCreated() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("log.csv", rows.utf8)
    for target in ["log.csv/log.sqlite", "log.csv/a/log.sqlite"].map(folder.file) {
      let error = usageLogError { _ = try importLog(from: source, to: target) }
      #expect(error?.kind == .inputOutput)
      #expect(error?.description.hasPrefix("\(target)") == true, "\(String(describing: error))")
      #expect(error?.description.contains("Not a directory") == true)
    }
    let isFolder = usageLogError {
      _ = try importLog(
        from: source, to: folder.path, options: options(.csv) { $0.overwrite = true })
    }
    #expect(isFolder?.kind == .inputOutput)
    #expect(isFolder?.description.contains("not a regular file") == true)
  }

  @Test func failedImportsLeaveNoFolders() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("log.csv", "user,time,app\n".utf8)
    let error = usageLogError { _ = try importLog(from: source, to: folder.file("a/b/c.sqlite")) }
    #expect(error?.kind == .badInput)
    #expect(try folder.contents() == ["log.csv"])
  }

  @Test(arguments: ["log.csv", "link.csv"])
  func refusesToDestroyItsInput(_ name: String) throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("log.csv", rows.utf8)
    if name == "link.csv" {
      try FileManager.default.createSymbolicLink(
        atPath: folder.file(name), withDestinationPath: folder.file("log.csv"))
    }
    let error = usageLogError {
      _ = try importLog(
        from: source, to: folder.file(name), options: options(.csv) { $0.overwrite = true })
    }
    #expect(error?.kind == .usage)
    guard case .file(let path) = source else { return }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == rows)
  }

  @Test func logsOutOfRangeAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    for (change, message) in [
      ("DELETE FROM client", "no clients"),
      ("UPDATE meta SET value = 9223372036854775807 WHERE key = 'last_time'", "no range"),
      ("UPDATE meta SET value = -1 WHERE key = 'first_time'", "no range"),
      ("UPDATE meta SET value = 'x' WHERE key = 'last_time'", "no range"),
      ("DELETE FROM meta WHERE key = 'last_time'", "no range"),
      ("UPDATE session SET start = -5", "damaged at client 0"),
      ("UPDATE open SET time = 9223372036854775807", "damaged at client 0"),
    ] {
      _ = try writeLog(
        to: path, clientCount: 1, appNames: ["x"], overwrite: true, history: history)
      try DatabaseQueue(path: path).write { try $0.execute(sql: change) }
      let error = usageLogError { _ = try UsageLog(path: path).history(of: 0) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains(message) == true, "\(change)")
    }
  }

  @Test func damagedLogsAreBadInput() throws {
    let folder = try TemporaryFolder()
    _ = try writeLog(
      to: folder.file("log"), clientCount: 3000, appNames: ["x"], history: history)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("log")))
    let pages = bytes.count / 4096
    #expect(pages > 20)
    // Page 1 is the schema: there the file is cut or no database at all.
    var damaged = (1..<pages).map { page in
      var copy = bytes
      copy.replaceSubrange(
        page * 4096..<(page + 1) * 4096, with: Data(repeating: 0xff, count: 4096))
      return copy
    }
    damaged.append(bytes.prefix(bytes.count / 2))
    damaged.append(bytes.prefix(3))
    for (index, bytes) in damaged.enumerated() {
      _ = try folder.write("damaged", bytes)
      do {
        let log = try UsageLog(path: folder.file("damaged"))
        for client in 0..<log.clientCount { _ = try log.history(of: client) }
      } catch {
        #expect((error as? UsageLogError)?.kind == .badInput, "\(index): \(error)")
      }
    }
    let cut = usageLogError {
      _ = try folder.write("damaged", bytes.prefix(bytes.count / 2))
      let log = try UsageLog(path: folder.file("damaged"))
      for client in 0..<log.clientCount { _ = try log.history(of: client) }
    }
    #expect(cut?.kind == .badInput)
  }
}
