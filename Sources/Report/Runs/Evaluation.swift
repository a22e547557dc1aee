import RunResults
import Tables

extension Run {
  /// evaluation.csv; nil where the run has no such file or it has no row.
  func evaluation() throws -> EvaluationTable? {
    guard let table = try table("evaluation.csv") else { return nil }
    let evaluation = try EvaluationTable(table)
    return evaluation.isEmpty ? nil : evaluation
  }

  /// clients.csv; nil where the run has no such file.
  func clients() throws -> ClientTable? {
    let largestWeight = settings["evaluation.largest_client_weight"].flatMap(Double.init)
    return try table("clients.csv").map { ClientTable($0, largestWeight: largestWeight) }
  }

  /// What its files say of its metrics.
  func measured() throws -> MeasuredRun {
    MeasuredRun(
      seed: seed, isOfLog: settings["population.source"] == "file",
      isOfProgram: settings["population.source"] == "worker", last: metrics,
      evaluation: try evaluation(), clients: try clients())
  }
}

extension [Run] {
  /// The last top-1 accuracy of a predictor, by the rule of `fedsim compare`; nil where no run has it.
  func accuracy(of predictor: String, _ split: String) throws -> Estimate? {
    let metric = MetricName(split: split, predictor: predictor, column: "accuracy_top1")
    let measured = filter { $0.metrics[metric.text] != nil }
    return try MeasuredGroup(measured.map { try $0.measured() }).final(metric)
  }
}

extension EvaluationTable {
  /// A metric of the split that figures show, by round; rounds in which it is empty are left out.
  func values(
    _ metric: String, predictor: String
  ) throws(TableError) -> [(round: Double, value: Double)] {
    var values: [(round: Double, value: Double)] = []
    for sample in try course(
      of: MetricName(split: split, predictor: predictor, column: metric))
    {
      values.append((Double(sample.round), sample.value))
    }
    return values
  }
}
