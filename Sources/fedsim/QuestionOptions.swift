import ArgumentParser
import Federation
import Privacy

enum QuestionMechanism: String, CaseIterable, ExpressibleByArgument {
  case gaussian, tree, banded, blt
  case discreteGaussian = "discrete_gaussian"
  case skellam
  case localGaussian = "local_gaussian"
  case zcdp

  var isCorrelated: Bool { [.tree, .banded, .blt].contains(self) }
  var isDistributed: Bool { [.discreteGaussian, .skellam].contains(self) }
}

extension PrivacyQuestion.Sampler: ExpressibleByArgument {}
extension Accountant: ExpressibleByArgument {}
extension Adjacency: ExpressibleByArgument {}

/// What the questions to the accountant share.
struct QuestionOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: """
      What is added to the clients' sum. tree, banded and blt take --min-separation; \
      discrete_gaussian and skellam --clients and --dimension, or discrete_gaussian --sensitivity; \
      with local_gaussian each client adds the noise to its own update; zcdp is any mechanism of a \
      known --rho.
      """)
  var mechanism = QuestionMechanism.gaussian

  @Option(
    parsing: .unconditional,
    help: """
      How the clients of a round are chosen, as training.sampling; none: all take part, or with \
      tree, banded and blt as often as --min-separation lets them.
      """)
  var sampler = PrivacyQuestion.Sampler.none

  @Option(
    parsing: .unconditional,
    help: "Probability that a client takes part in a round in which it may.")
  var samplingRate: Double?

  @Option(parsing: .unconditional, help: "Noisy sums that are released.")
  var rounds = 1

  @Option(parsing: .unconditional, help: "The delta of the guarantee.")
  var delta: Double

  @Option(
    parsing: .unconditional,
    help: "How epsilon is computed; auto takes the smallest answer of all that are valid.")
  var accountant = Accountant.automatic

  @Option(
    parsing: .unconditional,
    help: "Which populations count as neighbours (default: as is usual for mechanism and sampler).")
  var adjacency: Adjacency?

  @Option(
    parsing: .unconditional,
    help: """
      tree, banded, blt, min_separation, cyclic: rounds from one participation of a client to its \
      next, with cyclic the number of groups, with random_allocation the rounds of a block (default: \
      all, each takes part once).
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

  @Option(
    parsing: .unconditional,
    help: """
      discrete_gaussian, skellam: step of the grid that updates are rounded to, in clipping bounds \
      (default: the finest that fits --bits).
      """)
  var grid: Double?

  @Option(
    parsing: .unconditional,
    help: """
      discrete_gaussian: of one integer that a client moves by so much; the noise multiplier is \
      then in integers.
      """)
  var sensitivity: Int?

  @Option(parsing: .unconditional, help: "zcdp: the rho of one release.")
  var rho: Double?

  @Option(
    parsing: .unconditional,
    help: "Registered clients; a delta of 1 / population or more is refused.")
  var population: Int?

  @Option(
    parsing: .unconditional,
    help: "poisson: of more clients than this a random subset is kept; takes --population.")
  var capacity: Int?

  /// Samplers of which --min-separation says how many rounds belong together.
  private static let takeBlocks: [PrivacyQuestion.Sampler] = [
    .minSeparation, .cyclic, .randomAllocation,
  ]

  /// More than any training; what the accountants count stays exact.
  private static let mostRounds = 1_000_000_000

  func validate() throws {
    guard (1...Self.mostRounds).contains(rounds) else {
      throw ValidationError(
        "--rounds must be at least 1 and at most \(Self.mostRounds), not \(rounds).")
    }
    guard delta > 0, delta < 1 else {
      throw ValidationError("--delta must lie between 0 and 1, not \(delta).")
    }
    try validateSampling()
    try validatePopulation()
    try validateMechanism()
  }

  private func validateSampling() throws {
    switch (sampler, samplingRate) {
    case (.none, nil), (.none, 1), (.minSeparation, nil), (.randomAllocation, nil): break
    case (.none, _), (.minSeparation, _), (.randomAllocation, _):
      throw ValidationError(
        "--sampling-rate has no effect with --sampler \(sampler.rawValue); remove it.")
    case (_, nil):
      throw ValidationError("--sampling-rate is missing: --sampler \(sampler.rawValue) needs it.")
    case (_, let rate?):
      guard rate > 0, rate <= 1 else {
        throw ValidationError("--sampling-rate must be above 0 and at most 1, not \(rate).")
      }
    }
    if Self.takeBlocks.contains(sampler), minSeparation == nil {
      throw ValidationError(
        "--min-separation is missing: --sampler \(sampler.rawValue) needs it.")
    }
    if mechanism == .zcdp || sensitivity != nil, sampler != .none {
      throw ValidationError(
        "--sampler \(sampler.rawValue) does not go with --mechanism \(mechanism.rawValue)"
          + (mechanism == .zcdp ? "" : " --sensitivity")
          + ", of which every release counts: use --sampler none.")
    }
    if sampler == .randomAllocation, ![.gaussian, .banded, .blt].contains(mechanism) {
      throw ValidationError(
        "--sampler random_allocation is analysed with --mechanism gaussian, banded and blt, not with "
          + "\(mechanism.rawValue).")
    }
    guard ![.gaussian, .localGaussian].contains(mechanism),
      sampler != .none, !Self.takeBlocks.contains(sampler)
    else { return }
    throw ValidationError(
      "--sampler \(sampler.rawValue) does not go with --mechanism \(mechanism.rawValue), whose "
        + "privacy is not amplified by sampling: use --sampler none, or --mechanism gaussian.")
  }

  private func validatePopulation() throws {
    if let capacity {
      guard sampler == .poisson, let population else {
        throw ValidationError("--capacity takes --sampler poisson and --population.")
      }
      guard (1...population).contains(capacity) else {
        throw ValidationError("--capacity must lie in 1…\(population), not \(capacity).")
      }
    }
    guard let population else { return }
    guard (1...1 << 40).contains(population) else {
      throw ValidationError("--population must lie in 1…\(1 << 40), not \(population).")
    }
    guard delta * Double(population) < 1 else {
      throw ValidationError(
        "--delta must be below 1 / population (\(1 / Double(population))), not \(delta): a "
          + "mechanism that publishes the data of "
          + "\(max(1, Int(delta * Double(population)))) clients outright would keep it.")
    }
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
        name: "min-separation", value: minSeparation,
        users: Self.takeBlocks.contains(sampler) ? QuestionMechanism.allCases : correlated,
        range: .key("training.min_separation")),
      MechanismOption(
        name: "restart-rounds", value: restartRounds, users: [.tree],
        range: .key("privacy.tree.restart_rounds")),
      MechanismOption(
        name: "bands", value: bands, users: [.banded],
        range: .own(1...(sampler == .randomAllocation ? max(separation, rounds) : separation))),
      MechanismOption(
        name: "buffers", value: buffers, users: [.blt], range: .key("privacy.blt.buffers")),
      MechanismOption(
        name: "clients", value: clients, users: distributed, range: .own(1...1 << 20)),
      MechanismOption(
        name: "dimension", value: dimension, users: distributed, range: .own(1...1 << 30)),
      MechanismOption(
        name: "bits", value: bits, users: distributed,
        range: .key("secure_aggregation.encoding.bits")),
      MechanismOption(
        name: "sensitivity", value: sensitivity, users: [.discreteGaussian],
        range: .own(1...1 << 20)),
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
    try validateNumbers()
    if mechanism.isDistributed, sensitivity == nil, clients == nil || dimension == nil {
      throw ValidationError(
        "--\(clients == nil ? "clients" : "dimension") is missing: --mechanism "
          + "\(mechanism.rawValue) needs it, because the noise is shared and rounded.")
    }
    let mostRounds = Configuration.mostCorrelatedRounds
    if mechanism.isCorrelated, rounds > mostRounds {
      throw ValidationError(
        "--rounds must lie in 1…\(mostRounds) with --mechanism \(mechanism.rawValue), not \(rounds)."
      )
    }
  }

  private func validateNumbers() throws {
    if let grid {
      guard mechanism.isDistributed else {
        throw ValidationError(
          "--grid has no effect with --mechanism \(mechanism.rawValue); remove it.")
      }
      guard grid >= 1e-12, grid <= 1e6 else {
        throw ValidationError("--grid must lie in 1e-12…1000000, not \(grid).")
      }
    }
    if sensitivity != nil, clients != nil || dimension != nil || bits != nil || grid != nil {
      throw ValidationError(
        "--sensitivity is of one integer: --clients, --dimension, --bits and --grid do not go with "
          + "it.")
    }
    guard (mechanism == .zcdp) == (rho != nil) else {
      throw ValidationError(
        rho == nil
          ? "--rho is missing: --mechanism zcdp needs it."
          : "--rho has no effect with --mechanism \(mechanism.rawValue); remove it.")
    }
    if let rho, !(rho > 0 && rho <= 1e9) {
      throw ValidationError("--rho must be above 0 and at most 1e9, not \(rho).")
    }
  }

  private var separation: Int { max(1, minSeparation ?? rounds) }

  var question: PrivacyQuestion {
    var question = PrivacyQuestion(noise, sampler: sampler, rounds: rounds, delta: delta)
    question.samplingRate = samplingRate ?? 1
    // Noise that is not correlated is there in every round unless the sampler says otherwise.
    question.minimumSeparation = mechanism.isCorrelated ? separation : minSeparation ?? 1
    if let capacity, let population { question.truncation = (population, capacity) }
    question.accountant = accountant
    question.adjacency = adjacency
    return question
  }

  private var noise: PrivacyQuestion.Mechanism {
    func distributed(_ noise: DistributedMechanism.Noise) -> PrivacyQuestion.Mechanism {
      // The rotation pads vectors to a power of two.
      let bitWidth = Int.bitWidth - max(0, (dimension ?? 1) - 1).leadingZeroBitCount
      return .distributed(
        .init(
          noise: noise, clients: clients ?? 2, dimension: 1 << bitWidth, bits: bits ?? 28,
          grid: grid))
    }
    return switch mechanism {
    case .gaussian: .gaussian
    case .tree: .correlated(.tree(restartRounds: restartRounds))
    case .banded: .correlated(.banded(bands: bands ?? min(separation, 32)))
    case .blt: .correlated(.bufferedToeplitz(buffers: buffers ?? 3))
    case .discreteGaussian:
      sensitivity.map { .integer(sensitivity: $0) } ?? distributed(.discreteGaussian)
    case .skellam: distributed(.skellam)
    case .localGaussian: .local
    case .zcdp: .zeroConcentrated(rho: rho ?? 0)
    }
  }
}
