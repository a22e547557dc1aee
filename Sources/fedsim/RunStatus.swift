import Experiments
import Foundation
import Synchronization

/// How far a run is: a line that moves on a terminal, plain lines elsewhere.
struct RunStatus {
  let isQuiet: Bool
  let isJSON: Bool

  var observer: RunObserver {
    let (isQuiet, isJSON) = (isQuiet, isJSON)
    let isMoving = StatusLine.isPossible && !isQuiet
    let lines = ProgressLines()
    return RunObserver(
      begins: Interruption.listen,
      began: { folder in
        // Written at once, not when a buffer is full: scripts wait for this line.
        if !isJSON { printResult(folder) }
      },
      progressed: { progress in
        guard !isQuiet else { return }
        if isMoving {
          Self.show(progress)
          if progress.round == progress.rounds { StatusLine.leave() }
        } else if lines.isDue(progress) {
          printMessage(Self.parts(progress).map(\.text).joined(separator: ", "))
        }
      },
      entered: { stage in
        guard isMoving else { return }
        Self.show(stage)
      },
      noted: { note in printMessage("fedsim: \(note)") },
      isInterrupted: { Interruption.isRequested })
  }

  /// - Parameter work: what the run is a part of; empty for a run of its own.
  static func show(_ progress: RunProgress, of work: String = "") {
    StatusLine.show(
      fraction: fraction(progress.round, progress.rounds),
      isUrgent: progress.round == progress.rounds, [.init(work)] + parts(progress))
  }

  static func show(_ stage: RunStage, of work: String = "") {
    switch stage {
    case .preparing: StatusLine.show([.init(work), .init("preparing the population")])
    case .training(let round, let rounds):
      StatusLine.show(
        fraction: fraction(round, rounds),
        [.init(work), .init("round \(round)/\(rounds)"), .init("training", rank: 1)])
    case .evaluating(let round, let rounds, let done, let clients):
      let count = clients > 0 ? " client \(done) of \(clients)" : ""
      let short = clients > 0 ? " \(done)/\(clients)" : ""
      StatusLine.show(
        fraction: fraction(round, rounds), isUrgent: done == 0 || done == clients,
        [
          .init(work, rank: 1), .init("round \(round)/\(rounds)"),
          .init("evaluating\(count)", short: "evaluating\(short)"),
        ])
    case .writing: StatusLine.show([.init(work), .init("writing the results")])
    }
  }

  private static func fraction(_ round: Int, _ rounds: Int) -> Double {
    Double(round) / Double(max(1, rounds))
  }

  /// The time left stays longest where the terminal is narrow.
  private static func parts(_ progress: RunProgress) -> [StatusLine.Part] {
    var parts: [StatusLine.Part] = [
      .init("round \(progress.round)/\(progress.rounds)"),
      .init(String(format: "%.1f rounds/s", progress.roundsPerSecond), rank: 4),
      .init(left(progress), rank: 1),
    ]
    if let loss = progress.trainLoss {
      parts.append(.init(String(format: "loss %.3f", loss), rank: 5))
    }
    if let epsilon = progress.epsilon {
      parts.append(.init(String(format: "epsilon %.2f", epsilon), rank: 3))
    }
    if let accuracy = progress.accuracy {
      let round = progress.evaluatedRound
      let place = round == progress.round ? "" : " (round \(round))"
      parts.append(.init(String(format: "top-1 %.1f %%", 100 * accuracy) + place, rank: 2))
    }
    return parts
  }

  private static func left(_ progress: RunProgress) -> String {
    let untimed =
      progress.untimedEvaluations == 0
      ? "" : " + \(counted(progress.untimedEvaluations, "evaluation"))"
    return "\(shownDuration(progress.secondsLeft))\(untimed) left"
  }
}

/// Off a terminal a line at the end of each tenth of the run is enough.
private final class ProgressLines: Sendable {
  private let lastTenth = Mutex(-1)

  func isDue(_ progress: RunProgress) -> Bool {
    let tenth = 10 * progress.round / progress.rounds
    return lastTenth.withLock { last in
      defer { last = tenth }
      return tenth != last
    }
  }
}
