import Device
import Federation
import Models
import UsageData

/// Days of a phone's life, as `fedsim lifecycle` plays them.
extension SimulatedClients {
  /// One phone in so many also answers one by one, timed.
  private static var timedShare: Int { 50 }
  private static var restSeconds: Int64 { 3_600 }

  /// What each version would have done for a client, from its whole past and its context.
  ///
  /// - Parameter days: since the start of the population.
  mutating func live(_ client: Int, days: Range<Int>) throws -> ClientLife {
    let start = population.start + Int64(days.lowerBound) * LocalClock.day
    let end = population.start + Int64(days.upperBound) * LocalClock.day
    let (history, moments) = try data.life(of: client, from: start, until: end)
    var life = ClientLife(
      client: client, days: [ClientLife.Day](repeating: ClientLife.Day(), count: days.count))
    let birth = firstUse(of: client, history)
    for index in life.days.indices {
      life.days[index].isInUse = start + Int64(index + 1) * LocalClock.day > birth
      life.days[index].outcomes = versions.map { _ in ClientLife.Outcome() }
    }
    note(restsOf: history, from: start, in: &life)
    data.load(moments, of: history)
    let dayOf = moments.map { Int(($0.time - start) / LocalClock.day) }
    for day in dayOf { life.days[day].unlocks += 1 }
    for version in versions.indices { judge(version, dayOf, in: &life) }
    if client < setup.configuration.lifecycle.ceilingClients {
      judgeCeiling(client, history, moments, dayOf, in: &life)
    }
    if client.isMultiple(of: Self.timedShare) {
      life.timing = timing(of: history, moments, until: end)
    }
    return life
  }

  private func firstUse(of client: Int, _ history: ClientHistory) -> Int64 {
    if case .synthetic(let synthetic) = population { return synthetic.start(of: client) }
    return history.sessions.first?.start ?? .max
  }

  /// The days on which the phone, on a charger and on Wi-Fi at its last unlock, lay idle for an hour
  /// of that day.
  private func note(restsOf history: ClientHistory, from start: Int64, in life: inout ClientLife) {
    for (index, session) in history.sessions.enumerated() where session.end >= start {
      let day = Int((session.end - start) / LocalClock.day)
      guard day < life.days.count else { return }
      let midnight = start + Int64(day + 1) * LocalClock.day
      let next = index + 1 < history.sessions.count ? history.sessions[index + 1].start : midnight
      if session.context.isCharging, session.context.network == .wifi,
        min(next, midnight) - session.end >= Self.restSeconds
      {
        life.days[day].isRested = true
      }
    }
  }

  private mutating func judge(_ version: Int, _ dayOf: [Int], in life: inout ClientLife) {
    let examples = data.examples
    let showAbove = setup.configuration.lifecycle.showAbove
    evaluator.forEachScored(versions[version], examples) { example, scores in
      guard !scores.isEmpty else { return }
      var tally = RankingTally()
      tally.record(scores: scores, target: Int(examples.targetCandidates[example]))
      let isShown = highestProbability(of: scores) >= showAbove
      life.days[dayOf[example]].outcomes[version].add(
        isHit: tally.top1 > 0, isInTop3: tally.top3 > 0, isShown: isShown)
    }
  }

  private func judgeCeiling(
    _ client: Int, _ history: ClientHistory, _ moments: ArraySlice<Moment>, _ dayOf: [Int],
    in life: inout ClientLife
  ) {
    guard case .synthetic(let synthetic) = population else { return }
    for index in life.days.indices { life.days[index].ceilingHits = 0 }
    let ceiling = synthetic.ceiling(
      of: client, history: history, moments: Array(moments), task: setup.configuration.task)
    for (index, moment) in moments.enumerated() {
      // The most probable app comes first.
      if ceiling.apps[ceiling.offsets[index]] == history.opens[moment.open].app {
        life.days[dayOf[index]].ceilingHits? += 1
      }
    }
  }

  /// Answers at the unlocks one by one, as the phone would.
  private func timing(
    of history: ClientHistory, _ moments: ArraySlice<Moment>, until end: Int64
  ) -> ClientLife.Timing {
    var timing = ClientLife.Timing()
    guard let parameters = versions.first, !moments.isEmpty else { return timing }
    var phone = Phone(
      model: model, parameters: parameters, task: setup.configuration.task,
      shape: setup.configuration.exampleShape)
    // `moments` is a slice of all moments of the history, in their order.
    let all = setup.configuration.task.moments(in: history)
    phone.live(through: history, moments: all, from: moments.startIndex, until: end) {
      phone, moment, _ in
      let begin = ContinuousClock.now
      phone.rank(at: all[moment].time)
      timing.record(ContinuousClock.now - begin)
    }
    return timing
  }
}

extension ClientLife.Outcome {
  fileprivate mutating func add(isHit: Bool, isInTop3: Bool, isShown: Bool) {
    answered += 1
    if isHit { hits += 1 }
    if isInTop3 { hitsTop3 += 1 }
    guard isShown else { return }
    shown += 1
    if isHit { taken += 1 }
  }
}

extension ClientLife.Timing {
  /// Longer than a person waits.
  private static let limit = Duration.milliseconds(100)

  fileprivate mutating func record(_ time: Duration) {
    predictions += 1
    if time > Self.limit { late += 1 }
    slowestNanoseconds = max(slowestNanoseconds, Int(time / .nanoseconds(1)))
  }
}
