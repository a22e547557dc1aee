import Federation
import Foundation
import LinearAlgebra
import Models
import TestSupport
import Testing

/// Every algorithm against Vectors/algorithms.py: the papers' rules on three quadratics.
struct AlgorithmTests {
  static let halves = [[0, 1], [1, 2], [0, 2]]

  static func expected(_ name: String) throws -> [Double] {
    try #require(try vectors("algorithms.json", as: [String: [Double]].self)[name])
  }

  /// Within what single precision and the grid of sums leave.
  static func expectClose(
    _ found: [Double], _ name: String, tolerance: Double = 2e-6,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try expected(name)
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (one, other) in zip(found, expected) {
      #expect(
        abs(one - other) <= tolerance * max(1, abs(other)), "\(name): \(found), not \(expected)",
        sourceLocation: sourceLocation)
    }
  }

  @Test func fedAvgDrifts() throws {
    var problem = QuadraticProblem(FedAvg())
    let rounds = try problem.run(400)
    try Self.expectClose(Array(rounds.prefix(3)), "fedavg")
    try Self.expectClose([rounds[399]], "fedavg_400")
    // Its fixed point is not the optimum.
    #expect(abs(rounds[399] - 2.0 / 7) > 0.2)
  }

  @Test func fedProxIsAsPublished() throws {
    for (mu, name, count) in [(1.0, "fedprox_1", 3), (0.01, "fedprox_001", 1)] {
      var algorithm = FedProx()
      algorithm.mu = mu
      var problem = QuadraticProblem(algorithm)
      try Self.expectClose(try problem.run(count), name)
    }
  }

  /// Slow clients do 1 to E − 1 passes, others E, and all are in the sum.
  @Test func slowClientsDoLess() throws {
    var algorithm = FedProx()
    algorithm.mu = 0
    algorithm.partialWork = 1
    let updates: [Double] = (1...4).map { 3 - 2 * pow(1 - 0.2, Double($0)) - 1 }
    var seen = Set<Int>()
    var problem = QuadraticProblem(algorithm)
    for round in 1...40 {
      problem.state = ServerState(parameters: [1], server: Configuration().training.server)
      for _ in 1..<round { _ = problem.state.finishRound(along: nil) }
      try problem.next([1])
      #expect(problem.sum.count == 1)
      let update = Double(problem.state.parameters[0]) - 1
      let passes = updates.firstIndex { abs($0 - update) < 1e-6 }
      seen.insert(try #require(passes, "an update of \(update)"))
    }
    #expect(seen == [0, 1, 2, 3])
    var one = Configuration()
    one.algorithm = AlgorithmConfiguration(algorithm)
    let error = #expect(throws: SettingError.self) { try one.validate() }
    #expect(error?.keyPath == "algorithm.partial_work")
  }

  // MARK: - SCAFFOLD

  static func scaffold(option: Int = 2, steps: Bool = false) -> QuadraticProblem {
    var algorithm = Scaffold()
    algorithm.option = option
    return QuadraticProblem(algorithm) {
      if steps { $0.training.local.steps = Setting(5) }
    }
  }

  @Test(arguments: [1, 2]) func scaffoldIsAsPublished(option: Int) throws {
    var problem = Self.scaffold(option: option)
    var rounds = [try problem.next()]
    let controls = try (0..<3).map { Double(try #require(problem.states[$0])[0]) }
    try Self.expectClose(
      problem.state.algorithmVectors + controls, "scaffold_\(option)_controls")
    rounds += try problem.run(2)
    try Self.expectClose(rounds, "scaffold_\(option)")
    let last = try problem.run(300).last
    #expect(abs(try #require(last) - 2.0 / 7) < 1e-5)
  }

  /// With the same number of steps for all nothing but the update travels, and the numbers are the same.
  @Test(arguments: [false, true]) func scaffoldWithSomeClients(steps: Bool) throws {
    var problem = Self.scaffold(steps: steps)
    #expect(problem.plan.layouts.report.count == (steps ? 1 : 2))
    try Self.expectClose(try problem.run(3, cohorts: Self.halves), "scaffold_half")
    try Self.expectClose(problem.state.algorithmVectors, "scaffold_half_control")
    #expect(abs(problem.meanState - problem.state.algorithmVectors[0]) < 1e-6)
    let last = try problem.run(600, cohorts: Self.halves).last
    #expect(abs(try #require(last) - 2.0 / 7) < 1e-5)
  }

  /// A client keeps its new control variate only if its report was counted, and must if it was: both
  /// mistakes end elsewhere.
  @Test func lostReportsAreNotKept() throws {
    func run(_ fate: QuadraticProblem.Fate, steps: Bool) throws -> QuadraticProblem {
      var problem = Self.scaffold(steps: steps)
      for round in 0..<400 {
        try problem.next(Self.halves[round % 3]) { (round + $0) % 4 == 0 ? fate : .counted }
      }
      return problem
    }
    for steps in [false, true] {
      let right = try run(.lost, steps: steps)
      #expect(abs(Double(right.state.parameters[0]) - 2.0 / 7) < 1e-5)
      #expect(abs(right.meanState - right.state.algorithmVectors[0]) < 1e-5)
      for (fate, name) in [
        (QuadraticProblem.Fate.lostButKept, "scaffold_lost_kept"),
        (.countedButForgotten, "scaffold_lost_forgotten"),
      ] {
        let wrong = try run(fate, steps: steps)
        try Self.expectClose([Double(wrong.state.parameters[0])], name, tolerance: 1e-4)
        #expect(abs(wrong.meanState - wrong.state.algorithmVectors[0]) > 0.3)
      }
    }
  }

  /// Both sides use the report as it was clipped, so that c stays the mean of what clients keep.
  @Test(arguments: [false, true]) func scaffoldAgreesBehindAClip(steps: Bool) throws {
    var problem = Self.scaffold(steps: steps)
    for round in 0..<200 { try problem.next(Self.halves[round % 3], clippingBound: 0.3) }
    #expect(abs(problem.meanState - problem.state.algorithmVectors[0]) < 1e-4)
  }

  // MARK: - The others

  @Test func fedDynIsAsPublished() throws {
    var problem = QuadraticProblem(FedDyn())
    var (sent, means): ([Double], [Double]) = ([], [])
    for _ in 0..<3 {
      sent.append(try problem.next())
      means.append(sent[sent.count - 1] + problem.state.algorithmVectors[0] / 0.1)
    }
    try Self.expectClose(sent, "feddyn_sent", tolerance: 1e-5)
    try Self.expectClose(means, "feddyn_mean", tolerance: 1e-5)
    var strong = FedDyn()
    strong.alpha = 1
    var some = QuadraticProblem(strong)
    try Self.expectClose(try some.run(3, cohorts: Self.halves), "feddyn_half", tolerance: 1e-5)
    var all = QuadraticProblem(strong)
    let last = try all.run(3_000).last
    #expect(abs(try #require(last) - 2.0 / 7) < 1e-5)
  }

  @Test func fedNovaIsAsPublished() throws {
    func problem(momentum: Double = 0, mu: Double = 0) -> QuadraticProblem {
      var algorithm = FedNova()
      algorithm.mu = mu
      var problem = QuadraticProblem(algorithm) {
        $0.training.local.epochs = 1
        $0.training.maxExamples = 9
        $0.training.local.momentum = momentum
      }
      problem.examples = [2, 5, 9]
      return problem
    }
    var plain = problem()
    let rounds = try plain.run(2_000)
    try Self.expectClose(Array(rounds.prefix(3)), "fednova")
    try Self.expectClose([rounds[1_999]], "fednova_2000", tolerance: 1e-5)
    var heavy = problem(momentum: 0.9)
    try Self.expectClose(try heavy.run(2), "fednova_momentum", tolerance: 1e-5)
    var near = problem(mu: 1)
    try Self.expectClose(try near.run(2), "fednova_mu", tolerance: 1e-5)
    for (momentum, mu, name) in [(0.9, 0.0, "fednova_norms"), (0, 1, "fednova_mu_norms")] {
      var algorithm = FedNova()
      algorithm.mu = mu
      var local = Configuration().training.local
      (local.momentum, local.learningRate) = (momentum, 0.1)
      let norms = [2, 5, 9].map { algorithm.norm($0, local) }
      try Self.expectClose(norms, name, tolerance: 1e-12)
    }
  }

  @Test func mimeLiteIsAsPublished() throws {
    var problem = QuadraticProblem(MimeLite())
    try Self.expectClose(try problem.run(3), "mimelite")
  }

  @Test func qFedAvgIsAsPublished() throws {
    for (q, name) in [(0.1, "qfedavg_01"), (1, "qfedavg_1"), (5, "qfedavg_5")] {
      var algorithm = QFedAvg()
      algorithm.q = q
      var problem = QuadraticProblem(algorithm)
      try Self.expectClose(try problem.run(3), name, tolerance: 1e-5)
    }
  }

  // MARK: - Personal models

  /// The personal models are the published ones, and the round is FedAvg's to the bit.
  @Test func dittoIsAsPublished() throws {
    var problem = QuadraticProblem(FedAvg()) {
      $0.personalisation = PersonalisationConfiguration(Ditto())
    }
    var plain = QuadraticProblem(FedAvg())
    for _ in 0..<3 {
      #expect(try problem.next().bitPattern == plain.next().bitPattern)
    }
    let own = try (0..<3).map { Double(try #require(problem.states[$0])[0]) }
    try Self.expectClose(own, "ditto")
    // Behind SCAFFOLD a client keeps both, and neither changes the other.
    var (both, alone) = (
      QuadraticProblem(Scaffold()) {
        $0.personalisation = PersonalisationConfiguration(Ditto())
      }, Self.scaffold()
    )
    for _ in 0..<3 { #expect(try both.next().bitPattern == alone.next().bitPattern) }
    for client in 0..<3 {
      #expect(
        both.states[client]?.count == 2 && both.states[client]?[0] == alone.states[client]?[0])
    }
  }

  // MARK: - Bits

  /// The setting of each algorithm in which it is FedAvg gives FedAvg's bits.
  @Test func theTrivialSettingsAreFedAvg() throws {
    var (fedProx, qFedAvg, mimeLite) = (FedProx(), QFedAvg(), MimeLite())
    fedProx.mu = 0
    qFedAvg.q = 0
    mimeLite.beta = 0
    let algorithms: [any Algorithm] = [fedProx, qFedAvg, mimeLite, FedNova()]
    for algorithm in algorithms {
      var (own, plain) = (QuadraticProblem(algorithm), QuadraticProblem(FedAvg()))
      for round in 0..<20 {
        try own.next(Self.halves[round % 3])
        try plain.next(Self.halves[round % 3])
        #expect(
          own.state.parameters[0].bitPattern == plain.state.parameters[0].bitPattern,
          "\(type(of: algorithm))")
      }
    }
    // The first round of SCAFFOLD, whose control variates are zero.
    var (own, plain) = (Self.scaffold(), QuadraticProblem(FedAvg()))
    #expect(try own.next().bitPattern == plain.next().bitPattern)
  }
}
