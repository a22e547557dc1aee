import Federation
import Foundation
import LinearAlgebra
import Models
import TestSupport
import Testing

/// Every rule against Vectors/aggregators.py, by the server's code of a run.
struct AggregatorTests {
  @Test(arguments: AggregatorConfiguration.all.map { $0.name })
  func eachKeepsTheContract(name: String) throws {
    let rule = try #require(AggregatorConfiguration(named: name)).aggregator
    try checkAggregator(rule, isRobust: !(rule is Mean))
  }

  static func expected(_ name: String) throws -> [Double] {
    try #require(try vectors("aggregators.json", as: [String: [Double]].self)[name])
  }

  static func updates() throws -> [[Float]] {
    let all = try expected("updates").map { Float($0) }
    return stride(from: 0, to: all.count, by: 3).map { Array(all[$0..<($0 + 3)]) }
  }

  static let layout: ParameterLayout = {
    var layout = ParameterLayout()
    layout.append("w", 3)
    return layout
  }()

  /// Of a rule in the clear, on a model of three parameters.
  static func plan(
    _ rule: any Aggregator, _ change: (inout Configuration) -> Void = { _ in }
  ) -> RoundPlan {
    var configuration = Configuration()
    configuration.training.cohortSize = 7
    configuration.aggregator = AggregatorConfiguration(rule)
    change(&configuration)
    return RoundPlan(configuration, model: layout)
  }

  static func state() -> ServerState {
    ServerState(parameters: [0, 0, 0], server: Configuration().training.server)
  }

  static func close(_ found: [Double]?, _ name: String, sourceLocation: SourceLocation) throws {
    let (found, expected) = (try #require(found), try expected(name))
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (one, other) in zip(found, expected) {
      // Updates are in single precision.
      #expect(
        abs(one - other) < 1e-6 * max(1, abs(other)), "\(name): \(found), not \(expected)",
        sourceLocation: sourceLocation)
    }
  }

  /// One round of a rule; what was left out.
  @discardableResult
  static func round(
    _ plan: RoundPlan, _ state: inout ServerState, _ updates: [[Float]], root: [Double] = [],
    _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Int {
    var (sum, leftOut) = state.aggregate(updates, of: updates.count, root: root, plan)
    _ = try state.release(&sum, norms: nil, plan)
    try close(sum.mean, name, sourceLocation: sourceLocation)
    let before = state.parameters
    _ = state.finishRound(along: sum.mean, plan, population: 100, reported: sum.count)
    for (index, moved) in try expected(name).enumerated() {
      #expect(
        abs(Double(state.parameters[index] - before[index]) - moved) < 1e-5,
        sourceLocation: sourceLocation)
    }
    return leftOut
  }

  @Test func rulesAreAsPublished() throws {
    var trimmed = [TrimmedMean(), TrimmedMean()]
    (trimmed[0].share, trimmed[1].share) = (1.0 / 7, 2.0 / 7)
    var krum = Krum()
    krum.share = 2.0 / 7
    var several = MultiKrum()
    (several.share, several.chosen) = (2.0 / 7, Setting(3))
    var bound = NormBound()
    bound.bound = 2
    var centred = CenteredClipping()
    centred.iterations = 3
    let cases: [(any Aggregator, String, leftOut: Int)] = [
      (Median(), "median", 0), (trimmed[0], "trimmed_1", 0), (trimmed[1], "trimmed_2", 0),
      (krum, "krum", 6), (several, "multi_krum_3", 4), (GeometricMedian(), "geometric_median", 0),
      (bound, "norm_bound_2", 0), (centred, "centred_3", 0), (CenteredClipping(), "centred_1", 0),
      // The last update points the other way.
      (FLTrust(), "fltrust", 1),
    ]
    for (rule, name, leftOut) in cases {
      var state = Self.state()
      let found = try Self.round(
        Self.plan(rule), &state, Self.updates(), root: Self.expected("root"), name)
      #expect(found == leftOut, "\(name)")
    }
    var state = Self.state()
    try Self.round(Self.plan(Median()), &state, Array(Self.updates().prefix(6)), "median_of_six")
    let mean = Mean()
    var memory = AggregatorMemory(centre: [0, 0, 0])
    try Self.close(
      mean.aggregate(ReceivedUpdates(Self.updates()), &memory).values, "mean",
      sourceLocation: #_sourceLocation)
  }

  @Test func krumScoresLeaveOneselfOut() throws {
    let scores = ReceivedUpdates(try Self.updates()).krumScores(hostile: 2)
    for (found, expected) in zip(scores, try Self.expected("krum_scores")) {
      #expect(abs(found - expected) < 1e-5 * max(1, expected))
    }
    // Those that agree are at a distance of 0 from each other, and the first of them is chosen.
    let twins: [[Float]] = [[9], [1], [6], [1], [1], [20]]
    var krum = Krum()
    krum.share = 1.0 / 6
    var memory = AggregatorMemory(centre: [0])
    let result = krum.aggregate(ReceivedUpdates(twins), &memory)
    #expect(result == Aggregate([1], leftOut: [0, 2, 3, 4, 5]))
  }

  /// The centre is carried over rounds and through the checkpoint.
  @Test func theCentreIsRemembered() throws {
    let plan = Self.plan(CenteredClipping())
    var state = Self.state()
    #expect(state.aggregatorCentre == [])
    try Self.round(plan, &state, Self.updates(), "centred_1")
    state = try JSONDecoder().decode(ServerState.self, from: JSONEncoder().encode(state))
    try Self.round(plan, &state, Self.updates(), "centred_second_round")
  }

  @Test func bucketsAreAveragedFirst() throws {
    let updates = ReceivedUpdates(try Self.updates())
    var memory = AggregatorMemory(centre: [0, 0, 0])
    let median = Median().aggregate(updates.buckets([[0, 5], [1, 2], [3, 4, 6]]), &memory)
    try Self.close(median.values, "bucket_median", sourceLocation: #_sourceLocation)
    var configuration = Configuration()
    configuration.aggregator.shared.bucketSize = 3
    var seen = Set<[[Int]]>()
    for round in 1...20 {
      let buckets = configuration.buckets(of: 11, round: round)
      #expect(buckets == configuration.buckets(of: 11, round: round))
      #expect(buckets.flatMap { $0 }.sorted() == Array(0..<11))
      #expect(buckets.count == 4 && buckets.allSatisfy { (2...3).contains($0.count) })
      #expect(buckets.allSatisfy { $0 == $0.sorted() })
      seen.insert(buckets)
    }
    #expect(seen.count > 15)
    configuration.aggregator.shared.bucketSize = 1
    #expect(configuration.buckets(of: 3, round: 1) == [[0], [1], [2]])
  }

  /// Rejected buckets count all their clients.
  @Test func leftOutBucketsCountTheirClients() throws {
    var krum = Krum()
    krum.share = 0
    let plan = Self.plan(krum) { $0.aggregator.shared.bucketSize = 2 }
    var state = Self.state()
    let updates = try Self.updates()
    let (_, leftOut) = state.aggregate(updates, of: updates.count, plan)
    let sizes = plan.configuration.buckets(of: 7, round: 1).map(\.count)
    #expect(sizes.contains(7 - leftOut) && leftOut >= 5)
  }

  /// What a worker sends of an update is what a sum would have had of it.
  @Test func updatesLieOnTheGridOfSums() {
    var stream = testStream(4)
    var update: [Float] = [127.99999, -127.99999, 0x1p-31, 0x1.8p-30, -0x1p-40, 0]
    for _ in 0..<1_000 { update.append(Float(stream.normal()) * 0x1p-8) }
    var sum = UpdateSum(parameters: update.count)
    #expect(update.withUnsafeBufferPointer { sum.add($0, weight: 1) })
    for (value, sent) in zip(sum.values, sum.update) {
      #expect(Double(sent) * 0x1p30 == Double(value))
    }
  }

  /// A client that reports what is no number is left out, and every rule is finite.
  @Test func noNumbersOfOneClientHarmNobody() throws {
    for type in AggregatorConfiguration.all {
      var configuration = Configuration()
      configuration.training.cohortSize = 3
      configuration.training.maxExamples = 1
      configuration.aggregator = AggregatorConfiguration(type.init())
      let plan = RoundPlan(configuration, model: QuadraticProblem.model.layout)
      var local = LocalRound(plan, model: QuadraticProblem.model)
      var updates: [[Float]] = []
      for client in 0..<3 {
        var examples = QuadraticProblem.examples(of: client, count: 1)
        if client == 1 { examples.context[1] = .nan }
        var own = UpdateSum(parameters: 1)
        let note = local.report(
          of: client, round: 1, RoundParameters(configuration), from: [1], on: examples,
          with: ExactGrid(length: 1), into: &own)
        #expect((note.fate == .diverged) == (client == 1))
        if note.fate == .reported { updates.append(own.update) }
      }
      var state = ServerState(parameters: [1], server: configuration.training.server)
      let (sum, _) = state.aggregate(updates, of: updates.count, root: [1], plan)
      guard case .real(let values) = sum.values else {
        Issue.record("\(type.name)")
        continue
      }
      #expect(values.allSatisfy(\.isFinite) && sum.count == 2, "\(type.name)")
    }
  }

  /// Where the server sees sums alone, clients clip around the centre that they are sent.
  @Test func clientsClipAroundTheCentre() throws {
    var rule = CenteredClipping()
    rule.radius = 0.25
    var problem = QuadraticProblem(FedAvg()) {
      $0.aggregator = AggregatorConfiguration(rule)
      AggregatorRefusalTests.addNoise(&$0, bound: 0.25)
    }
    // Five steps of gradient descent on a/2 (w - b)^2 with rate 0.1.
    func update(_ client: Int, from model: Double) -> Double {
      let a = Double(QuadraticProblem.curvatures[client])
      return (Double(QuadraticProblem.minimisers[client]) - model) * (1 - pow(1 - 0.1 * a, 5))
    }
    var (model, centre) = (1.0, 0.0)
    for _ in 0..<4 {
      centre += (0..<3).reduce(0) { sum, client in
        sum + max(-0.25, min(0.25, update(client, from: model) - centre)) / 3
      }
      model += centre
      #expect(problem.state.broadcast(problem.plan).count == 2)
      let found = try problem.next(clippingBound: 0.25)
      #expect(abs(found - model) < 1e-6, "\(found), not \(model)")
      #expect(abs(problem.state.aggregatorCentre[0] - centre) < 1e-6)
    }
  }

  /// Means of groups are taken as they are: the groups were drawn before.
  @Test func groupsAreNotDividedAgain() throws {
    let plan = Self.plan(Median()) {
      $0.secureAggregation.protocol = .secaggPlus
      $0.training.cohortSize = 21
      $0.aggregator.shared.bucketSize = 3
    }
    #expect(plan.aggregation == .groups)
    var state = Self.state()
    var (sum, _) = state.aggregate(try Self.updates(), of: 21, plan)
    #expect(sum.count == 21)
    _ = try state.release(&sum, norms: nil, plan)
    try Self.close(sum.mean, "median", sourceLocation: #_sourceLocation)
  }

  /// Nobody came.
  @Test func anEmptyRoundMovesNothing() throws {
    for type in AggregatorConfiguration.all {
      var state = Self.state()
      let plan = Self.plan(type.init())
      var (sum, leftOut) = state.aggregate([], of: 0, plan)
      _ = try state.release(&sum, norms: nil, plan)
      #expect(sum.mean == nil && leftOut == 0)
    }
  }
}
