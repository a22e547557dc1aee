import Privacy

/// Gaussian noise that the server adds to the sum, new in every round.
package struct CentralNoise: UpdateTransform {
  let configuration: Configuration
  /// Standard deviation ÷ clipping bound, what a count of clipped updates costs included.
  package var noiseMultiplier: Double

  package init(_ configuration: Configuration, _ plan: PrivacyPlan) {
    self.configuration = configuration
    noiseMultiplier = plan.noiseMultiplier
  }

  package func onServer(
    _ aggregate: inout RoundSum, _ privacy: inout PrivacyState?, round: Int
  ) throws(PrivacyError) {
    guard noiseMultiplier > 0, let privacy else { return }
    // The count of adaptive clipping takes its share of the budget.
    let multiplier =
      try privacy.clipping?.updateNoiseMultiplier(noiseMultiplier) ?? noiseMultiplier
    let steps = Double(1 << UpdateSum.fractionBits) * privacy.clippingBound
    var stream = configuration.noiseStream(.centralNoise, round: round)
    aggregate.withSteps {
      GaussianNoise.add(deviation: multiplier * steps, to: $0, using: &stream)
    }
  }
}

/// Noise of the server that hangs together from round to round: trees and banded or Toeplitz matrices.
package struct CorrelatedCentralNoise: UpdateTransform {
  let configuration: Configuration
  let strategy: NoiseStrategy
  let rounds: Int
  /// Standard deviation of the independent noise ÷ clipping bound.
  package var noiseMultiplier: Double

  package init(_ configuration: Configuration, _ plan: PrivacyPlan, _ strategy: NoiseStrategy) {
    self.configuration = configuration
    self.strategy = strategy
    rounds = plan.rounds
    noiseMultiplier = plan.noiseMultiplier
  }

  package func onServer(
    _ aggregate: inout RoundSum, _ privacy: inout PrivacyState?, round: Int
  ) throws(PrivacyError) {
    guard noiseMultiplier > 0, let bound = privacy?.clippingBound else { return }
    let steps = Double(1 << UpdateSum.fractionBits) * bound
    var stream = configuration.noiseStream(.centralNoise, round: round)
    let restart = configuration.restartRounds ?? rounds
    // One owner while it changes: it may be many times as large as the model.
    var noise = privacy?.noise
    privacy?.noise = nil
    aggregate.withSteps { sum in
      if (round - 1).isMultiple(of: restart) {
        noise = CorrelatedNoise(
          strategy: strategy, dimension: sum.count, deviation: noiseMultiplier * steps,
          rounds: min(restart, rounds))
      }
      noise?.addNext(to: sum, using: &stream)
    }
    privacy?.noise = noise
  }
}
