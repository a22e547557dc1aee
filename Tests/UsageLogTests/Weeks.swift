import Foundation
import LinearAlgebra
import Sealing
import UsageData
import UsageLog

/// Made-up histories of two weeks that begin on 2024-05-01, with a session over every midnight.
enum Weeks {
  static let clients = 3
  static let days = 14
  /// The first day, since 1970.
  static let firstDay: Int64 = 19_844
  /// Client 0 opens the last one on the first day alone.
  static let appNames = ["mail of ours", "maps of ours", "diary of the first day"]

  static func history(of client: Int) -> ClientHistory {
    var stream = RandomStream(key: (7, 7), counter: (0, UInt64(client), 0))
    var history = ClientHistory()
    for day in 0..<Int64(days) {
      let midnight = (firstDay + day) * LocalClock.day
      for hour in 0..<(6 + stream.below(6)) {
        let app = client == 0 && day == 0 && hour == 3 ? 2 : stream.below(2)
        append(
          from: midnight + Int64(hour) * 3600 + Int64(stream.below(3000)), to: 200, app, &stream,
          &history)
      }
      append(
        from: midnight + LocalClock.day - 60, to: 120, stream.below(2), &stream, &history)
      if day % 3 == 0 {
        history.installs.append(AppInstall(time: midnight + 43_200, app: Int32(day / 3 % 2)))
      }
    }
    return history
  }

  private static func append(
    from start: Int64, to seconds: Int64, _ app: Int, _ stream: inout RandomStream,
    _ history: inout ClientHistory
  ) {
    let first = history.opens.count
    history.opens.append(AppOpen(time: start + 5, app: Int32(app)))
    if stream.chance(0.6) {
      history.opens.append(AppOpen(time: start + seconds - 10, app: Int32(stream.below(2))))
    }
    var context = DeviceContext()
    context.place = UInt8(1 + stream.below(2))
    context.battery = stream.chance(0.2) ? -1 : Float(stream.uniform())
    context.isCharging = stream.chance(0.3)
    context.network = Network.allCases[stream.below(4)]
    context.notification = Int32(stream.below(3)) - 1
    history.sessions.append(
      Session(
        start: start, end: start + seconds, opens: first..<history.opens.count, context: context))
  }

  /// What is left of a history when its first days are gone.
  static func history(of client: Int, from day: Int64) -> ClientHistory {
    let whole = history(of: client)
    let start = day * LocalClock.day
    var rest = ClientHistory()
    rest.installs = whole.installs.filter { $0.time >= start }
    for session in whole.sessions where session.start >= start {
      var session = session
      let opens = whole.opens[session.opens]
      session.opens = rest.opens.count..<(rest.opens.count + opens.count)
      rest.opens += opens
      rest.sessions.append(session)
    }
    return rest
  }
}

extension TemporaryFolder {
  /// Makes a key file.
  func key(_ name: String) throws -> SealingKey {
    try KeyFile.create(file(name))
    return SealingKey(try KeyFile.read(file(name)))
  }

  func weeks(to name: String, sealKey: SealingKey? = nil) throws -> LogSummary {
    try writeLog(
      to: file(name), clientCount: Weeks.clients, appNames: Weeks.appNames, sealKey: sealKey,
      history: Weeks.history)
  }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: file(name)))
  }
}
