/// What an audit holds the canaries against.
package struct AuditedClaim: Equatable, Sendable {
  /// Standard deviation of the (white) noise ÷ clipping bound.
  package var noiseMultiplier: Double
  package var delta: Double
  /// What is claimed; infinite without noise.
  package var epsilon: Double
  /// Squared norm of C times the participations that the accounting allows a client, nil where the
  /// claim rests on nobody knowing who took part.
  package var squaredSensitivity: Double?
  /// Largest move of a sum between neighbours, in clipping bounds.
  package var adjacency: Adjacency

  package init(
    noiseMultiplier: Double, delta: Double, epsilon: Double, squaredSensitivity: Double?,
    adjacency: Adjacency
  ) {
    self.noiseMultiplier = noiseMultiplier
    self.delta = delta
    self.epsilon = epsilon
    self.squaredSensitivity = squaredSensitivity
    self.adjacency = adjacency
  }

  /// What the events of a ledger paid for.
  package init(
    _ ledger: PrivacyLedger, noiseMultiplier: Double, delta: Double, epsilon: Double
  ) {
    var square: Double? = 0
    for event in ledger.events {
      let own = event.release.squaredSensitivity.map { $0 * Double(event.count) }
      square = square.flatMap { sum in own.map { sum + $0 } }
    }
    self.init(
      noiseMultiplier: noiseMultiplier, delta: delta, epsilon: epsilon,
      squaredSensitivity: square, adjacency: ledger.adjacency)
  }
}

extension PrivacyRelease {
  /// Of one client's participations; nil where an unknown cohort is a part of the analysis.
  fileprivate var squaredSensitivity: Double? {
    switch self {
    case .gaussian, .discreteGaussian, .distributedDiscreteGaussian, .distributedSkellam: 1
    case .correlatedGaussian(_, let sensitivity): sensitivity * sensitivity
    default: nil
    }
  }
}

/// What the canaries of a run showed.
package struct CanaryFindings: Equatable, Sendable {
  /// Canaries that took part, planted or not.
  package var canaries: Int
  /// Of an attacker who knows who took part when, of a client that took part as often as the
  /// accounting allows, or where it does not say, as the canary that did most often.
  package var knownCohort: CanaryEstimate
  /// What that attacker may see.
  package var knownCohortClaim: Double
  /// Of an attacker who does not know; nil where the claim does not rest on that.
  package var hiddenCohort: CanaryEstimate?
  package var claim: Double
  /// At 95 % confidence; see `OneRunBound`.
  package var lowerBound: Double
  package var gaussianLowerBound: Double
  /// What a canary adds to a release ÷ what the clipping bound and the cohort size allow.
  package var amplitude: Double
  package var amplitudeError: Double
  /// The deviation of all that is no canary ÷ that of the claimed noise; nil without any.
  package var noise: Double?
  package var noiseError: Double

  package init(
    canaries: Int, knownCohort: CanaryEstimate, knownCohortClaim: Double,
    hiddenCohort: CanaryEstimate?, claim: Double, lowerBound: Double, gaussianLowerBound: Double,
    amplitude: Double, amplitudeError: Double, noise: Double?, noiseError: Double
  ) {
    self.canaries = canaries
    self.knownCohort = knownCohort
    self.knownCohortClaim = knownCohortClaim
    self.hiddenCohort = hiddenCohort
    self.claim = claim
    self.lowerBound = lowerBound
    self.gaussianLowerBound = gaussianLowerBound
    self.amplitude = amplitude
    self.amplitudeError = amplitudeError
    self.noise = noise
    self.noiseError = noiseError
  }

  /// What is to be held against `claim`.
  package var granted: CanaryEstimate { hiddenCohort ?? knownCohort }

  /// Why the claim cannot be true; empty when nothing speaks against it.
  package var faults: [String] {
    var faults: [String] = []
    if knownCohort.violates(knownCohortClaim) {
      faults.append(
        "who knows the cohorts sees an epsilon of \(knownCohort.epsilon) where "
          + "\(knownCohortClaim) is allowed")
    }
    if let hiddenCohort, hiddenCohort.violates(claim) {
      faults.append(
        "who does not know the cohorts sees an epsilon of \(hiddenCohort.epsilon) where \(claim) "
          + "is allowed")
    }
    if lowerBound > knownCohortClaim {
      faults.append(
        "guesses show an epsilon of at least \(lowerBound) where \(knownCohortClaim) is allowed")
    }
    let certainty = CanaryEstimate.certainty
    if amplitude - certainty * amplitudeError > 1 {
      faults.append(
        "a canary is \(amplitude) times what the clipping bound and the cohort size allow")
    }
    if let noise, noise + certainty * noiseError < 1 {
      faults.append("the noise is \(noise) times what is claimed, at most")
    }
    return faults
  }
}
