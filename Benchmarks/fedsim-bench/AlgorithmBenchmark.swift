/// Rounds of other algorithms, personal models and aggregators against a round of `fedavg`.
struct AlgorithmBenchmark {
  let program: Program
  private var repetitions: Int { 7 }

  private struct Way {
    var name: String
    var settings: [String: String]
    /// What its round may cost at most, in rounds of `fedavg`.
    var target: Double
  }

  private static let stepwise = [
    Way(name: "fedprox", settings: ["algorithm.name": "fedprox"], target: 1.05),
    Way(name: "scaffold", settings: ["algorithm.name": "scaffold"], target: 1.15),
    Way(
      name: "scaffold, equal steps",
      settings: ["algorithm.name": "scaffold", "training.local.steps": "4"], target: 1.15),
  ]

  private static let others = [
    Way(name: "ditto", settings: ["personalisation.method": "ditto"], target: 2.1),
    Way(name: "trimmed_mean", settings: ["aggregator.name": "trimmed_mean"], target: 1.3),
  ]

  func measure(into table: inout Table) throws {
    try measure("LSTM", "bench-lstm", rounds: 10, Self.stepwise + Self.others, into: &table)
    try measure("logistic", "bench-logistic", rounds: 60, Self.stepwise, into: &table)
  }

  /// All in turn with one worker, so that a machine that changes its speed changes it for all.
  private func measure(
    _ model: String, _ experiment: String, rounds: Int, _ ways: [Way], into table: inout Table
  ) throws {
    var ratios = [[Double]](repeating: [], count: ways.count)
    func seconds(_ settings: [String: String]) throws -> Double {
      try program.run(
        experiment, workers: 1, settings.merging(["training.rounds": "\(rounds)"]) { $1 }
      ).roundSeconds
    }
    for _ in 0..<repetitions {
      let plain = try seconds([:])
      for (index, way) in ways.enumerated() {
        ratios[index].append(try seconds(way.settings) / plain)
      }
    }
    for (way, ratios) in zip(ways, ratios) {
      table.add("\(model): round of \(way.name) / fedavg", "", Sample(ratios), target: way.target)
    }
  }
}
