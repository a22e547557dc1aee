import Foundation
import UsageData

/// The log of Vectors/synthetic_log.py.
enum SyntheticLog {
  private struct File: Decodable {
    struct Session: Decodable {
      let start: Int64
      let end: Int64
      let opens: [Int]
      let place: UInt8
      let notification: Int32
    }
    let sessions: [Session]
    let opens: [[Int64]]
    let installs: [[Int64]]
  }

  static func load() throws -> ClientHistory {
    let file: File = try decodeVectors("synthetic_log.json")
    var history = ClientHistory()
    history.opens = file.opens.map { AppOpen(time: $0[0], app: Int32($0[1])) }
    history.installs = file.installs.map { AppInstall(time: $0[0], app: Int32($0[1])) }
    history.sessions = file.sessions.map { session in
      var context = DeviceContext()
      context.place = session.place
      context.notification = session.notification
      return Session(
        start: session.start, end: session.end, opens: session.opens[0]..<session.opens[1],
        context: context)
    }
    return history
  }
}

/// Decodes a file of Tests/UsageDataTests/Vectors.
func decodeVectors<Value: Decodable>(_ name: String) throws -> Value {
  let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  let data = try Data(contentsOf: tests.appending(path: "Vectors").appending(path: name))
  return try JSONDecoder().decode(Value.self, from: data)
}
