import Federation
import LinearAlgebra
import Models
import Privacy
import Testing

/// Rounds of a checked configuration with a softmax model on four examples a client, by the code of a run
/// but for its processes and masks.
package struct SmallExperiment {
  package let configuration: Configuration
  package let plan: RoundPlan
  package let partition: ClientPartition
  package private(set) var state: ServerState
  /// What clients keep.
  package private(set) var states: [Int: [Float]] = [:]
  /// What the clients of the round have to say.
  private var made: [Int: MadeReport] = [:]
  private let model: SoftmaxRegression
  private let sampler: CohortSampler

  /// The initial parameters.
  package let start: [Float]

  /// - Parameter configuration: of a softmax model.
  package init(_ configuration: Configuration) throws {
    self.configuration = configuration
    let clients = configuration.population.clients
    let privacy = try PrivacyPlan(configuration, clients: clients)
    plan = RoundPlan(configuration, privacy: privacy)
    model = SoftmaxRegression(shape: configuration.exampleShape, input: .context)
    partition = ClientPartition(
      seed: configuration.populationSeed, clients: clients,
      newClientShare: configuration.population.newClientShare)
    sampler = CohortSampler(configuration, partition: partition)
    start = configuration.initialParameters(of: model)
    state = ServerState(
      parameters: start, server: configuration.training.server,
      privacy: privacy.map { PrivacyState(configuration, plan: $0) },
      vectors: plan.layouts.serverState.count)
  }

  /// The same after so many more rounds.
  ///
  /// - Parameter ordered: in which order the clients of a cohort are asked.
  package func run(
    _ rounds: Int, _ ordered: ([Int]) -> [Int] = { $0 }
  ) throws -> SmallExperiment {
    var experiment = self
    for _ in 0..<rounds { try experiment.next(ordered) }
    return experiment
  }

  private mutating func next(_ ordered: ([Int]) -> [Int]) throws {
    made = [:]
    let cohort = state.draw(from: sampler).clients
    let round = state.round + 1
    let told = plan.parameters(round: round, cohort: cohort, state.privacy)
    let codec = try plan.configuration.codec(
      round: round, cohortSize: cohort.count, length: plan.layouts.report.count, told)
    let broadcast = state.broadcast(plan)
    let roots = (0..<configuration.rootClients).map(partition.newClient)
    var local = LocalRound(plan, model: model)
    var reports: [Int: UpdateSum] = [:]
    for client in ordered(cohort) + roots {
      var own = UpdateSum(parameters: codec.length)
      let note = local.report(
        of: client, round: round, told, from: broadcast, state: states[client] ?? [],
        on: examples(of: client), with: codec, into: &own)
      #expect(note.fate == .reported)
      #expect((local.keptState?.count ?? 0) == plan.layouts.clientState.count)
      if !roots.contains(client) { states[client] = local.keptState }
      reports[client] = own
      made[client] = local.made
    }
    var received = try aggregate(
      cohort.compactMap { reports[$0] }, roots.compactMap { reports[$0]?.update }, codec,
      cohort: cohort)
    _ = try state.release(
      &received, norms: .init(unclipped: 5, reported: cohort.count), reporting: cohort.count,
      plan)
    _ = state.finishRound(
      along: received.mean, plan, population: partition.trainingCount, reported: cohort.count)
  }

  private mutating func aggregate(
    _ reports: [UpdateSum], _ roots: [[Float]], _ codec: any UpdateCodec, cohort: [Int]
  ) throws -> RoundSum {
    switch plan.aggregation {
    case .sum, .clients:
      return try codec.decode(Self.sum(reports, codec), participants: reports.count)
    case .server:
      let root = roots.isEmpty ? [] : ReceivedUpdates(roots).mean(of: Array(roots.indices))
      return state.aggregate(reports.map(\.update), of: reports.count, root: root, plan).0
    case .groups:
      let groups = configuration.buckets(of: reports.count, round: state.round + 1)
      let means = try groups.map { members in
        var group = try codec.decode(
          Self.sum(members.map { reports[$0] }, codec), participants: members.count)
        var none: PrivacyState?
        try Average(.reported).onServer(&group, &none, round: state.round + 1)
        return (group.mean ?? []).map { Float($0) }
      }
      return state.aggregate(means, of: reports.count, plan).0
    case .repeated:
      let first = try codec.decode(Self.sum(reports, codec), participants: reports.count)
      return try repeated(first, cohort)
    }
  }

  /// The later sums of a rule that takes several.
  private func repeated(_ first: RoundSum, _ cohort: [Int]) throws -> RoundSum {
    var sum = first
    let local = LocalRound(plan, model: model)
    for step in 1...(configuration.repeatedSums?.steps ?? 1) {
      guard case .real(let values) = sum.values else { break }
      var told = plan.parameters(
        round: state.round + 1, cohort: cohort, state.privacy, part: step)
      told.session?.step = step
      told.session?.point = values.map { Float($0 / Double(sum.weight)) }
      let codec = try plan.configuration.codec(
        round: state.round + 1, cohortSize: cohort.count, length: values.count, told)
      let reports = cohort.compactMap { client in
        made[client].map { made in
          var own = UpdateSum(parameters: codec.length)
          _ = local.send(made, of: client, with: codec, into: &own)
          return own
        }
      }
      sum = try codec.decode(Self.sum(reports, codec), participants: reports.count)
    }
    return sum
  }

  private static func sum(_ reports: [UpdateSum], _ codec: any UpdateCodec) -> UpdateSum {
    var sum = UpdateSum(parameters: codec.length)
    for own in reports { sum.add(own) }
    return sum
  }

  /// Four examples of a client, each another.
  package func examples(of client: Int) -> Examples {
    let shape = configuration.exampleShape
    var stream = RandomStream(key: (UInt64(client), 0), counter: (0, 0, 0))
    var examples = Examples(shape: shape)
    for _ in 0..<4 {
      let target = Int32(stream.below(shape.vocabulary))
      examples.apps += (0..<shape.sequenceLength).map { _ in target }
      examples.steps += (0..<shape.sequenceLength * shape.stepWidth).map { _ in
        Float(stream.uniform())
      }
      examples.context += (0..<shape.contextWidth).map { _ in Float(stream.uniform()) }
      examples.candidateApps += [target, (target + 1) % Int32(shape.vocabulary)]
      examples.candidateFeatures += (0..<2 * shape.candidateWidth).map { _ in
        Float(stream.uniform())
      }
      examples.candidateOffsets.append(examples.candidateApps.count)
      examples.targets.append(target)
      examples.targetCandidates.append(0)
    }
    return examples
  }
}
