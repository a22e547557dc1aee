import ArgumentParser
import Federation
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

  func validate() throws {
    try check(rounds, of: "--rounds", as: "training.rounds")
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

  /// An option of some mechanisms, and what it may be.
  private struct MechanismOption {
    enum Range {
      /// That of a key of experiment files.
      case key(String)
      case own(ClosedRange<Int>)
    }

    let name: String
    let value: Int?
    let users: [QuestionMechanism]
    let range: Range
  }

  private var mechanismOptions: [MechanismOption] {
    let correlated: [QuestionMechanism] = [.tree, .banded, .blt]
    let distributed: [QuestionMechanism] = [.discreteGaussian, .skellam]
    return [
      MechanismOption(
        name: "min-separation", value: minSeparation, users: correlated,
        range: .key("training.min_separation")),
      MechanismOption(
        name: "restart-rounds", value: restartRounds, users: [.tree],
        range: .key("privacy.tree.restart_rounds")),
      MechanismOption(name: "bands", value: bands, users: [.banded], range: .own(1...separation)),
      MechanismOption(
        name: "buffers", value: buffers, users: [.blt], range: .key("privacy.blt.buffers")),
      MechanismOption(
        name: "clients", value: clients, users: distributed, range: .own(2...1 << 20)),
      MechanismOption(
        name: "dimension", value: dimension, users: distributed, range: .own(1...1 << 30)),
      MechanismOption(
        name: "bits", value: bits, users: distributed,
        range: .key("secure_aggregation.encoding.bits")),
    ]
  }

  private func validateMechanism() throws {
    for option in mechanismOptions {
      guard let value = option.value else { continue }
      guard option.users.contains(mechanism) else {
        throw ValidationError(
          "--\(option.name) has no effect with --mechanism \(mechanism.rawValue); remove it.")
      }
      switch option.range {
      case .key(let keyPath): try check(value, of: "--\(option.name)", as: keyPath)
      case .own(let range):
        guard !range.contains(value) else { continue }
        throw ValidationError(
          "--\(option.name) must lie in \(range.lowerBound)…\(range.upperBound), not \(value).")
      }
    }
    if [.discreteGaussian, .skellam].contains(mechanism), clients == nil || dimension == nil {
      throw ValidationError(
        "--\(clients == nil ? "clients" : "dimension") is missing: --mechanism "
          + "\(mechanism.rawValue) needs it, because the noise is shared and rounded.")
    }
    let mostRounds = Configuration.mostCorrelatedRounds
    if [.tree, .banded, .blt].contains(mechanism), rounds > mostRounds {
      throw ValidationError(
        "--rounds must lie in 1…\(mostRounds) with --mechanism \(mechanism.rawValue), not \(rounds)."
      )
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
