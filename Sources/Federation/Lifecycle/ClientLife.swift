/// What became of one phone's predictions on some days, had it had each of several versions.
///
/// Depends on the client, the days and the versions alone.
package struct ClientLife: Equatable, Sendable {
  /// What one version did on one day.
  package struct Outcome: Equatable, Sendable {
    /// Unlocks for which the phone had an answer.
    package var answered = 0
    /// Unlocks after which the first of the ranked apps, or one of the first three, was opened.
    package var hits = 0
    package var hitsTop3 = 0
    /// Suggestions that the model was sure enough of to show, and those of them that were taken.
    package var shown = 0
    package var taken = 0

    package init() {}
  }

  package struct Day: Equatable, Sendable {
    /// Whether the client has a phone already.
    package var isInUse = false
    /// Unlocks that led to an app.
    package var unlocks = 0
    /// Whether the phone lay idle for an hour on a charger and on Wi-Fi: it may train.
    package var isRested = false
    /// First choices of the Bayes-optimal predictor that were right; nil where it is not asked.
    package var ceilingHits: Int?
    /// By version.
    package var outcomes: [Outcome] = []

    package init() {}
  }

  /// Predictions that were made one by one, as a phone does, and timed; differ from run to run.
  package struct Timing: Equatable, Sendable {
    package var predictions = 0
    /// Those that took longer than a person waits, 100 ms.
    package var late = 0
    package var slowestNanoseconds = 0

    package init() {}

    package static func += (left: inout Self, right: Self) {
      left.predictions += right.predictions
      left.late += right.late
      left.slowestNanoseconds = max(left.slowestNanoseconds, right.slowestNanoseconds)
    }
  }

  package var client: Int
  package var days: [Day]
  package var timing = Timing()

  package init(client: Int, days: [Day]) {
    self.client = client
    self.days = days
  }
}
