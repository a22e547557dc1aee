/// How far a sweep is.
package struct SweepProgress: Sendable {
  package struct Running: Sendable {
    package var number: Int
    package var label: String
    package var round: Int
    package var rounds: Int
    /// What it is at, where that is no training.
    package var stage: RunStage?
  }

  /// Runs, not points: points whose results must agree share one.
  package var runs: Int
  package var finished: Int
  package var failed: Int
  package var running: [Running]
  /// Nil until a round is done.
  package var secondsLeft: Double?
}

/// One run of a sweep that came to its end.
package struct SweepEnding: Sendable {
  package var point: SweepPoint
  /// Nil when it succeeded.
  package var error: (any Error)?
  /// Federated top-1 accuracy on the future, if it was evaluated.
  package var accuracy: Double?
  package var seconds: Double
}

/// What a sweep tells whoever started it, and how it is asked to stop.
package struct SweepObserver: Sendable {
  /// The sweep's folder, as soon as it exists.
  package var began: @Sendable (_ folder: String) -> Void
  /// Called from any thread, many times a second.
  package var progressed: @Sendable (SweepProgress) -> Void
  package var ended: @Sendable (SweepEnding, SweepProgress) -> Void
  /// One sentence about something unusual.
  package var noted: @Sendable (String) -> Void
  package var isInterrupted: @Sendable () -> Bool

  package init(
    began: @escaping @Sendable (String) -> Void = { _ in },
    progressed: @escaping @Sendable (SweepProgress) -> Void = { _ in },
    ended: @escaping @Sendable (SweepEnding, SweepProgress) -> Void = { _, _ in },
    noted: @escaping @Sendable (String) -> Void = { _ in },
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) {
    self.began = began
    self.progressed = progressed
    self.ended = ended
    self.noted = noted
    self.isInterrupted = isInterrupted
  }
}

/// What came out of a sweep.
package struct SweepResult: Sendable {
  package struct Row: Encodable, Sendable {
    package var point: Int
    package var label: String
    /// In the order of the result's columns.
    package var values: [String]
    package var run: String
    package var status: String
    package var accuracyTop1: Double?
    package var epsilon: Double?
    /// Of the launch that was simulated; nil where there is none.
    package var launchEpsilon: Double?
    package var error: String?
  }

  package var folder: String
  package var name: String
  /// What the points differ in.
  package var columns: [String]
  package var rows: [Row]
  package var failures: [SweepEnding]
  package var seconds: Double
  /// What choosing one run by its results costs; nil where there is no choice or no claim.
  package var cost: SweepCost?

  init(
    _ sweep: Sweep, in folder: String, _ table: SweepTable, _ failures: [SweepEnding],
    seconds: Double
  ) {
    let errors = Dictionary(uniqueKeysWithValues: failures.map { ($0.point.run, $0.error) })
    self.folder = folder
    name = sweep.name
    columns = sweep.columns
    rows = sweep.points.map { point in
      Row(
        point: point.number, label: point.label, values: point.values, run: point.run,
        status: table.status(of: point).rawValue,
        accuracyTop1: table.cell("future_federated_accuracy_top1", of: point).flatMap(Double.init),
        epsilon: table.cell("epsilon", of: point).flatMap(Double.init)
          .flatMap { $0.isFinite ? $0 : nil },
        launchEpsilon: table.cell("launch_epsilon", of: point).flatMap(Double.init),
        error: errors[point.run].flatMap { $0 }.map { "\($0)" })
    }
    self.failures = failures
    self.seconds = seconds
    // A price that cannot be told is no reason to fail: the runs are made.
    cost = (try? SweepCost(sweep, in: folder, people: nil)).flatMap(\.self)
  }
}
