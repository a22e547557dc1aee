import ArgumentParser
import Privacy

enum QuestionMechanism: String, CaseIterable, ExpressibleByArgument {
  case gaussian, tree, banded, blt
  case discreteGaussian = "discrete_gaussian"
  case skellam
}

extension PrivacyQuestion.Sampler: ExpressibleByArgument {}
extension Accountant: ExpressibleByArgument {}
extension Adjacency: ExpressibleByArgument {}

/// What the questions to the accountant share.
struct QuestionOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: """
      What is added to the clients' sum. Only gaussian is amplified by a sampler; tree, banded and \
      blt take --min-separation, discrete_gaussian and skellam --clients and --dimension.
      """)
  var mechanism = QuestionMechanism.gaussian

  @Option(
    parsing: .unconditional,
    help: "How the clients of a round are chosen; none: nothing is gained from chance.")
  var sampler = PrivacyQuestion.Sampler.none

  @Option(parsing: .unconditional, help: "Probability that a client takes part in a round.")
  var samplingRate: Double?

  @Option(parsing: .unconditional, help: "Noisy sums that are released.")
  var rounds = 1

  @Option(parsing: .unconditional, help: "The delta of the guarantee.")
  var delta: Double

  @Option(
    parsing: .unconditional, help: "How epsilon is computed; auto takes the tightest that is valid."
  )
  var accountant = Accountant.automatic

  @Option(
    parsing: .unconditional,
    help: "Which populations count as neighbours (default: as is usual for mechanism and sampler).")
  var adjacency: Adjacency?

  @Option(
    parsing: .unconditional,
    help: """
      tree, banded, blt: rounds from one participation of a client to its next (default: all, each \
      takes part once).
      """)
  var minSeparation: Int?

  @Option(
    parsing: .unconditional, help: "tree: rounds after which a new tree begins (default: one tree)."
  )
  var restartRounds: Int?

  @Option(
    parsing: .unconditional,
    help: "banded: rounds that share noise (default: the separation, at most 32).")
  var bands: Int?

  @Option(parsing: .unconditional, help: "blt: buffers, 1 to 4 (default: 3).")
  var buffers: Int?

  @Option(
    parsing: .unconditional,
    help: "discrete_gaussian, skellam: honest clients whose noise is in every sum.")
  var clients: Int?

  @Option(parsing: .unconditional, help: "discrete_gaussian, skellam: parameters of the model.")
  var dimension: Int?

  @Option(
    parsing: .unconditional,
    help: "discrete_gaussian, skellam: log2 of the modulus of the sums (default: 28).")
  var bits: Int?

  /// As training.rounds.
  private static let mostRounds = 10_000_000

  func validate() throws {
    guard (1...Self.mostRounds).contains(rounds) else {
      throw ValidationError(
        "--rounds must be at least 1 and at most \(Self.mostRounds), not \(rounds).")
    }
    guard delta > 0, delta < 1 else {
      throw ValidationError("--delta must lie between 0 and 1, not \(delta).")
    }
    try validateSampling()
    try validateMechanism()
  }

  private func validateSampling() throws {
    switch (sampler, samplingRate) {
    case (.none, nil), (.none, 1): break
    case (.none, _):
      throw ValidationError("--sampling-rate has no effect with --sampler none; remove it.")
    case (_, nil):
      throw ValidationError("--sampling-rate is missing: --sampler \(sampler.rawValue) needs it.")
    case (_, let rate?):
      guard rate > 0, rate <= 1 else {
        throw ValidationError("--sampling-rate must be above 0 and at most 1, not \(rate).")
      }
    }
    guard mechanism != .gaussian, sampler != .none else { return }
    throw ValidationError(
      "--sampler \(sampler.rawValue) does not go with --mechanism \(mechanism.rawValue), whose "
        + "privacy is not amplified by sampling: use --sampler none, or --mechanism gaussian.")
  }

  private func validateMechanism() throws {
    let options: [(name: String, value: Int?, users: [QuestionMechanism], range: ClosedRange<Int>)]
    options = [
      ("min-separation", minSeparation, [.tree, .banded, .blt], 1...1 << 20),
      ("restart-rounds", restartRounds, [.tree], 1...1 << 20),
      ("bands", bands, [.banded], 1...separation), ("buffers", buffers, [.blt], 1...4),
      ("clients", clients, [.discreteGaussian, .skellam], 2...1 << 20),
      ("dimension", dimension, [.discreteGaussian, .skellam], 1...1 << 30),
      ("bits", bits, [.discreteGaussian, .skellam], 2...60),
    ]
    for option in options {
      guard let value = option.value else { continue }
      guard option.users.contains(mechanism) else {
        throw ValidationError(
          "--\(option.name) has no effect with --mechanism \(mechanism.rawValue); remove it.")
      }
      guard option.range.contains(value) else {
        throw ValidationError(
          "--\(option.name) must lie in \(option.range.lowerBound)…\(option.range.upperBound), not "
            + "\(value).")
      }
    }
    if [.discreteGaussian, .skellam].contains(mechanism), clients == nil || dimension == nil {
      throw ValidationError(
        "--\(clients == nil ? "clients" : "dimension") is missing: --mechanism "
          + "\(mechanism.rawValue) needs it, because the noise is shared and rounded.")
    }
    if [.tree, .banded, .blt].contains(mechanism), rounds > 1 << 13 {
      throw ValidationError(
        "--rounds must lie in 1…8192 with --mechanism \(mechanism.rawValue), not \(rounds).")
    }
  }

  private var separation: Int { max(1, minSeparation ?? rounds) }

  var question: PrivacyQuestion {
    PrivacyQuestion(
      noise, sampler: sampler, samplingRate: samplingRate ?? 1, rounds: rounds, delta: delta,
      accountant: accountant, adjacency: adjacency)
  }

  private var noise: PrivacyQuestion.Mechanism {
    func distributed(_ noise: DistributedMechanism.Noise) -> PrivacyQuestion.Mechanism {
      // The rotation pads vectors to a power of two.
      let bitWidth = Int.bitWidth - max(0, (dimension ?? 1) - 1).leadingZeroBitCount
      return .distributed(noise, clients: clients ?? 2, dimension: 1 << bitWidth, bits: bits ?? 28)
    }
    return switch mechanism {
    case .gaussian: .gaussian
    case .tree: .correlated(.tree(restartRounds: restartRounds), minimumSeparation: separation)
    case .banded:
      .correlated(.banded(bands: bands ?? min(separation, 32)), minimumSeparation: separation)
    case .blt:
      .correlated(.bufferedToeplitz(buffers: buffers ?? 3), minimumSeparation: separation)
    case .discreteGaussian: distributed(.discreteGaussian)
    case .skellam: distributed(.skellam)
    }
  }
}
