import Privacy

/// What noise protects the clients.
package struct PrivacyConfiguration: Codable, Equatable, Sendable {
  package enum Mechanism: String, Codable, Sendable, CaseIterable {
    case none, gaussian, tree, banded, blt
    case discreteGaussian = "discrete_gaussian"
    case skellam
    case localGaussian = "local_gaussian"
  }
  package enum ClippingRule: String, Codable, Sendable, CaseIterable { case fixed, adaptive }
  package enum Randomness: String, Codable, Sendable, CaseIterable { case reproducible, system }

  package var mechanism = Mechanism.none
  package var clipping = ClippingRule.fixed
  /// Largest Euclidean norm of an update; longer ones are scaled down.
  ///
  /// With adaptive clipping the bound of round 1, 0.1 when left out.
  package var clippingBound = Setting<Double>()
  package var adaptive = AdaptiveClippingConfiguration()
  /// Standard deviation of the noise on the clients' sum ÷ clipping bound; 0 for none.
  ///
  /// For correlated noise that of the independent numbers it is made of. If left out, the least with
  /// which the whole run stays within `target_epsilon`.
  package var noiseMultiplier = Setting<Double>()
  /// ε of the whole run.
  ///
  /// With `noise_multiplier` as well, the two decide `training.rounds`.
  package var targetEpsilon = Setting<Double>()
  /// If left out, the smaller of 1e-5 and 1 ÷ (10 × clients of the population).
  package var delta = Setting<Double>()
  /// Clients of a cohort at the launch, whose noise on the mean update this run has; `noise_multiplier`,
  /// `target_epsilon` and the rounds they decide are then those of the launch.
  package var noiseCohortSize = Setting<Int>()
  /// Clients that may train at the launch; left out, as many as keep the sampling rate.
  package var noisePopulation = Setting<Int>()
  package var accountant = Accountant.automatic
  package var budget = PrivacyBudgetConfiguration()
  /// Where noise, cohorts and all other draws of training come from: the seed, or a key of the system's
  /// generator that the checkpoint alone holds.
  package var randomness = Randomness.reproducible
  package var tree = TreeConfiguration()
  package var banded = BandedConfiguration()
  package var blt = BufferedToeplitzConfiguration()
  package var audit = PrivacyAuditConfiguration()
  package var selection = SelectionConfiguration()
  /// The file in which all runs on the same people write what they may spend and have spent.
  package var ledger = Setting<String>()
  /// A name of the people on the ledger; left out, the log's content or what simulates them.
  package var ledgerPeople = Setting<String>()
  package var ledgerBudget = LedgerBudgetConfiguration()
}

/// How the clipping bound follows a quantile of the update norms.
///
/// Andrew, Thakkar, McMahan and Ramaswamy 2021 (https://arxiv.org/abs/1905.03871).
package struct AdaptiveClippingConfiguration: Codable, Equatable, Sendable {
  /// Share of the updates that the bound should leave alone.
  package var targetQuantile = 0.5
  package var learningRate = 0.2
  /// Standard deviation of the noise on the number of such updates; left out, cohort_size ÷ 20.
  package var countDeviation = Setting<Double>()
}

/// When to stop, whatever `training.rounds` says.
package struct PrivacyBudgetConfiguration: Codable, Equatable, Sendable {
  /// The run ends before the round after which ε would be larger.
  package var epsilon = Setting<Double>()
}

/// Noise from binary trees over the rounds.
package struct TreeConfiguration: Codable, Equatable, Sendable {
  /// Rounds of one tree, after which the next begins; left out, one tree spans the run.
  package var restartRounds = Setting<Int>()
  /// Lets every node use its children too: less noise, the same privacy (Honaker 2015).
  package var combined = true
}

/// Noise correlated over a limited number of rounds.
package struct BandedConfiguration: Codable, Equatable, Sendable {
  /// Rounds that share noise; left out, `training.min_separation`, at most 32.
  package var bands = Setting<Int>()
}

/// Noise correlated through a few buffers (BLT).
package struct BufferedToeplitzConfiguration: Codable, Equatable, Sendable {
  package var buffers = 3
}

/// What all runs on a ledger may spend together.
package struct LedgerBudgetConfiguration: Codable, Equatable, Sendable {
  package enum Composition: String, Codable, Sendable, CaseIterable { case basic, renyi }

  /// A run that would exceed it is refused; left out, the ledger's own holds, if it has one.
  package var epsilon = Setting<Double>()
  /// If left out, the smaller of 5e-5 and 1 ÷ (2 × clients of the population).
  package var delta = Setting<Double>()
  /// How what the runs spend adds up.
  package var composition = Composition.basic

  package init() {}
}

/// Ranks of the apps and the end of training, selected from an imported log with noise.
package struct SelectionConfiguration: Codable, Equatable, Sendable {
  /// Standard deviation of the noise on the clients per app, and on the clients per day, ÷ what one
  /// client adds to them; left out, nothing is selected.
  package var noiseMultiplier = Setting<Double>()
  /// Apps of one client that are counted, those it opens most.
  package var apps = 10
}

/// A measurement beside the claim.
package struct PrivacyAuditConfiguration: Codable, Equatable, Sendable {
  /// Canary clients; 0 for no audit.
  package var canaries = 0
}

extension PrivacyConfiguration {
  /// The Euclidean norm that updates are clipped to in round 1; nil when they are not.
  package var initialClippingBound: Double? {
    clippingBound.value ?? (clipping == .adaptive ? 0.1 : nil)
  }

  /// The Euclidean norm that no bound of the run exceeds.
  package var largestClippingBound: Double {
    clipping == .adaptive ? AdaptiveClipping.limits.upperBound : initialClippingBound ?? 1
  }

  /// Whether the noise of one round depends on that of earlier ones.
  package var isCorrelated: Bool {
    switch mechanism {
    case .tree, .banded, .blt: true
    case .none, .gaussian, .discreteGaussian, .skellam, .localGaussian: false
    }
  }
}
