extension UsageMemory {
  /// Least probability that a feature tells apart from zero.
  private static let probabilityFloor: Float = 1e-4
  /// Seconds in which `mostRecentByGap` halves.
  private static let gapHalfLife: Float = 1800

  /// Chooses the most recently used apps, then those never opened, newest first.
  func chooseCandidates(into buffers: inout CandidateBuffers) {
    let newCount = min(newApps.count, FeatureState.maximumNewApps)
    let openedCount = FeatureState.maximumCandidates - newCount
    buffers.slots.removeAll(keepingCapacity: true)
    buffers.slots.append(contentsOf: recency.dropFirst(firstCandidate).prefix(openedCount))
    buffers.slots.append(contentsOf: newApps.prefix(newCount))
  }

  /// Writes the features of the chosen candidates.
  func describeCandidates(at moment: PredictionMoment, into buffers: inout CandidateBuffers) {
    buffers.reserve(slots: slots.count)
    let lastRow = lastRow(of: moment.last, position: moment.position)
    if moment.last >= 0 { afterLast.scatter(row: lastRow, into: &buffers.lastCounts) }
    if moment.pairRow >= 0 { afterLastTwo.scatter(row: moment.pairRow, into: &buffers.pairCounts) }
    writeSources(at: moment, into: &buffers)
    if moment.last >= 0 { afterLast.clear(row: lastRow, in: &buffers.lastCounts) }
    if moment.pairRow >= 0 { afterLastTwo.clear(row: moment.pairRow, in: &buffers.pairCounts) }
    buffers.takeLogarithms()
    writeIndicators(at: moment, into: &buffers)
  }

  /// Writes what the first features are logarithms of.
  private func writeSources(at moment: PredictionMoment, into buffers: inout CandidateBuffers) {
    for (rank, candidate) in buffers.slots.enumerated() {
      let slot = Int(candidate)
      let app = apps[slot]
      var values = sources(
        of: slot, rank: app.isOpened ? rank : -1, lastCount: buffers.lastCounts[slot],
        pairCount: buffers.pairCounts[slot], at: moment)
      let minutes = Float(max(moment.time - app.lastUse, 0)) / 60
      values[FeatureLayout.Candidate.mixture.rawValue] = FeatureMath.sum(values * moment.weights)
      values[FeatureLayout.Candidate.sinceLastUse.rawValue] = 1 / (1 + minutes)
      values[FeatureLayout.Candidate.recencyRank.rawValue] = 1 / Float(rank + 1)
      buffers.logarithms[rank] = values + Self.probabilityFloor
    }
  }

  private func writeIndicators(at moment: PredictionMoment, into buffers: inout CandidateBuffers) {
    let byGap = moment.gap.map { FeatureMath.exp2(-Float($0) / Self.gapHalfLife) } ?? 0
    let stickiness = logOdds(moment.weights[MixtureWeights.mostRecent])
    let responsiveness = logOdds(moment.follows)
    for (rank, candidate) in buffers.slots.enumerated() {
      let slot = Int(candidate)
      let app = apps[slot]
      let isMostRecent: Float = rank == 0 && app.isOpened ? 1 : 0
      let isSecondMostRecent: Float = rank == 1 && app.isOpened ? 1 : 0
      let hasNotification: Float = slot == moment.notification ? 1 : 0
      let days = Float(max(moment.time - app.lastUse, 0)) / Float(LocalClock.day)
      buffers.indicators[rank] = SIMD8(
        isMostRecent, isSecondMostRecent, hasNotification, isMostRecent * byGap,
        isMostRecent * stickiness, hasNotification * responsiveness,
        app.isOpened ? 0 : 3 * FeatureMath.exp2(-days), app.popularity)
    }
  }
}

/// Half the log-odds of a probability, kept within ±2.3.
private func logOdds(_ probability: Float) -> Float {
  let bounded = min(max(probability, 0.01), 0.99)
  return FeatureMath.log(bounded / (1 - bounded)) / 2
}
