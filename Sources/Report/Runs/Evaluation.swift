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
      seed: seed, last: metrics, evaluation: try evaluation(), clients: try clients())
  }

  /// Half the width of the 95 % interval over clients of the model's accuracy, by round.
  func clientIntervals() throws -> [Double: Double] {
    guard let evaluation = try evaluation(), let clients = try clients() else { return [:] }
    let metric = MetricName(
      split: evaluation.split, predictor: "federated", column: "accuracy_top1")
    var margins: [Double: Double] = [:]
    for (round, _) in try evaluation.course(of: metric) {
      margins[Double(round)] = try clients.values(metric, round: round)?.interval?.margin
    }
    return margins
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
