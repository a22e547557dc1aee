import Models

extension FeatureState {
  /// Most recently used apps first, then those never opened, newest first.
  mutating func chooseCandidates() {
    let newCount = min(newApps.count, Self.maximumNewApps)
    let opened = recency.dropFirst(firstCandidate).prefix(Self.maximumCandidates - newCount)
    scratch.candidates.removeAll(keepingCapacity: true)
    scratch.candidates.append(contentsOf: opened)
    scratch.candidates.append(contentsOf: newApps.prefix(newCount))
  }

  /// Appends the chosen candidates and their features.
  mutating func writeCandidates(at moment: PredictionMoment, into examples: inout Examples) {
    computeLogarithms(at: moment)
    let last = Int32(shape.vocabulary - 1)
    for slot in scratch.candidates {
      examples.candidateApps.append(min(slots.apps[Int(slot)], last))
    }
    examples.candidateOffsets.append(examples.candidateApps.count)

    let width = FeatureLayout.Candidate.width
    let start = examples.candidateFeatures.count
    examples.candidateFeatures.append(
      contentsOf: repeatElement(0, count: scratch.candidates.count * width))
    let byGap = moment.gap.map { FeatureMath.exp2(-Float($0) / 1800) } ?? 0
    let stickiness = logOdds(moment.weights[MixtureWeights.mostRecent])
    let responsiveness = logOdds(moment.follows)
    examples.candidateFeatures.withUnsafeMutableBufferPointer { features in
      for (rank, slot) in scratch.candidates.enumerated() {
        let app = apps[Int(slot)]
        let isMostRecent: Float = rank == 0 && app.isOpened ? 1 : 0
        let isSecondMostRecent: Float = rank == 1 && app.isOpened ? 1 : 0
        let hasNotification: Float = Int(slot) == moment.notification ? 1 : 0
        let isNew =
          app.isOpened ? 0 : FeatureMath.exp2(Float(app.lastUse - moment.time) / Float(LocalClock.day))
        let others = SIMD8(
          isMostRecent, isSecondMostRecent, hasNotification, isMostRecent * byGap,
          isMostRecent * stickiness, hasNotification * responsiveness, isNew, app.popularity)
        let row = start + rank * width
        for lane in 0..<FeatureScratch.width {
          features[row + lane] =
            scratch.logarithms[rank * FeatureScratch.width + lane] * Self.logScale[lane] + Self.logOffset[lane]
        }
        for lane in 0..<8 { features[row + FeatureScratch.width + lane] = others[lane] }
      }
    }
  }

  private static let logScale = SIMD16<Float>(lowHalf: .init(repeating: 0.5), highHalf: .init(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.5))
  private static let logOffset = SIMD16<Float>(lowHalf: .init(repeating: 2), highHalf: .init(2, 2, 2, 2, 2, 2, -1, -1))

  /// Fills `scratch.logarithms`: the probabilities, their mixture, minutes since the last use,
  /// and rank of every candidate, all as logarithms.
  private mutating func computeLogarithms(at moment: PredictionMoment) {
    let count = scratch.candidates.count * FeatureScratch.width
    if scratch.logarithms.count < count {
      scratch.logarithms = [Float](repeating: 0, count: Self.maximumCandidates * FeatureScratch.width)
    }
    let lastRow = lastRow(of: moment.last, position: moment.position)
    if moment.last >= 0 { afterLast.scatter(row: lastRow, into: &scratch.lastCounts) }
    if moment.pairRow >= 0 { afterLastTwo.scatter(row: moment.pairRow, into: &scratch.pairCounts) }
    for (rank, candidate) in scratch.candidates.enumerated() {
      let slot = Int(candidate)
      let probabilities = sources(
        of: slot, rank: apps[slot].isOpened ? rank : -1, lastCount: scratch.lastCounts[slot],
        pairCount: scratch.pairCounts[slot], at: moment)
      var row = probabilities + floorP
      row[13] = (probabilities * moment.weights).sum() + floorP
      row[14] = 1 + Float(max(moment.time - apps[slot].lastUse, 0)) / 60
      row[15] = Float(rank + 1)
      for lane in 0..<FeatureScratch.width {
        scratch.logarithms[rank * FeatureScratch.width + lane] = row[lane]
      }
    }
    scratch.logarithms.withUnsafeMutableBufferPointer { values in
      for index in 0..<count { values[index] = FeatureMath.log(values[index]) }
    }
    if moment.last >= 0 { afterLast.clear(row: lastRow, in: &scratch.lastCounts) }
    if moment.pairRow >= 0 { afterLastTwo.clear(row: moment.pairRow, in: &scratch.pairCounts) }
  }
}
private let floorP: Float = 1e-4

private func logOdds(_ probability: Float) -> Float {
  let bounded = min(max(probability, 0.01), 0.99)
  return FeatureMath.log(bounded / (1 - bounded)) / 2
}
