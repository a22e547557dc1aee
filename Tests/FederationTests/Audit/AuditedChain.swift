import Federation
import LinearAlgebra
import Models
import Privacy
import SecureAggregation
import Testing
import UsageData

/// A mechanism under a sampler, as an audit of a small run sees it.
///
/// Sampler, training, stages, codec, sum and accounting are those of a run, without the worker processes
/// between them. A mutation replaces a stage of the plan that clients and server follow, or breaks the
/// codec or what is counted. Most clients are canaries: a run
/// would want at least as many people as a cohort has.
struct AuditedChain {
  enum Mutation: String, CaseIterable {
    case none = "right"
    case halfTheNoise = "noise / 2"
    case thirdOfTheNoise = "noise / 3"
    /// Updates of up to twice the clipping bound pass.
    case looseClip = "clip * 2"
    /// The sum is divided by half of the public cohort size.
    case smallDenominator = "denominator"
    /// What is counted of a client is not what came from it; see `release`.
    case lostClient = "lost client"

    static let faults = allCases.filter { $0 != .none }
  }

  struct Cell: CustomTestStringConvertible {
    var mechanism: PrivacyConfiguration.Mechanism
    var sampling: TrainingConfiguration.Sampling
    var isTruncated = false

    var sampler: String { isTruncated ? "truncated_poisson" : sampling.rawValue }
    var testDescription: String { "\(mechanism.rawValue) \(sampler)" }

    static let all: [Cell] =
      [
        Cell(mechanism: .gaussian, sampling: .poisson),
        Cell(mechanism: .gaussian, sampling: .poisson, isTruncated: true),
        Cell(mechanism: .gaussian, sampling: .fixedSize),
      ]
      + [.gaussian, .banded, .blt].map { Cell(mechanism: $0, sampling: .randomAllocation) }
      + [.gaussian, .tree, .banded, .blt].flatMap {
        [Cell(mechanism: $0, sampling: .minSeparation), Cell(mechanism: $0, sampling: .cyclic)]
      }
      + [.discreteGaussian, .skellam, .localGaussian].flatMap {
        [Cell(mechanism: $0, sampling: .fixedSize), Cell(mechanism: $0, sampling: .minSeparation)]
      }
  }

  static let people = 40
  static let canaries = 200

  let cell: Cell
  let configuration: Configuration
  let plan: PrivacyPlan

  init(_ cell: Cell) throws {
    self.cell = cell
    var configuration = Configuration()
    configuration.population.source = .benchmark
    configuration.population.clients = Self.people
    configuration.population.newClientShare = 0
    configuration.population.seed = Setting(5)
    configuration.model.kind = .softmax
    configuration.evaluation.every = 0
    configuration.model.vocabulary = 120
    configuration.model.sequenceLength = 2
    configuration.training.sampling = cell.sampling
    configuration.training.weighting = .uniform
    configuration.training.rounds = 8
    configuration.training.cohortSize = 110
    configuration.privacy.mechanism = cell.mechanism
    configuration.privacy.clippingBound = Setting(0.25)
    configuration.privacy.noiseMultiplier = Setting(1)
    configuration.privacy.delta = Setting(1e-5)
    configuration.privacy.audit.canaries = Self.canaries
    if cell.isTruncated {
      configuration.training.capacity = Setting(130)
      configuration.training.rounds = 5
    }
    if cell.sampling == .minSeparation || cell.sampling == .cyclic {
      configuration.training.minSeparation = Setting(2)
    }
    if configuration.privacy.isCorrelated {
      configuration.training.rounds = 12
      configuration.training.minSeparation = Setting(4)
      configuration.training.cohortSize = 55
      configuration.privacy.noiseMultiplier = Setting(2)
    }
    if configuration.addsNoiseAtClients {
      configuration.training.rounds = 4
      configuration.secureAggregation.dropoutFraction = 0
      configuration.secureAggregation.corruptFraction = 0
      configuration.secureAggregation.encoding.bits = Setting(18)
    } else if ![.minSeparation, .randomAllocation].contains(configuration.training.sampling),
      !cell.isTruncated
    {
      // Every round asks for the guarantee, and the quickest accountant will do.
      configuration.privacy.accountant = .rdp
    }
    self.configuration = configuration
    plan = try #require(try PrivacyPlan(configuration, clients: Self.people))
  }

  /// What the canaries of a run show.
  func findings(seed: UInt64, _ mutation: Mutation = .none) throws -> CanaryFindings {
    var run = try Run(self, seed: seed, mutation)
    for round in 1...configuration.training.rounds { try run.next(round) }
    return try #require(run.findings)
  }

  private struct Run {
    let mutation: Mutation
    let configuration: Configuration
    /// Of the noise that is said to be added.
    let claim: PrivacyPlan
    /// What clients and server do.
    var plan: RoundPlan
    /// What codecs are made from, which add noise where clients do.
    let encoded: Configuration
    let sampler: CohortSampler
    let model: SoftmaxRegression
    var state: ServerState
    var vectors: CanaryVectors

    init(_ chain: AuditedChain, seed: UInt64, _ mutation: Mutation) throws {
      self.mutation = mutation
      var configuration = chain.configuration
      configuration.seed = seed
      self.configuration = configuration
      claim = chain.plan
      plan = RoundPlan(configuration, privacy: chain.plan)
      plan.transforms = plan.transforms.map { Self.broken($0, by: mutation) }
      encoded = try Self.encoded(plan.configuration, mutation)
      sampler = CohortSampler(
        configuration,
        partition: ClientPartition(
          seed: configuration.populationSeed, clients: AuditedChain.people, newClientShare: 0,
          canaries: AuditedChain.canaries))
      model = SoftmaxRegression(shape: configuration.exampleShape, input: .steps)
      let parameters = configuration.initialParameters(of: model)
      state = ServerState(
        parameters: parameters, server: configuration.training.server,
        privacy: PrivacyState(configuration, plan: claim), canaries: AuditedChain.canaries)
      vectors = CanaryVectors(
        canaries: AuditedChain.canaries, dimension: parameters.count, seed: seed)
    }

    private static func noiseDivisor(_ mutation: Mutation) -> Double {
      switch mutation {
      case .halfTheNoise: 2
      case .thirdOfTheNoise: 3
      default: 1
      }
    }

    /// A stage of the plan as the mutation has it.
    private static func broken(
      _ stage: any UpdateTransform, by mutation: Mutation
    ) -> any UpdateTransform {
      switch stage {
      case var noise as CentralNoise:
        noise.noiseMultiplier /= noiseDivisor(mutation)
        return noise
      case var noise as CorrelatedCentralNoise:
        noise.noiseMultiplier /= noiseDivisor(mutation)
        return noise
      case var noise as LocalNoise:
        noise.noiseMultiplier /= noiseDivisor(mutation)
        return noise
      case var clip as Clip:
        if mutation == .looseClip { clip.share = 2 }
        return clip
      case var average as Average:
        if case .expected(let size) = average.denominator, mutation == .smallDenominator {
          average.denominator = .expected(size / 2)
        }
        return average
      default: return stage
      }
    }

    /// Integer noise is a matter of the codec, and so is its clip.
    private static func encoded(
      _ configuration: Configuration, _ mutation: Mutation
    ) throws -> Configuration {
      var encoded = configuration
      let bound = try #require(configuration.privacy.clippingBound.value)
      let noise = configuration.privacy.noiseMultiplier.value ?? 0
      encoded.privacy.noiseMultiplier = Setting(noise / noiseDivisor(mutation))
      if mutation == .looseClip {
        encoded.privacy.clippingBound = Setting(2 * bound)
        encoded.privacy.noiseMultiplier = Setting(noise / 2)
      }
      return encoded
    }

    var findings: CanaryFindings? { state.findings(configuration, claim) }

    mutating func next(_ round: Int) throws {
      // A log that loses its entries lets clients return too soon.
      let losesLog =
        mutation == .lostClient && configuration.training.sampling == .minSeparation
        && !configuration.addsNoiseAtClients
      let cohort =
        losesLog ? sampler.cohort(round: round).clients : state.draw(from: sampler).clients
      // The noise of the lost ones is missing in the sum, and counted.
      let losesNoise = mutation == .lostClient && configuration.distributedNoise != nil
      let staying = losesNoise ? Array(cohort.prefix(cohort.count * 2 / 5)) : cohort
      let told = plan.parameters(round: round, cohort: cohort, state.privacy)
      let codec = try encoded.codec(
        round: round, cohortSize: cohort.count, length: state.parameters.count, told)
      var sum = UpdateSum(parameters: codec.length)
      var local = LocalRound(plan, model: model)
      for (place, client) in staying.enumerated() {
        var own = UpdateSum(parameters: codec.length)
        for _ in 0..<times(place) {
          _ = local.report(
            of: client, canary: canary(client), round: round, told, from: state.parameters,
            on: examples(client), with: codec, into: &own)
        }
        if configuration.privacy.mechanism == .localGaussian { try look(at: own, of: client) }
        sum.add(own)
      }
      var received = try codec.decode(sum, participants: staying.count)
      _ = try state.release(
        &received, norms: PrivacyState.NormCount(unclipped: 0, reported: cohort.count),
        reporting: cohort.count, plan)
      if configuration.privacy.mechanism != .localGaussian {
        try look(staying, received.mean ?? [], reporting: cohort.count)
      }
      _ = state.finishRound(along: received.mean)
    }

    /// A lost worker's clients are counted, and those of the one that replaced it as well.
    private func times(_ place: Int) -> Int {
      guard mutation == .lostClient, configuration.distributedNoise == nil else { return 1 }
      if configuration.privacy.mechanism == .localGaussian { return 2 }
      return configuration.training.sampling != .minSeparation && place % 2 == 0 ? 2 : 1
    }

    /// The claim of local noise is about the report of one client, so each is looked at by itself.
    private mutating func look(at own: UpdateSum, of client: Int) throws {
      guard canary(client) != nil else { return }
      let size = configuration.training.cohortSize / (mutation == .smallDenominator ? 2 : 1)
      let scale = 1 / (Double(1 << UpdateSum.fractionBits) * Double(size))
      try look([client], own.values.map { Double($0) * scale }, reporting: 1)
    }

    private mutating func look(_ clients: [Int], _ mean: [Double], reporting: Int) throws {
      state.look(
        for: clients.compactMap(canary), in: mean,
        bound: try #require(configuration.privacy.clippingBound.value), reporting: reporting,
        configuration, claim, using: vectors)
    }

    private func canary(_ client: Int) -> Int? {
      configuration.canary(client, clients: AuditedChain.people)
    }

    private func examples(_ client: Int) -> Examples {
      guard canary(client) == nil else { return Examples(shape: configuration.exampleShape) }
      let population = BenchmarkPopulation(
        seed: configuration.populationSeed, clients: AuditedChain.people,
        vocabulary: configuration.model.vocabulary,
        sequenceLength: configuration.model.sequenceLength)
      return population.examples(dataSet: population.dataSet(of: client))
    }
  }
}
