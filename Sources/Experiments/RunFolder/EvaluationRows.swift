import Coordinator
import Federation
import Tables

extension MeasuredRow {
  /// Of experiments in which phones have models of their own, or a backdoor is taught, some more.
  static func columns(_ configuration: Configuration) -> [String] {
    ["round", "split", "predictor"] + EvaluationRow.columns
      + (configuration.personalisation.method == nil ? [] : ["worse_than_federated"])
      + (configuration.backdoor == nil ? [] : ["attack_success", "triggered_examples"])
  }

  func cells(round: Int, _ configuration: Configuration) -> [CSVCell] {
    [.integer(round), .text(split.rawValue), .text(predictor.name)]
      + metrics.cells(of: predictor, isLost: isLost, isRanking: !configuration.hasProgram)
      + (configuration.personalisation.method == nil
        ? [] : [worseThanFederated.map(CSVCell.number) ?? .empty])
      + (configuration.backdoor == nil
        ? []
        : [
          isLost ? .empty : attackSuccess.map(CSVCell.number) ?? .empty,
          .integer(triggeredExamples ?? 0),
        ])
  }
}

extension SegmentRow {
  static let columns =
    ["round", "split", "predictor", "segment_kind", "segment"] + EvaluationRow.columns

  /// Those of an experiment: with virtual time it says who takes part.
  static func columns(_ configuration: Configuration) -> [String] {
    columns + (configuration.simulatesTime ? ["sim_drawn", "sim_counted"] : [])
  }

  func cells(round: Int, _ configuration: Configuration) -> [CSVCell] {
    let participation =
      configuration.simulatesTime
      ? [participation?.drawn, participation?.counted].map { $0.map(CSVCell.integer) ?? .empty }
      : []
    let measured = MeasuredRow(split: split, predictor: predictor, metrics: metrics)
    return [
      .integer(round), .text(split.rawValue), .text(predictor.name), .text(kind.rawValue),
      .text(segment),
    ] + metrics.cells(of: predictor, isLost: measured.isLost, isRanking: true) + participation
  }
}

extension EvaluationRow {
  /// New ones come at the end: scripts may count.
  static let columns =
    [
      "clients", "examples", "accuracy_top1", "accuracy_top3", "accuracy_top5", "mrr",
      "cross_entropy", "client_accuracy_mean", "client_accuracy_p10", "client_accuracy_p50",
      "client_accuracy_p90", "unseen", "precision_macro", "recall_macro", "f1_macro",
    ] + confidenceColumns

  /// Empty for predictors that do not state how sure they are.
  static let confidenceColumns =
    ["expected_calibration_error"] + coverages.map(accuracyColumn)

  /// - Parameter coverage: percent of all predictions, the surest.
  static func accuracyColumn(atCoverage coverage: Int) -> String {
    "accuracy_at_coverage_\(coverage)"
  }

  /// - Parameters:
  ///   - isLost: a model that diverged has no metrics.
  ///   - isRanking: whether candidates were ranked; a client program tells of accuracy and loss alone.
  fileprivate func cells(of predictor: Predictor, isLost: Bool, isRanking: Bool) -> [CSVCell] {
    guard !isLost else {
      return Self.columns.map { column in
        switch column {
        case "clients": .integer(clients)
        case "examples": .integer(examples)
        case "unseen": .integer(unseen)
        default: .empty
        }
      }
    }
    func ranked(_ value: Double) -> CSVCell { isRanking ? .number(value) : .empty }
    let confidence =
      expectedCalibrationError.map { ([$0] + accuracyAtCoverage).map(CSVCell.number) }
      ?? Self.confidenceColumns.map { _ in .empty }
    return [
      .integer(clients), .integer(examples), .number(accuracyTop1), ranked(accuracyTop3),
      ranked(accuracyTop5), ranked(mrr),
      predictor.hasProbabilities ? crossEntropy.map(CSVCell.number) ?? .empty : .empty,
      .number(clientAccuracyMean), .number(clientAccuracyP10), .number(clientAccuracyP50),
      .number(clientAccuracyP90), isRanking ? .integer(unseen) : .empty, ranked(precisionMacro),
      ranked(recallMacro), ranked(f1Macro),
    ] + (isRanking ? confidence : Self.confidenceColumns.map { _ in .empty })
  }
}

extension EvaluationRecord.Client {
  static let columns = [
    "round", "split", "client", "predictor", "sim_examples", "sim_unseen", "sim_accuracy_top1",
    "sim_accuracy_top3", "sim_accuracy_top5", "sim_mrr", "sim_cross_entropy",
  ]

  func rows(round: Int) -> [[CSVCell]] {
    evaluation.predictors.compactMap { predictor in
      let ranking = evaluation.tally(of: predictor).ranking
      guard ranking.examples > 0 else { return nil }
      let isRanking = evaluation.metrics == nil
      func ranked(_ value: Double) -> CSVCell { isRanking ? .number(value) : .empty }
      return [
        .integer(round), .text(split.rawValue), .integer(evaluation.client),
        .text(predictor.name), .integer(ranking.examples),
        isRanking ? .integer(ranking.unseen) : .empty,
        .number(ranking.accuracyTop1), ranked(ranking.accuracyTop3),
        ranked(ranking.accuracyTop5), ranked(ranking.mrr),
        predictor.hasProbabilities ? ranking.crossEntropy.map(CSVCell.number) ?? .empty : .empty,
      ]
    }
  }
}

extension MetricRow {
  static let columns = [
    "round", "split", "metric", "clients", "examples", "mean", "client_mean", "client_p10",
    "client_p50", "client_p90",
  ]

  /// What is no number has an empty cell.
  func cells(round: Int) -> [CSVCell] {
    let values = [mean, clientMean, clientP10, clientP50, clientP90].map {
      $0.isFinite ? CSVCell.number($0) : .empty
    }
    return [
      .integer(round), .text(split.rawValue), .text(metric), .integer(clients), .integer(examples),
    ] + values
  }
}
