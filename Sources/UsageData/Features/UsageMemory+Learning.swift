/// What a target teaches.
extension UsageMemory {
  /// Counts a target in the situation in which it was opened, with the weight `liking`.
  mutating func count(target slot: Int, liking: Float, at moment: PredictionMoment) {
    if moment.notification >= 0 {
      notifications.shown += 1
      apps[moment.notification].notifications.shown += 1
    }
    apps[slot].usage.addTarget(liking, decay: decay.weight)
    totals.addTarget(liking, decay: decay.weight)
    contexts[moment.position].add(slot, in: moment.situation, weight: liking)
    guard moment.last >= 0 else { return }
    afterLast.add(slot, toRow: lastRow(of: moment.last, position: moment.position), liking)
    guard recency.count > 1 else { return }
    afterLastTwo.add(slot, toRow: addPairRow(moment), liking)
  }

  /// Probability that the client opens the app of a notification because of it.
  func followedShare(of slot: Int) -> Float {
    let own = apps[slot].notifications
    let prior = PriorCount.notification
    let share = (notifications.followed + 0.5 * prior) / (notifications.shown + prior)
    return (own.followed + prior * share) / (own.shown + prior)
  }

  /// Row of an app in `afterLast`.
  func lastRow(of slot: Int, position: Int) -> Int { 2 * slot + position }

  /// Row of the last two apps in `afterLastTwo`, or -1.
  func pairRow(position: Int) -> Int {
    guard recency.count > 1 else { return -1 }
    return pairRows[pairKey(position: position)] ?? -1
  }

  private func pairKey(position: Int) -> UInt64 {
    UInt64(recency[1]) << 33 | UInt64(recency[0]) << 1 | UInt64(position)
  }

  private mutating func addPairRow(_ moment: PredictionMoment) -> Int {
    if moment.pairRow >= 0 { return moment.pairRow }
    let row = afterLastTwo.addRow()
    pairRows[pairKey(position: moment.position)] = row
    return row
  }

  /// Learns which sources explain a target, and returns the part that liking and habit do.
  ///
  /// The other part, a return to a recent app or a notification followed, says nothing about what
  /// the client does at such an hour and place.
  mutating func explain(target slot: Int, at moment: PredictionMoment) -> Float {
    let rank = (recency.firstIndex(of: Int32(slot)) ?? 0) - firstCandidate
    let lastCount =
      moment.last < 0
      ? 0 : afterLast.count(of: slot, inRow: lastRow(of: moment.last, position: moment.position))
    let pairCount = moment.pairRow < 0 ? 0 : afterLastTwo.count(of: slot, inRow: moment.pairRow)
    let evidence =
      moment.weights
      * sources(of: slot, rank: rank, lastCount: lastCount, pairCount: pairCount, at: moment)
    let parts = evidence / FeatureMath.sum(evidence)
    mixture.learn(parts, inRange: moment.gapRange)
    let followed = parts[MixtureWeights.notification]
    if slot == moment.notification {
      notifications.followed += followed
      apps[slot].notifications.followed += followed
    }
    return 1 - followed - parts[MixtureWeights.mostRecent] - parts[MixtureWeights.secondMostRecent]
  }
}
