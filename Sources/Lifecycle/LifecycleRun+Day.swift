import Device
import Federation
import LinearAlgebra
import Privacy

/// A day of all phones: they answer, and those with a connection report.
extension LifecycleRun {
  /// Plays one day; nothing is decided yet.
  ///
  /// - Parameters:
  ///   - index: of the day in the lives.
  ///   - numbers: the versions of the lives, in their order.
  mutating func play(
    _ day: Int, _ lives: [ClientLife], index: Int, numbers: [Int]
  ) -> DayRecord {
    let columns = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, $0) })
    var record = DayRecord(
      day: day,
      versions: state.livingVersions.map { DayRecord.VersionDay(state.versions[$0 - 1]) })
    let rows = Dictionary(
      uniqueKeysWithValues: record.versions.enumerated().map { ($1.version.number, $0) })
    var hits = [Int](repeating: 0, count: lives.count)
    var answers = hits
    var rates: [Double] = []
    for life in lives {
      let client = life.client
      let today = life.days[index]
      guard today.isInUse else { continue }
      begin(client, day)
      let version = state.fleet.version(of: client)
      guard let row = rows[version], let column = columns[version] else {
        preconditionFailure("a phone has version \(version), which is not played")
      }
      let outcome = today.outcomes[column]
      record.add(today, client: client, row: row, columns: columns, outcome)
      (hits[client], answers[client]) = (outcome.hits, outcome.answered)
      if today.isRested { record.restedPhones += 1 }
      note(today, outcome, of: client, day, row: row, in: &record)
      guard state.fleet.isOnline(client), outcome.answered > 0 else { continue }
      if version == state.production {
        rates.append(Double(outcome.hits) / Double(outcome.answered))
      }
      report(outcome, of: client)
    }
    state.fleet.remember(
      hits: hits, answers: answers, days: configuration.lifecycle.rollout.baselineDays)
    monitor(rates, day, &record)
    return record
  }

  /// The phone begins its day with the version that the rollout means for it.
  private mutating func begin(_ client: Int, _ day: Int) {
    let production = state.production ?? 0
    var wanted = production
    if let candidate = state.candidate, let rollout = state.rollout,
      rollout.includes(position(of: client, in: candidate))
    {
      wanted = candidate
    }
    state.fleet.begin(client, day: day, configuration, production: production, wanted: wanted)
  }

  /// Of a phone among all in the rollout of a version, in [0, 1): the first ones get it first.
  private func position(of client: Int, in candidate: Int) -> Double {
    var stream = RandomStream(
      seed: configuration.seed, purpose: .rolloutOrder, round: candidate, client: client)
    return stream.uniform()
  }

  private mutating func note(
    _ today: ClientLife.Day, _ outcome: ClientLife.Outcome, of client: Int, _ day: Int, row: Int,
    in record: inout DayRecord
  ) {
    let silence = state.fleet.silence(of: client, on: day)
    if !state.fleet.isOnline(client) { record.offlinePhones += 1 }
    // Without a connection since the day before yesterday ended: more than 24 hours.
    if silence >= 2 { record.versions[row].stalePhones += 1 }
    state.unlocks += today.unlocks
    state.answered += outcome.answered
    let bin = min(silence, state.staleness.count - 1)
    state.staleness[bin].phoneDays += 1
    state.staleness[bin].unlocks += today.unlocks
    state.staleness[bin].answered += outcome.answered
    state.staleness[bin].hits += outcome.hits
  }

  /// What the phone tells the rollout.
  private mutating func report(_ outcome: ClientLife.Outcome, of client: Int) {
    guard let candidate = state.candidate,
      let gain = state.fleet.gain(of: client, hits: outcome.hits, answers: outcome.answered)
    else { return }
    let position = position(of: client, in: candidate)
    state.rollout?.report(gain, from: position)
  }

  /// The nightly mean over phones, with noise where noise protects them.
  private mutating func monitor(_ rates: [Double], _ day: Int, _ record: inout DayRecord) {
    record.monitored = configuration.monitoredAccuracy(rates, day: day)
    if let noise = configuration.lifecycle.monitor.noiseMultiplier.value {
      state.ledger?.append(PrivacyEvent(.gaussian(noiseMultiplier: noise)))
    }
    state.monitor.record(accuracy: record.monitored, shareOfCeiling: record.shareOfCeiling)
  }
}

extension LifecycleState {
  /// What phones have, could get tomorrow, or are compared with: the first version stays for that.
  var livingVersions: [Int] {
    fleet.versions.union([1, production, candidate].compactMap(\.self)).sorted()
  }
}

extension DayRecord {
  fileprivate mutating func add(
    _ today: ClientLife.Day, client: Int, row: Int, columns: [Int: Int],
    _ outcome: ClientLife.Outcome
  ) {
    versions[row].phones += 1
    versions[row].unlocks += today.unlocks
    versions[row].outcome += outcome
    for index in versions.indices {
      guard let column = columns[versions[index].version.number] else { continue }
      versions[index].allUnlocks += today.unlocks
      versions[index].allHits += today.outcomes[column].hits
    }
    guard let best = today.ceilingHits else { return }
    ceilingUnlocks += today.unlocks
    ceilingHits += best
    ceilingPhoneHits += outcome.hits
  }
}
