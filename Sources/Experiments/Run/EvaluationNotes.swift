import Coordinator
import Federation
import Foundation
import Tables

/// What the numbers of an evaluation should not be read without, a sentence each.
package enum EvaluationNotes {
  /// On the rows of one split.
  package static func on(_ rows: [MeasuredRow], largestWeight: Double?) -> [String] {
    var notes: [String] = []
    if let metrics = rows.first?.metrics, let capped = metrics.cappedClients,
      let uncapped = metrics.uncappedAccuracyTop1
    {
      let row = rows[0]
      let (limited, free) = (percent(metrics.accuracyTop1), percent(uncapped))
      let top1 =
        row.isLost
        ? free : limited == free ? "unchanged at \(free)" : "\(free) instead of \(limited)"
      notes.append(
        "\(capped) of \(counted(metrics.clients, "client")) \(capped == 1 ? "has" : "have") more predictions than "
          + "\(largestWeight.map { String(format: "%g", $0) } ?? "") times the median client and "
          + "\(capped == 1 ? "counts" : "count") less: without the limit \(row.predictor.name) top-1 would be \(top1)."
      )
    }
    if let metrics = rows.first?.metrics, let share = metrics.largestClientShare {
      notes.append(largestShare(share, clients: metrics.clients))
    }
    let successes = rows.filter { $0.predictor.isTrained && !$0.isLost }.compactMap { row in
      row.attackSuccess.map { "\(percent($0)) of \(row.predictor.name)" }
    }
    if let examples = rows.compactMap(\.triggeredExamples).max(), !successes.isEmpty {
      notes.append(
        "The backdoor's target was suggested in \(successes.joined(separator: ", ")), of \(examples) "
          + "predictions after its trigger in which something else was opened.")
    }
    for row in rows where row.predictor.isTrained {
      guard let lost = row.metrics.lostClients else { continue }
      let cause = "lower training.local.learning_rate"
      notes.append(
        row.isLost
          ? "\(row.predictor.name) diverged: what it says is not finite; \(cause)."
          : "\(row.predictor.name) diverged on \(lost) of \(counted(row.metrics.clients, "client")), where it "
            + "counts as wrong; \(cause).")
    }
    return notes
  }

  /// One client that makes much of a mean over predictions.
  static func largestShare(_ share: Double, clients: Int) -> String {
    "One of \(counted(clients, "client")) holds \(percent(share)) of the weight of all predictions; compare "
      + "the mean per-client accuracy, in which it is one of \(clients), or lower "
      + "evaluation.largest_client_weight."
  }

  /// Where an evaluation rests on next to nothing of what its clients logged.
  ///
  /// The clients logged their unlocks evenly, as a first guess: a test period with less than a tenth of
  /// what it would hold then, or a hundredth of everything, was shrunk by something else.
  static func shrunk(_ record: EvaluationRecord, _ configuration: Configuration) -> [String] {
    EvaluationSplit.allCases.compactMap { split in
      let clients = record.clients.filter { $0.split == split }.map(\.evaluation)
      let metrics = record.rows.first { $0.split == split && $0.predictor == .federated }?.metrics
      let (examples, measured) = (metrics?.examples ?? 0, metrics?.clients ?? 0)
      let unlocks = clients.reduce(0) { $0 + $1.traits.unlocks }
      let days = Double(configuration.evaluation.testDays)
      let expected = clients.reduce(0.0) { sum, client in
        let share =
          configuration.evaluation.testFraction.value
          ?? min(1, days / Double(client.traits.days))
        return sum + share * Double(client.traits.unlocks)
      }
      let areFew =
        Double(10 * examples) < expected && examples < 1_000
        || 100 * examples < unlocks && examples < 100
      guard areFew || 4 * measured < clients.count else { return nil }
      let place =
        split == .future ? "training clients in the test period" : "held-out clients"
      let key =
        configuration.evaluation.testFraction.value == nil
        ? "evaluation.test_days" : "evaluation.test_fraction"
      let advice =
        configuration.population.source == .file
        ? "the log's last day sets the test period: see it with `fedsim data describe`, cut what a wrong "
          + "clock put behind it with `fedsim data import --until`, or raise \(key)"
        : "raise \(key) or population.days"
      return "The evaluation on \(place) rests on next to nothing: \(examples) "
        + "\(examples == 1 ? "prediction" : "predictions") on \(measured) of "
        + "\(counted(clients.count, "client")), who have \(counted(unlocks, "unlock")) in all; \(advice)."
    }
  }

  private static func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }
}
