import Federation
import LinearAlgebra
import Models
import Privacy
import SecureAggregation
import Testing
import UsageData

/// A mechanism under a sampler, as an audit of a small run sees it.
///
/// Sampler, training, clip, encoding, sum, noise, release and accounting are those of a run, without
/// the worker processes between them. A mutation breaks one of them. Most clients are canaries: a run
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
    /// As the clients are told it.
    let told: Configuration
    let plan: PrivacyPlan
    /// With the noise that is really added.
    let added: PrivacyPlan
    let sampler: CohortSampler
    let model: SoftmaxRegression
    var state: ServerState
    /// What is claimed: of the noise that is said to be added.
    var claimed: PrivacyState
    var vectors: CanaryVectors

    init(_ chain: AuditedChain, seed: UInt64, _ mutation: Mutation) throws {
      self.mutation = mutation
      var configuration = chain.configuration
      configuration.seed = seed
      let noise = chain.plan.noiseMultiplier
      let bound = try #require(configuration.privacy.clippingBound.value)
      let divisor =
        switch mutation {
        case .halfTheNoise: 2.0
        case .thirdOfTheNoise: 3.0
        default: 1.0
        }
      var told = configuration
      told.privacy.noiseMultiplier = Setting(noise / divisor)
      if mutation == .looseClip {
        told.privacy.clippingBound = Setting(2 * bound)
        told.privacy.noiseMultiplier = Setting(noise / 2)
      }
      self.configuration = configuration
      self.told = told
      plan = chain.plan
      added = try #require(
        try PrivacyPlan(
          configuration, clients: AuditedChain.people, noiseMultiplier: noise / divisor))
      sampler = CohortSampler(
        configuration,
        partition: ClientPartition(
          seed: configuration.populationSeed, clients: AuditedChain.people, newClientShare: 0,
          canaries: AuditedChain.canaries))
      model = SoftmaxRegression(shape: configuration.exampleShape, input: .steps)
      let parameters = configuration.initialParameters(of: model)
      state = ServerState(
        parameters: parameters, server: configuration.training.server,
        privacy: PrivacyState(configuration, plan: added), canaries: AuditedChain.canaries)
      claimed = PrivacyState(configuration, plan: plan)
      vectors = CanaryVectors(
        canaries: AuditedChain.canaries, dimension: parameters.count, seed: seed)
    }

    var findings: CanaryFindings? {
      state.audit?.findings(
        AuditedClaim(
          claimed.ledger, noiseMultiplier: plan.noiseMultiplier, delta: plan.delta,
          epsilon: claimed.guarantee?.epsilon ?? .infinity), seed: configuration.seed)
    }

    mutating func next(_ round: Int) throws {
      // A log that loses its entries lets clients return too soon.
      let losesLog =
        mutation == .lostClient && configuration.training.sampling == .minSeparation
        && !configuration.addsNoiseAtClients
      let cohort =
        losesLog ? sampler.cohort(round: round).clients : state.draw(from: sampler).clients
      if configuration.privacy.mechanism == .localGaussian {
        try localRound(round, cohort)
        return
      }
      // The noise of the lost ones is missing in the sum, and counted.
      let losesNoise = mutation == .lostClient && configuration.distributedNoise != nil
      let staying = losesNoise ? Array(cohort.prefix(cohort.count * 2 / 5)) : cohort
      let sum = try sum(round, staying, of: cohort)
      let norms = PrivacyState.NormCount(unclipped: 0, reported: cohort.count)
      let mean = try release(sum, norms, reporting: cohort.count)
      try look(staying, mean, reporting: cohort.count)
      _ = state.finishRound(along: mean)
    }

    /// Of clients in the sum that the server gets.
    private func sum(_ round: Int, _ staying: [Int], of cohort: [Int]) throws -> [Int64] {
      var averaging = FederatedAveraging(told, model: model)
      let parameters = state.parameters
      if configuration.encodesUpdates {
        let encoding = try UpdateEncoding(
          told, round: round, cohortSize: cohort.count, parameterCount: parameters.count)
        var sum = ResidueVector(zeros: encoding.vectorLength, modulus: encoding.modulus)
        for client in staying {
          sum.add(
            averaging.encodedUpdate(
              of: client, canary: canary(client), round: round, from: parameters,
              on: examples(client), with: encoding))
        }
        return try encoding.decode(sum, participants: staying.count).steps
      }
      var sum = UpdateSum(parameters: parameters.count)
      for (place, client) in staying.enumerated() {
        // A lost worker's clients are counted, and those of the one that replaced it as well.
        let isRepeated =
          mutation == .lostClient && configuration.training.sampling != .minSeparation
          && place % 2 == 0
        for _ in 0..<(isRepeated ? 2 : 1) {
          _ = averaging.update(
            of: client, canary: canary(client), round: round, from: parameters,
            on: examples(client), into: &sum)
        }
      }
      return sum.values
    }

    /// The mean that leaves the server, and what is claimed of it.
    private mutating func release(
      _ sum: [Int64], _ norms: PrivacyState.NormCount, reporting: Int
    ) throws -> [Double] {
      var divided = configuration
      if mutation == .smallDenominator { divided.training.cohortSize /= 2 }
      let reports = configuration.addsNoiseAtClients ? reporting : nil
      var nothing = [Int64](repeating: 0, count: sum.count)
      _ = try claimed.release(
        &nothing, round: state.round + 1, norms: norms, reporting: reports, configuration, plan)
      return try state.release(sum, norms: norms, reporting: reports, divided, added).mean
    }

    /// The claim of local noise is about the report of one client, so each is looked at by itself.
    private mutating func localRound(_ round: Int, _ cohort: [Int]) throws {
      var averaging = FederatedAveraging(told, model: model)
      let parameters = state.parameters
      var total = UpdateSum(parameters: parameters.count)
      let size = configuration.training.cohortSize / (mutation == .smallDenominator ? 2 : 1)
      for client in cohort {
        var own = UpdateSum(parameters: parameters.count)
        for _ in 0..<(mutation == .lostClient ? 2 : 1) {
          _ = averaging.update(
            of: client, canary: canary(client), round: round, from: parameters,
            on: examples(client), into: &own)
        }
        total.add(own)
        guard canary(client) != nil else { continue }
        let scale = 1 / (Double(1 << UpdateSum.fractionBits) * Double(size))
        try look([client], own.values.map { Double($0) * scale }, reporting: 1)
      }
      let norms = PrivacyState.NormCount(unclipped: 0, reported: cohort.count)
      _ = state.finishRound(along: try release(total.values, norms, reporting: cohort.count))
    }

    private mutating func look(_ clients: [Int], _ mean: [Double], reporting: Int) throws {
      state.look(
        for: clients.compactMap(canary), in: mean,
        bound: try #require(configuration.privacy.clippingBound.value), reporting: reporting,
        configuration, plan, using: vectors)
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
