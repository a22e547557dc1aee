/// What a target teaches.
extension FeatureState {
  /// Counts a target in the situation in which it was opened.
  ///
  /// What a return to a recent app or a notification explains says nothing about the habits of
  /// the hour and place: it is taken out of their counts.
  mutating func learn(target slot: Int, at time: Int64, decay: DecayClock.Weights) {
    let moment = PredictionMoment(at: time, in: self)
    let weight = apps[slot].isOpened ? explain(target: slot, at: moment) : 1
    if moment.notification >= 0 {
      notifications.shown += 1
      apps[moment.notification].notifications.shown += 1
    }
    apps[slot].usage.addTarget(weight, decay: decay)
    totals.addTarget(weight, decay: decay)
    contexts[moment.position].add(slot, in: moment.situation, weight: weight)
    if moment.last >= 0 {
      afterLast.add(slot, toRow: lastRow(of: moment.last, position: moment.position), weight)
    }
    if recency.count > 1 {
      afterLastTwo.add(slot, toRow: addPairRow(moment), weight)
    }
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

  /// Learns which sources explain a target, and returns the share that neither a return nor a
  /// notification does.
  private mutating func explain(target slot: Int, at moment: PredictionMoment) -> Float {
    let rank = (recency.firstIndex(of: Int32(slot)) ?? 0) - firstCandidate
    let lastCount =
      moment.last < 0
      ? 0 : afterLast.count(of: slot, inRow: lastRow(of: moment.last, position: moment.position))
    let pairCount = moment.pairRow < 0 ? 0 : afterLastTwo.count(of: slot, inRow: moment.pairRow)
    let evidence =
      moment.weights
      * sources(of: slot, rank: rank, lastCount: lastCount, pairCount: pairCount, at: moment)
    let parts = evidence / evidence.sum()
    mixture.learn(parts, inRange: moment.gapRange)
    let followed = parts[MixtureWeights.notification]
    if slot == moment.notification {
      notifications.followed += followed
      apps[slot].notifications.followed += followed
    }
    return 1 - followed - parts[MixtureWeights.mostRecent] - parts[MixtureWeights.secondMostRecent]
  }
}
