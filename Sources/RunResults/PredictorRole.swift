/// What stands beside the model of a run, by the names that files have.
package enum PredictorRole {
  /// The model that all clients share.
  package static let federated = "federated"
  /// A client's own one, which it predicts with where there is one.
  package static let personalised = "personalised"
  /// A model of the same kind, trained on the client's own past alone.
  package static let localOnly = "local_only"
  /// A model of the same kind, trained where all examples lie in one place.
  package static let pooled = "pooled"
  /// What no learner can beat.
  package static let ceiling = "bayes_optimal"
  /// Counts that a phone keeps by itself.
  package static let simple = [
    "most_frequent", "most_recent", "hourly_frequent", "markov", "repeat_first",
  ]

  /// Whether a phone could predict like this without anybody else.
  package static func needsNobodyElse(_ name: String) -> Bool {
    name == localOnly || simple.contains(name)
  }

  /// What a sentence calls it.
  package static func words(_ name: String) -> String {
    switch name {
    case pooled: "centralized training"
    case ceiling: "the Bayes optimum"
    default: name.replacing("_", with: "-")
    }
  }

  /// How a simple baseline predicts; nil for other predictors.
  static func rule(_ name: String) -> String? {
    switch name {
    case "most_frequent": "the app that the client opened most often"
    case "most_recent": "the app that the client used last"
    case "hourly_frequent": "the app that the client opened most often at this hour"
    case "markov": "the app that most often followed the last one on this client"
    case "repeat_first": "the first app of the latest session"
    default: nil
    }
  }
}
