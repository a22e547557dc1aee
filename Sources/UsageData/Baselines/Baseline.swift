/// A simple predictor that any model has to beat; it knows one client and is never trained.
package protocol Baseline: Sendable {
  /// Writes one score (log-probability up to a constant) per candidate.
  ///
  /// Calls must come in time order. Only events before the moment are used.
  ///
  /// - Parameters:
  ///   - moment: what is predicted.
  ///   - history: the history the moment belongs to.
  ///   - candidates: app ids of the catalogue, most recently used first.
  ///   - scores: as many as there are candidates.
  mutating func score(
    _ moment: Moment, in history: ClientHistory, candidates: UnsafeBufferPointer<Int32>,
    into scores: UnsafeMutablePointer<Float>)
}

/// The baselines there are, by the name they have in evaluation.csv.
package enum BaselineKind: String, Sendable, Codable, CaseIterable {
  case mostFrequent = "most_frequent"
  case mostRecent = "most_recent"
  case hourlyFrequent = "hourly_frequent"
  case markov
  case repeatFirst = "repeat_first"

  /// The baselines that make sense for a task.
  package static func all(for task: PredictionTask) -> [BaselineKind] {
    // Where self transitions are dropped the last app cannot come again.
    task == .firstApp ? allCases : allCases.filter { $0 != .repeatFirst }
  }

  /// The baseline fitted to the past of one client.
  ///
  /// - Parameters:
  ///   - moments: the labelled moments of `history` for `task`.
  ///   - split: only its `past` and `pastOpens` are counted.
  package func fitted(
    to history: ClientHistory, moments: [Moment], split: ChronologicalSplit, task: PredictionTask
  ) -> any Baseline {
    switch self {
    case .mostFrequent: MostFrequent(opens: history.opens[split.pastOpens], task: task)
    case .mostRecent: MostRecent()
    case .hourlyFrequent: HourlyFrequent(moments: moments[split.past], of: history)
    case .markov: Markov(moments: moments[split.past], of: history)
    case .repeatFirst: RepeatFirst()
    }
  }
}
