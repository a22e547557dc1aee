/// What the evaluations of a run so far say about when to stop and which model was best.
///
/// It follows from the rows of evaluation.csv alone, so that a run that goes on from a checkpoint decides
/// as one that was never interrupted.
package struct EvaluationWatch: Codable, Equatable, Sendable {
  package enum Ending: String, Codable, Sendable { case target, patience }

  /// Of the best evaluation; of equals the first.
  package private(set) var best: Double?
  package private(set) var bestRound = 0
  /// The metric at the last gain of more than `minimum_gain`.
  private var reference: Double?
  /// Evaluations since then.
  package private(set) var withoutGain = 0
  /// Why training ends; nil while it goes on.
  package private(set) var ending: Ending?
  /// The model of the best evaluation, where it is kept.
  private var model: FloatVector?

  package init() {}

  package var bestParameters: [Float]? { model?.elements }

  /// Takes the evaluation of a round into account.
  ///
  /// - Parameter parameters: the model that was evaluated.
  package mutating func add(
    _ rows: [MeasuredRow], round: Int, parameters: @autoclosure () -> [Float],
    _ configuration: Configuration
  ) {
    let stop = configuration.training.stop
    let row = rows.first { $0.split == stop.split && $0.predictor == .federated }
    let value = row.flatMap { $0.isLost ? nil : stop.metric.value(of: $0.metrics) }
    // Larger is better from here on.
    let sign = stop.metric.isLoss ? -1.0 : 1.0
    if let value, best.map({ sign * value > sign * $0 }) ?? true {
      best = value
      bestRound = round
      if configuration.evaluation.keepBest { model = FloatVector(parameters()) }
    }
    if let value, reference.map({ sign * value - sign * $0 > stop.minimumGain }) ?? true {
      reference = value
      withoutGain = 0
    } else {
      withoutGain += 1
    }
    if let value, let target = stop.target.value, sign * value >= sign * target {
      ending = .target
    } else if let patience = stop.patience.value, withoutGain >= patience {
      ending = .patience
    }
  }
}
