/// Words for people in place of the names that predictors, splits and columns have in files.
package enum ResultWords {
  /// A predictor, such as `Bayes optimum` for `bayes_optimal`; an unknown name as it is.
  package static func predictor(_ name: String) -> String {
    switch name {
    case "federated": "Federated"
    case "personalised": "Personalised"
    case "local_only": "Local only"
    case "pooled": "Pooled training"
    case "bayes_optimal": "Bayes optimum"
    case "most_frequent": "Most frequent app"
    case "most_recent": "Most recent app"
    case "hourly_frequent": "Most frequent of the hour"
    case "markov": "Markov chain"
    case "repeat_first": "Previous first app"
    default: name
    }
  }

  /// Where accuracy was measured.
  package static func split(_ name: String) -> String {
    switch name {
    case "future": "test period"
    case "new_clients": "held-out clients"
    default: name.replacing("_", with: " ")
    }
  }

  /// A column of evaluation.csv, with its unit.
  package static func column(_ name: String) -> String {
    switch name {
    case "accuracy_top1": "Top-1 accuracy (%)"
    case "accuracy_top3": "Top-3 accuracy (%)"
    case "accuracy_top5": "Top-5 accuracy (%)"
    case "mrr": "Mean reciprocal rank"
    case "cross_entropy": "Cross-entropy (nats)"
    case "client_accuracy_mean": "Mean per-client accuracy (%)"
    case "f1_macro": "Macro F1 (%)"
    case "precision_macro": "Macro precision (%)"
    case "recall_macro": "Macro recall (%)"
    case "expected_calibration_error": "Calibration error (%)"
    default: plainColumn(name)
    }
  }

  /// `accuracy_at_coverage_20` → `Selective accuracy at 20 % coverage (%)`.
  private static func plainColumn(_ name: String) -> String {
    let prefix = "accuracy_at_coverage_"
    if name.hasPrefix(prefix) {
      return "Selective accuracy at \(name.dropFirst(prefix.count)) % coverage (%)"
    }
    let words = name.replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// A number of bytes in the largest decimal unit of which there is at least one.
  package static func byteUnit(upTo largest: Double) -> (size: Double, name: String) {
    let units: [(Double, String)] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    return units.first { $0.0 <= largest } ?? (1, "bytes")
  }
}
