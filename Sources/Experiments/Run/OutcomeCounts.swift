import Coordinator
import Federation
import Tables

/// What became of the clients of all rounds so far: whether anything was trained, and what stood in
/// the way.
package struct OutcomeCounts: Codable, Equatable, Sendable {
  package private(set) var rounds = 0
  /// Rounds whose model learned from somebody's examples.
  package private(set) var learnedRounds = 0
  package private(set) var abandonedRounds = 0
  /// Clients that were drawn, and what became of them; in abandoned rounds nobody is told apart.
  package private(set) var drawn = 0
  package private(set) var learned = 0
  package private(set) var dropped = 0
  package private(set) var idle = 0
  package private(set) var diverged = 0
  /// Clients that sent noise alone: they had no examples, or diverged.
  package private(set) var noiseOnly = 0
  /// Clients of whose update the encoding cut a coordinate; nil for none.
  package private(set) var cut: Int?
  /// Rounds whose mean training loss tells that local training overshoots; clipping hides it.
  package private(set) var overshotRounds = 0
  /// Rounds in a row, up to the last, in which clients diverged and nobody learned.
  package private(set) var divergedInARow = 0
  /// Why secure aggregation gave the last abandoned round up.
  package private(set) var lastAbandonment: String?

  /// In nats: what was opened had a probability of e^-32.
  private static let largestLoss = 32.0

  package init() {}

  package mutating func add(_ record: RoundRecord) {
    rounds += 1
    drawn += record.cohortSize
    learned += record.learned
    if record.learned > 0 { learnedRounds += 1 }
    guard record.abandonment == nil else {
      abandonedRounds += 1
      lastAbandonment = record.abandonment
      return
    }
    if let loss = record.trainLoss, loss >= Self.largestLoss { overshotRounds += 1 }
    dropped += record.dropped
    idle += record.idle ?? 0
    diverged += record.diverged ?? 0
    // Where clients add their own noise, those with nothing to tell report like all others.
    if record.cut > 0 { cut = (cut ?? 0) + record.cut }
    noiseOnly += max(record.noiseOnly, record.examples == 0 ? record.reported : 0)
    divergedInARow = record.learned == 0 && (record.diverged ?? 0) > 0 ? divergedInARow + 1 : 0
  }

  // MARK: - What a person must know

  /// Why the run's model is no result; nil for one that was trained.
  package func failure(_ configuration: Configuration) -> String? {
    guard rounds > 0 else { return nil }
    guard learnedRounds > 0 else {
      let count = rounds == 1 ? "the only round" : "all \(rounds) rounds"
      return "Nothing was trained: in \(count) nobody reported an update that was learned from "
        + "examples (\(counts)); \(advice(configuration))."
    }
    guard 2 * divergedInARow > rounds else { return nil }
    return
      "The model is lost: in the last \(divergedInARow) of \(rounds) rounds clients diverged and "
      + "nobody reported an update (\(counts)); \(Self.fewerHostile(configuration))lower training.server.learning_rate "
      + "(\(configuration.training.server.learningRate)) or training.local.learning_rate "
      + "(\(configuration.training.local.learningRate))."
  }

  /// What a run that was trained should not be trusted without; nil when there is nothing to say.
  package func warning(_ configuration: Configuration) -> String? {
    if diverged > 0, let attack = AttackNote.cause(configuration) {
      return
        "\(diverged) of the \(diverged + learned) updates that clients made were not finite or too "
        + "large and were left out; \(attack)."
    }
    if diverged > learned {
      return
        "\(diverged) of the \(diverged + learned) updates that clients made were not finite or too "
        + "large and were left out; lower training.local.learning_rate "
        + "(\(configuration.training.local.learningRate)) or training.server.learning_rate "
        + "(\(configuration.training.server.learningRate))."
    }
    if 2 * overshotRounds > rounds {
      return overshooting(configuration)
    }
    guard 2 * learnedRounds < rounds else { return nil }
    return
      "Only \(learnedRounds) of \(rounds) rounds brought an update that was learned from examples "
      + "(\(counts)); \(advice(configuration))."
  }

  /// That the encoding of updates made other ones of them; nil where it did not.
  package func cutWarning(_ configuration: Configuration) -> String? {
    guard let cut else { return nil }
    let own = configuration.secureAggregation.encoding.clip.value
    let standard =
      configuration.privacy.clippingBound.value == nil
      ? "1 where nothing is said" : "from privacy.clipping_bound where nothing is said"
    return
      "\(cut) of the \(learned) reports of clients with algorithm.name: "
      + "\(configuration.algorithm.name) had coordinates beyond "
      + "secure_aggregation.encoding.clip (\(own.map { "\($0)" } ?? standard)) and were cut to it, "
      + "so the model is not that of the same run in the clear; raise it."
  }

  private func overshooting(_ configuration: Configuration) -> String {
    let training = configuration.training
    let isClipped =
      configuration.privacy.clippingBound.value != nil
      || configuration.secureAggregation.encoding.clip.value != nil
    var cause = "so training overshoots"
    if isClipped {
      cause = "so local training overshoots and only clipping keeps its updates small"
    }
    if configuration.attack.attack != nil {
      cause = "so hostile clients made the model worse, or training overshoots"
    }
    let server =
      isClipped
      ? "" : " or training.server.learning_rate (\(training.server.learningRate))"
    return
      "In \(overshotRounds) of \(rounds) rounds the training loss was above \(Int(Self.largestLoss)) "
      + "nats, \(cause); \(Self.fewerHostile(configuration))lower training.local.learning_rate "
      + "(\(training.local.learningRate))\(server)."
  }

  private var counts: String {
    guard drawn > 0 else { return "no client was drawn" }
    let parts = [
      (diverged, "diverged"), (dropped, "dropped out"), (idle, "had no example to learn from"),
      (noiseOnly, "sent only noise, as they had no example or diverged"),
    ]
    let told = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    let abandoned =
      abandonedRounds > 0
      ? ["secure aggregation abandoned \(counted(abandonedRounds, "round"))"] : []
    return "\(counted(drawn, "client")) drawn: " + (told + abandoned).joined(separator: ", ")
  }

  /// Names the keys behind the largest of the numbers.
  private func advice(_ configuration: Configuration) -> String {
    let training = configuration.training
    if drawn == 0 { return "raise training.cohort_size (\(training.cohortSize))" }
    if 2 * abandonedRounds > rounds - learnedRounds {
      let reason = lastAbandonment.map { " (the last because \($0))" } ?? ""
      return
        "\(Self.fewerHostile(configuration))raise training.cohort_size (\(training.cohortSize)) or lower the "
        + "rates in faults" + reason
    }
    let largest = max(diverged, dropped, idle, noiseOnly)
    if largest == diverged || largest == noiseOnly {
      let slower =
        Self.fewerHostile(configuration)
        + "lower training.local.learning_rate (\(training.local.learningRate))"
      return largest == diverged ? slower : "\(slower), or \(Self.moreExamples(configuration))"
    }
    if largest == dropped {
      return
        "lower faults.dropout_rate (\(configuration.faults.dropoutRate)) and the other rates in "
        + "faults"
    }
    return Self.moreExamples(configuration)
  }

  /// What hostile clients send may diverge or abandon rounds by itself.
  static func fewerHostile(_ configuration: Configuration) -> String {
    configuration.attack.attack == nil
      ? "" : "lower attack.share (\(configuration.attack.shared.share)), "
  }

  private static func moreExamples(_ configuration: Configuration) -> String {
    var ways = ["lower evaluation.test_days (\(configuration.evaluation.testDays))"]
    if let fraction = configuration.evaluation.testFraction.value {
      ways = ["lower evaluation.test_fraction (\(fraction))"]
    }
    if configuration.population.source == .synthetic {
      ways.append("raise population.days (\(configuration.population.days))")
    }
    if let days = configuration.training.windowDays.value {
      ways.insert("raise training.window_days (\(days))", at: 0)
    }
    return ways.joined(separator: " or ")
  }

  /// Why a model that holds what is no number, or says what is none, ends its run.
  static func notFinite(
    _ what: String, round: Int, _ configuration: Configuration
  ) -> ExperimentError {
    let server = configuration.training.server
    let isAdaptive = [.adagrad, .adam, .yogi].contains(server.optimizer)
    return ExperimentError(
      .invalidConfiguration,
      "Stopped in round \(round): \(what) is not finite any more; \(fewerHostile(configuration))lower "
        + "training.server.learning_rate (\(server.learningRate))"
        + (isAdaptive ? ", or raise training.server.epsilon (\(server.epsilon))" : "")
        + ", or lower training.local.learning_rate (\(configuration.training.local.learningRate)).")
  }
}
