import LinearAlgebra
import UsageData

enum OddHistory {
  /// A history with every kind of event, and with oddities: equal time stamps, sessions without opens
  /// or without length, unknown and rare places, apps beyond the vocabulary, silences of days.
  ///
  /// - Parameter sessions: 5 to 60 of them when left out.
  static func make(seed: UInt64, sessions: Int? = nil) -> ClientHistory {
    var stream = RandomStream(seed: seed, purpose: .exampleSelection)
    var history = ClientHistory()
    var time = 1_767_571_200 + Int64(stream.below(14 * 86_400))
    for _ in 0..<(sessions ?? 5 + stream.below(56)) {
      time += Int64(5_000 * stream.exponential()) + (stream.chance(0.03) ? 4 * LocalClock.day : 0)
      if stream.chance(0.1) { install(at: time, in: &history, &stream) }
      let start = time
      let first = history.opens.count
      let context = context(&stream)
      for _ in 0..<stream.below(5) {
        let app = min(stream.below(20), stream.below(20))
        history.opens.append(AppOpen(time: time, app: Int32(app)))
        time += Int64(stream.below(3)) * 40
        if stream.chance(0.1) { install(at: time, in: &history, &stream) }
      }
      history.sessions.append(
        Session(start: start, end: time, opens: first..<history.opens.count, context: context))
    }
    return history
  }

  private static func install(
    at time: Int64, in history: inout ClientHistory, _ stream: inout RandomStream
  ) {
    history.installs.append(AppInstall(time: time, app: Int32(stream.below(40))))
  }

  private static func context(_ stream: inout RandomStream) -> DeviceContext {
    var context = DeviceContext()
    context.place = stream.chance(0.1) ? 255 : UInt8(stream.below(4))
    context.battery = stream.chance(0.2) ? -1 : Float(stream.uniform())
    context.isCharging = stream.chance(0.3)
    context.network = Network.allCases[stream.below(4)]
    context.notification = stream.chance(0.3) ? Int32(stream.below(14)) : -1
    return context
  }
}
