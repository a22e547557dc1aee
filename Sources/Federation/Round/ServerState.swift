import Privacy

/// Everything that must survive between rounds; this value is the checkpoint.
package struct ServerState: Codable, Equatable, Sendable {
  /// Rounds finished.
  package private(set) var round = 0
  private var model: FloatVector
  private var optimizer: ServerOptimizer
  /// What the algorithm keeps beside the model; nil for one that keeps nothing.
  private var vectors: DoubleVector?
  /// What the rule of aggregation carries from round to round; nil for one that carries nothing.
  private var centre: DoubleVector?
  /// Who took part when; kept where the sampling bounds it.
  package private(set) var participation: ParticipationLog?
  /// Nil when no noise protects the clients.
  package private(set) var privacy: PrivacyState?
  /// What the canaries have shown; nil without an audit.
  package private(set) var audit: CanaryTally?
  /// Rows of the predictors that no round changes, measured once.
  package var constantRows: [MeasuredRow] = []
  /// Of virtual time; nil where none is simulated.
  package var clock: VirtualClock?
  /// Phones that train without a barrier, and the models that they train from; nil where there are rounds.
  package internal(set) var flights: Flights?
  package internal(set) var keptModels: [KeptModel]?
  /// What evaluations say about when to stop; nil where nothing is decided by them.
  package private(set) var watch: EvaluationWatch?

  package init(
    parameters: [Float], server: ServerConfiguration, privacy: PrivacyState? = nil,
    canaries: Int = 0, vectors: Int = 0
  ) {
    if vectors > 0 { self.vectors = DoubleVector([Double](repeating: 0, count: vectors)) }
    self.privacy = privacy
    if canaries > 0 { audit = CanaryTally(canaries: canaries) }
    model = FloatVector(parameters)
    optimizer = ServerOptimizer(server, parameters: parameters.count)
  }

  package var parameters: [Float] { model.elements }

  /// Takes the model to start from, before the first round.
  package mutating func begin(from parameters: [Float]) {
    precondition(round == 0 && parameters.count == model.elements.count, "another model")
    model = FloatVector(parameters)
  }

  /// Whether no round is left, another would exceed the privacy budget, or an evaluation ended the
  /// training.
  package func isFinished(_ configuration: Configuration) -> Bool {
    round >= configuration.training.rounds || privacy?.isSpent == true || watch?.ending != nil
  }

  /// Decides by an evaluation of this round's model whether training ends, and whether it is the best.
  package mutating func note(_ rows: [MeasuredRow], _ configuration: Configuration) {
    guard configuration.training.stop.isActive || configuration.evaluation.keepBest else { return }
    var watch = watch ?? EvaluationWatch()
    watch.add(rows, round: round, parameters: parameters, configuration)
    self.watch = watch
  }

  /// What the algorithm keeps beside the model; empty for one that keeps nothing.
  package var algorithmVectors: [Double] { vectors?.elements ?? [] }

  /// What clients get in the coming round: the model, and what else the algorithm sends.
  package func broadcast(_ plan: RoundPlan) -> [Float] {
    let own = plan.algorithm.broadcast(
      plan.shared.gathered(model.elements), vectors?.elements ?? [])
    return plan.isCentred ? own + sentCentre(plan) : own
  }

  /// The centre in single precision, as clients get it.
  private func sentCentre(_ plan: RoundPlan) -> [Float] {
    centre?.elements.map { Float($0) }
      ?? [Float](repeating: 0, count: plan.layouts.report.count)
  }

  /// What the rule of aggregation carries; empty before it has anything.
  package var aggregatorCentre: [Double] { centre?.elements ?? [] }

  /// Has the rule of aggregation make one update of those of a round.
  ///
  /// - Parameters:
  ///   - updates: by ascending client id, or means of groups of clients in the order of the groups.
  ///   - clients: in all of them together.
  ///   - root: the mean update of the server's own clients; empty for none.
  /// - Returns: the aggregate as a sum of one, and how many clients were left out.
  package mutating func aggregate(
    _ updates: [[Float]], of clients: Int, root: [Double] = [], _ plan: RoundPlan
  ) -> (sum: RoundSum, leftOut: Int) {
    let length = plan.layouts.report.count
    let zeros = [Double](repeating: 0, count: length)
    guard !updates.isEmpty else { return (RoundSum(.real(zeros), weight: 0, count: 0), 0) }
    var memory = AggregatorMemory(
      centre: centre?.elements ?? zeros, root: root.isEmpty ? zeros : root)
    let received = ReceivedUpdates(updates, clients: clients)
    let isGrouped = plan.aggregation == .groups
    let buckets =
      isGrouped
      ? updates.indices.map { [$0] }
      : plan.configuration.buckets(of: updates.count, round: round + 1)
    let aggregate =
      buckets.count == updates.count
      ? plan.aggregator.aggregate(received, &memory)
      : plan.aggregator.aggregate(received.buckets(buckets), &memory)
    if memory.centre.contains(where: { $0 != 0 }) { centre = DoubleVector(memory.centre) }
    return (
      RoundSum(.real(aggregate.values), weight: 1, count: clients),
      aggregate.leftOut.reduce(0) { $0 + buckets[$1].count }
    )
  }

  /// The cohort of the coming round, which is put on record.
  package mutating func draw(from sampler: CohortSampler) -> Cohort {
    let cohort = sampler.cohort(round: round + 1, after: participation ?? ParticipationLog())
    record(cohort.clients, drawnBy: sampler)
    return cohort
  }

  /// Puts a cohort of the coming round on record, where the sampling bounds how often clients take part.
  package mutating func record(_ clients: [Int], drawnBy sampler: CohortSampler) {
    guard sampler.sampling.participation != nil else { return }
    participation = participation ?? ParticipationLog()
    participation?.record(clients, round: round + 1)
  }

  /// Takes the sum of a round through the server's stages, and settles what it cost.
  ///
  /// - Parameters:
  ///   - norms: nil when the sum was lost.
  ///   - reporting: clients in the sum; nil when it was lost.
  /// - Returns: what was released; nil without a mechanism.
  package mutating func release(
    _ aggregate: inout RoundSum, norms: PrivacyState.NormCount?, reporting: Int? = nil,
    _ plan: RoundPlan
  ) throws(PrivacyError) -> PrivacyState.Release? {
    for transform in plan.transforms.reversed() {
      try transform.onServer(&aggregate, &privacy, round: round + 1)
    }
    if plan.isCentred, let moved = aggregate.mean {
      let sent = sentCentre(plan)
      let mean = moved.indices.map { Double(sent[$0]) + moved[$0] }
      aggregate.mean = mean
      centre = DoubleVector(mean)
    }
    guard let privacyPlan = plan.privacy else { return nil }
    return try privacy?.settle(
      round: round + 1, norms: norms, reporting: reporting, plan.configuration, privacyPlan)
  }

  /// Looks for canaries in what a round released, with all the accounting grants an attacker and
  /// who took part as well.
  ///
  /// - Parameters:
  ///   - members: the canaries in the sum.
  ///   - bound: what clipped.
  ///   - reporting: clients in the sum.
  package mutating func look(
    for members: [Int], in mean: [Double], bound: Double, reporting: Int,
    _ configuration: Configuration, _ plan: PrivacyPlan, using vectors: CanaryVectors
  ) {
    // The claim is about the report of one client; what the sum tells of it is that much less.
    let share =
      configuration.privacy.mechanism == .localGaussian
      ? 1 / Double(max(1, reporting)).squareRoot() : 1
    audit?.look(
      for: members, in: mean,
      scale: share * Double(configuration.training.cohortSize) / bound, weight: share,
      round: round + 1,
      correlation: plan.schedule.strategy.map {
        CanaryTally.Correlation($0, restart: configuration.restartRounds)
      }, using: vectors)
  }

  /// What the canaries have shown, held against what has been paid for; nil without an audit, or
  /// before any took part.
  package func findings(_ configuration: Configuration, _ plan: PrivacyPlan) -> CanaryFindings? {
    guard let audit, let privacy else { return nil }
    return audit.findings(
      AuditedClaim(
        privacy.ledger, noiseMultiplier: privacy.noiseMultiplier, delta: plan.delta,
        epsilon: privacy.guarantee?.epsilon ?? .infinity), seed: configuration.seed)
  }

  /// Has the algorithm make a step of the mean of what was reported, and returns the step's Euclidean
  /// norm; without a mean the model stays.
  ///
  /// - Parameters:
  ///   - population: clients that may take part.
  ///   - reported: those in the mean.
  package mutating func finishRound(
    along mean: [Double]?, _ plan: RoundPlan, population: Int, reported: Int
  ) -> Double {
    guard let mean else { return finishRound(along: nil) }
    var server = ServerVectors(
      vectors: vectors?.elements ?? [], settings: plan.settings, population: Double(population),
      reported: Double(reported))
    let direction = plan.algorithm.direction(mean, &server)
    if vectors != nil { vectors = DoubleVector(server.vectors) }
    return finishRound(along: plan.shared.spread(direction))
  }

  /// Steps in a direction and returns its Euclidean norm; without one the model stays.
  package mutating func finishRound(along direction: [Double]?) -> Double {
    round += 1
    guard let direction else { return 0 }
    optimizer.step(&model.elements, along: direction)
    return direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
