/// When training ends before its last round, by what the evaluations of the federated model say.
package struct StopConfiguration: Codable, Equatable, Sendable {
  /// A column of evaluation.csv.
  package enum Metric: String, Codable, Sendable, CaseIterable {
    case accuracyTop1 = "accuracy_top1"
    case accuracyTop3 = "accuracy_top3"
    case accuracyTop5 = "accuracy_top5"
    case mrr
    case crossEntropy = "cross_entropy"
    case clientAccuracyMean = "client_accuracy_mean"

    /// Cross-entropy is better the smaller it is.
    var isLoss: Bool { self == .crossEntropy }

    func value(of row: EvaluationRow) -> Double? {
      switch self {
      case .accuracyTop1: row.accuracyTop1
      case .accuracyTop3: row.accuracyTop3
      case .accuracyTop5: row.accuracyTop5
      case .mrr: row.mrr
      case .crossEntropy: row.crossEntropy
      case .clientAccuracyMean: row.clientAccuracyMean
      }
    }
  }

  package var metric = Metric.accuracyTop1
  package var split = EvaluationSplit.future
  /// Evaluations in a row without a gain after which training ends; left out, it goes on.
  package var patience = Setting<Int>()
  /// What counts as a gain must be more than this.
  package var minimumGain = 0.0
  /// Training ends at the first evaluation that is at least as good; left out, it goes on.
  package var target = Setting<Double>()

  /// Whether an evaluation may end the training.
  package var isActive: Bool { patience.value != nil || target.value != nil }
}

extension Configuration {
  func validateStop() throws(SettingError) {
    let stop = training.stop
    for (isSet, keyPath) in [
      (stop.patience.value != nil, "training.stop.patience"),
      (stop.target.value != nil, "training.stop.target"),
      (evaluation.keepBest, "evaluation.keep_best"),
    ] where isSet {
      try require(
        evaluation.every > 0, keyPath,
        "has no effect without an evaluation; set evaluation.every above 0")
      let clients = stop.split == .future ? evaluation.clients : evaluation.newClients
      try require(
        clients > 0, keyPath,
        "has no effect where nobody is evaluated on training.stop.split: \(stop.split.rawValue); raise "
          + (stop.split == .future ? "evaluation.clients" : "evaluation.new_clients"))
    }
    if let target = stop.target.value {
      try require(
        stop.metric.isLoss || target <= 1, "training.stop.target",
        "must lie in 0…1 for \(stop.metric.rawValue), which is a share: write 0.42 for 42 %")
    }
    try require(
      stop.patience.value != nil || stop.minimumGain == 0, "training.stop.minimum_gain",
      "has no effect without training.stop.patience; set that, or remove it")
  }
}
