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
  ) throws -> DayRecord {
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
      state.fleet.report(hits: outcome.hits, answers: outcome.answered, from: client)
    }
    state.fleet.remember(
      hits: hits, answers: answers, days: configuration.lifecycle.rollout.baselineDays)
    try monitor(rates, day, &record)
    return record
  }

  /// The phone begins its day with the version that the rollout means for it.
  private mutating func begin(_ client: Int, _ day: Int) {
    let production = state.production ?? 0
    let isTreated = state.rollout?.includes(state.fleet.position(of: client)) ?? false
    let wanted = isTreated ? state.candidate : nil
    state.fleet.begin(
      client, day: day, configuration, production: production, wanted: wanted ?? production)
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

  /// The nightly mean over phones, with noise where noise protects them; nothing once the budget is
  /// spent.
  private mutating func monitor(_ rates: [Double], _ day: Int, _ record: inout DayRecord) throws {
    defer {
      state.monitor.record(accuracy: record.monitored, shareOfCeiling: record.shareOfCeiling)
    }
    if let noise = configuration.lifecycle.monitor.noiseMultiplier.value, var ledger = state.ledger
    {
      ledger.append(PrivacyEvent(.gaussian(noiseMultiplier: noise)))
      guard try isAffordable(&ledger) else {
        record.note("no budget left to monitor", of: state.production ?? 0)
        return
      }
      state.ledger = ledger
    }
    record.monitored = configuration.monitoredAccuracy(rates, day: day)
  }

  /// Whether a ledger stays within the budget of the experiment.
  func isAffordable(_ ledger: inout PrivacyLedger) throws -> Bool {
    guard let budget = configuration.privacy.budget.epsilon.value, let delta = plan.delta else {
      return true
    }
    return try ledger.guarantee(delta: delta).epsilon <= budget
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
