import Federation
import Privacy
import RunResults

/// What a run is at, between two rounds.
package enum RunStage: Sendable, Equatable {
  /// Looks into the population, solves the privacy and starts workers.
  case preparing
  /// Has trained so many rounds.
  case training(round: Int, rounds: Int)
  /// Measures the model; `clients` is 0 until that is known.
  case evaluating(round: Int, rounds: Int, done: Int, clients: Int)
  /// Writes its results.
  case writing
}

/// How far a run is.
package struct RunProgress: Sendable {
  package var round: Int
  package var rounds: Int
  /// Training alone, since this process started working on the run.
  package var roundsPerSecond: Double
  /// With the evaluations to come, once one has been timed.
  package var secondsLeft: Double
  /// Evaluations to come that `secondsLeft` does not include: none has been timed yet.
  package var untimedEvaluations: Int
  package var trainLoss: Double?
  /// Spent so far; nil without noise.
  package var epsilon: Double?
  /// Federated top-1 accuracy of the last evaluation on the future.
  package var accuracy: Double?
  /// The round after which that was.
  package var evaluatedRound: Int
}

/// What a run tells whoever started it, and how it is asked to stop.
package struct RunObserver: Sendable {
  /// Called before anything is written: from here on only `isInterrupted` may end the work.
  package var begins: @Sendable () -> Void
  /// The run folder, as soon as it exists.
  package var began: @Sendable (_ folder: String) -> Void
  package var progressed: @Sendable (RunProgress) -> Void
  /// Called from any thread, many times a second.
  package var entered: @Sendable (RunStage) -> Void
  /// One sentence about something unusual.
  package var noted: @Sendable (String) -> Void
  package var isInterrupted: @Sendable () -> Bool

  package init(
    begins: @escaping @Sendable () -> Void = {},
    began: @escaping @Sendable (String) -> Void = { _ in },
    progressed: @escaping @Sendable (RunProgress) -> Void = { _ in },
    entered: @escaping @Sendable (RunStage) -> Void = { _ in },
    noted: @escaping @Sendable (String) -> Void = { _ in },
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) {
    self.begins = begins
    self.began = began
    self.progressed = progressed
    self.entered = entered
    self.noted = noted
    self.isInterrupted = isInterrupted
  }
}

/// What came out of a run.
package struct RunResult: Sendable {
  package var folder: String
  package var name: String
  package var rounds: Int
  package var rows: [MeasuredRow]
  package var seconds: Double
  package var summary: Summary
  /// Nil without noise.
  package var claim: PrivacyClaim?
  /// What the claim is computed from; nil without noise.
  package var spent: SpentReleases?
  /// The same of the launch that was simulated; nil where there is none.
  package var launchSpent: SpentReleases?
  /// What canaries showed; nil without an audit.
  package var audit: CanaryFindings?
  /// `evaluation.largest_client_weight`.
  package var largestClientWeight: Double?
  /// Whether apps were ranked; a client program tells of accuracy and loss alone.
  package var isRanking = true
  /// Whether anybody's examples moved the model; false only where a run may learn nothing.
  package var hasLearned = true

  /// Whether federated learning helped, as the files of the run say; nil where nothing was evaluated.
  package var verdict: Verdict? {
    // A client program has no baselines to be judged by.
    guard !rows.isEmpty, isRanking else { return nil }
    // The run is made: files that cannot be read any more are no reason to fail it.
    return try? Verdict(MeasuredGroup([ComparedRun(folder).measured]))
  }
}
