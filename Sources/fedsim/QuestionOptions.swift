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
    help: "Probability that an eligible client takes part in a round.")
  var samplingRate: Double?

  @Option(parsing: .unconditional, help: "Number of rounds, each of which releases one noisy sum.")
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
      tree, banded, blt, min_separation: least number of rounds from one participation of a client to \
      its next. cyclic: number of groups. random_allocation: rounds per block. Default: --rounds, so \
      that each client takes part once.
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
      discrete_gaussian: the largest change that one client can make to an integer sum. The noise \
      multiplier is then the standard deviation of the noise, in integers.
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
    help:
      "poisson: largest cohort. A larger one is cut to a random subset of this size. Needs --population."
  )
  var capacity: Int?

  /// Rounds from one participation of a client to its next.
  var separation: Int { max(1, minSeparation ?? rounds) }

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
