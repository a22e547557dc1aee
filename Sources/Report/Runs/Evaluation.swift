import Statistics
import Tables

/// evaluation.csv of one run, by split and predictor.
struct Evaluation {
  let table: CSVTable
  private let rounds: [Double?]
  private let splits: [String]
  private let predictors: [String]

  /// Nil where the run has no such file or it has no row.
  init?(_ run: Run) throws {
    guard let table = try run.table("evaluation.csv"), table.rowCount > 0 else { return nil }
    self.table = table
    rounds = try table.numbers("round")
    splits = try table.texts("split")
    predictors = try table.texts("predictor")
  }

  /// The split that figures show: the future of training clients, or else new clients.
  var split: String { splits.contains("future") ? "future" : splits.first ?? "future" }

  /// One metric by round; rounds in which it is empty are left out.
  func values(_ metric: String, predictor: String) throws -> [(round: Double, value: Double)] {
    let values = try table.numbers(metric)
    let split = split
    return values.indices.compactMap { row in
      guard splits[row] == split, predictors[row] == predictor, let round = rounds[row],
        let value = values[row], value.isFinite
      else { return nil }
      return (round, value)
    }
  }
}

/// clients.csv of one run: how well a predictor did on each client.
struct ClientEvaluations {
  private let rounds: [Double?]
  private let splits: [String]
  private let predictors: [String]
  private let examples: [Double?]
  private let accuracies: [Double?]
  /// How often the median client a client counts at most; nil is no limit.
  private let largestWeight: Double?

  init?(_ run: Run) throws {
    largestWeight = run.settings["evaluation.largest_client_weight"].flatMap(Double.init)
    guard let table = try run.table("clients.csv"), table.rowCount > 0 else { return nil }
    rounds = try table.numbers("round")
    splits = try table.texts("split")
    predictors = try table.texts("predictor")
    examples = try table.numbers("sim_examples")
    accuracies = try table.numbers("sim_accuracy_top1")
  }

  /// In the last round that has the predictor: those that never change are written once.
  func last(split: String, predictor: String) -> [(accuracy: Double, examples: Double)] {
    let last = rounds.indices.last { splits[$0] == split && predictors[$0] == predictor }
    guard let last, let round = rounds[last] else { return [] }
    return clients(round: round, split: split, predictor: predictor)
  }

  /// Accuracy and number of examples per client, in one round; of the examples as many as count.
  func clients(
    round: Double, split: String, predictor: String
  ) -> [(accuracy: Double, examples: Double)] {
    let found = rounds.indices.compactMap { row -> (accuracy: Double, examples: Double)? in
      guard rounds[row] == round, splits[row] == split, predictors[row] == predictor,
        let size = examples[row], size > 0, let accuracy = accuracies[row]
      else { return nil }
      return (accuracy, size)
    }
    guard let weights = ClientWeights.limited(found.map(\.examples), to: largestWeight) else {
      return found
    }
    return zip(found, weights).map { ($0.accuracy, $0.examples * $1) }
  }
}

extension Run {
  /// Half the width of the 95 % interval over clients of the model's accuracy, by round.
  func clientIntervals() throws -> [Double: Double] {
    guard let evaluation = try Evaluation(self), let clients = try ClientEvaluations(self) else {
      return [:]
    }
    var margins: [Double: Double] = [:]
    for (round, _) in try evaluation.values("accuracy_top1", predictor: "federated") {
      let found = clients.clients(round: round, split: evaluation.split, predictor: "federated")
      let interval = Interval(
        hits: found.map { $0.accuracy * $0.examples }, examples: found.map(\.examples))
      margins[round] = interval?.margin
    }
    return margins
  }
}
