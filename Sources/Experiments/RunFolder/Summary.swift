import Coordinator
import Federation
import Foundation
import Privacy
import RunResults

/// The last evaluation and the totals of a run, as summary.json.
package struct Summary: Encodable, Equatable, Sendable {
  package struct Metrics: Encodable, Equatable, Sendable {
    package var clients: Int
    package var examples: Int
    package var accuracyTop1: Double
    /// Nil unless some clients had more predictions than one client may bring.
    package var cappedClients: Int?
    package var uncappedAccuracyTop1: Double?
    /// Nil unless one client holds an unusual part of all weight.
    package var largestClientShare: Double?
    /// Nil of a client program, which ranks no apps; so are all metrics of rankings.
    package var accuracyTop3: Double?
    package var accuracyTop5: Double?
    package var mrr: Double?
    package var crossEntropy: Double?
    package var clientAccuracyMean: Double
    package var precisionMacro: Double?
    package var recallMacro: Double?
    package var f1Macro: Double?
    /// Nil for predictors that do not state how sure they are.
    package var expectedCalibrationError: Double?
    /// By `EvaluationRow.coverages`; empty where there is no calibration error.
    package var accuracyAtCoverage: [Double]
    /// Nil without a backdoor, and where nobody met its trigger.
    package var attackSuccess: Double?
    package var triggeredExamples: Int?
  }

  package var rounds: Int
  /// Null where no noise was added, so that no epsilon can be claimed.
  package var epsilon: Double?
  package var delta: Double
  /// What canaries showed, with its 90 % band; null without an audit.
  package var simEmpiricalEpsilon: Double?
  package var simEmpiricalEpsilonLow: Double?
  package var simEmpiricalEpsilonHigh: Double?
  /// The same of an attacker who knows the cohorts, and what that one may see.
  package var simKnownCohortEpsilon: Double?
  package var simKnownCohortClaim: Double?
  /// What guesses of one run prove at 95 % confidence.
  package var simEpsilonLowerBound: Double?
  /// Of the client that took part most often, and the fewest rounds from one participation of a
  /// client to its next, as they happened; null where the sampling bounds neither.
  package var mostParticipations: Int?
  package var smallestGap: Int?
  package var bytesToClients: Int
  package var bytesFromClients: Int
  /// Virtual time of the run, and work of phones that no update came of; nil where time is not simulated.
  package var virtualSeconds: Double?
  package var simWastedClientSeconds: Double?
  /// Of the launch whose noise the run had; nil where there is none.
  package var launchEpsilon: Double?
  package var launchDelta: Double?
  package var future: [String: Metrics] = [:]
  package var newClients: [String: Metrics] = [:]

  init(
    rounds: Int, guarantee: PrivacyGuarantee?, launch: PrivacyGuarantee? = nil,
    audit: CanaryFindings?, participation: ParticipationLog?,
    bytesToClients: Int, bytesFromClients: Int, clock: VirtualClock? = nil, rows: [MeasuredRow],
    isRanking: Bool = true
  ) {
    virtualSeconds = clock.map { Double($0.now) / 1e6 }
    simWastedClientSeconds = clock.map { Double($0.wasted) / 1e6 }
    self.rounds = rounds
    epsilon = guarantee.flatMap { $0.epsilon.isFinite ? $0.epsilon : nil }
    delta = guarantee?.delta ?? 0
    (launchEpsilon, launchDelta) = (launch?.epsilon, launch?.delta)
    simEmpiricalEpsilon = audit?.granted.epsilon
    simEmpiricalEpsilonLow = audit?.granted.low
    simEmpiricalEpsilonHigh = audit?.granted.high
    simKnownCohortEpsilon = audit?.knownCohort.epsilon
    simKnownCohortClaim = audit.flatMap { $0.knownCohortClaim.isFinite ? $0.knownCohortClaim : nil }
    simEpsilonLowerBound = audit?.lowerBound
    mostParticipations = participation?.mostParticipations
    smallestGap = participation?.smallestGap
    self.bytesToClients = bytesToClients
    self.bytesFromClients = bytesFromClients
    // A model that diverged has no metrics.
    for row in rows where !row.isLost {
      let metrics = Metrics(row, isRanking: isRanking)
      switch row.split {
      case .future: future[row.predictor.name] = metrics
      case .newClients: newClients[row.predictor.name] = metrics
      }
    }
  }

  private enum CodingKeys: CodingKey {
    case rounds, epsilon, delta, simEmpiricalEpsilon, simEmpiricalEpsilonLow
    case simEmpiricalEpsilonHigh, simKnownCohortEpsilon, simKnownCohortClaim, simEpsilonLowerBound
    case mostParticipations, smallestGap, bytesToClients
    case bytesFromClients, future, newClients, launchEpsilon, launchDelta
    case virtualSeconds, simWastedClientSeconds
  }

  /// Written by hand where JSONEncoder would leave a null out.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rounds, forKey: .rounds)
    try container.encode(epsilon, forKey: .epsilon)
    try container.encode(delta, forKey: .delta)
    try container.encode(simEmpiricalEpsilon, forKey: .simEmpiricalEpsilon)
    try container.encode(simEmpiricalEpsilonLow, forKey: .simEmpiricalEpsilonLow)
    try container.encode(simEmpiricalEpsilonHigh, forKey: .simEmpiricalEpsilonHigh)
    // Only of an audit: a summary without one is that of today.
    try container.encodeIfPresent(simKnownCohortEpsilon, forKey: .simKnownCohortEpsilon)
    try container.encodeIfPresent(simKnownCohortClaim, forKey: .simKnownCohortClaim)
    try container.encodeIfPresent(simEpsilonLowerBound, forKey: .simEpsilonLowerBound)
    try container.encode(mostParticipations, forKey: .mostParticipations)
    try container.encode(smallestGap, forKey: .smallestGap)
    try container.encode(bytesToClients, forKey: .bytesToClients)
    try container.encode(bytesFromClients, forKey: .bytesFromClients)
    try container.encodeIfPresent(virtualSeconds, forKey: .virtualSeconds)
    try container.encodeIfPresent(simWastedClientSeconds, forKey: .simWastedClientSeconds)
    try container.encodeIfPresent(launchEpsilon, forKey: .launchEpsilon)
    try container.encodeIfPresent(launchDelta, forKey: .launchDelta)
    try container.encode(future, forKey: .future)
    try container.encode(newClients, forKey: .newClients)
  }

  package func json() throws -> Data { try Self.encoder().encode(self) }

  /// Writes keys as the file has them.
  static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .custom { path in
      // Predictor names are data, not keys of ours: only ours change their style.
      SummaryKey(stringValue: snakeCase(path.last?.stringValue ?? ""))
    }
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  static let name = SummaryFile.name
  static func path(in folder: String) -> String { "\(folder)/\(name)" }
}

private struct SummaryKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Summary.Metrics {
  /// - Parameter isRanking: whether apps were ranked.
  init(_ row: MeasuredRow, isRanking: Bool) {
    clients = row.metrics.clients
    examples = row.metrics.examples
    accuracyTop1 = row.metrics.accuracyTop1
    cappedClients = row.metrics.cappedClients
    uncappedAccuracyTop1 = row.metrics.uncappedAccuracyTop1
    largestClientShare = row.metrics.largestClientShare
    if isRanking {
      accuracyTop3 = row.metrics.accuracyTop3
      accuracyTop5 = row.metrics.accuracyTop5
      mrr = row.metrics.mrr
    }
    // A model that diverged has none: JSON knows no infinity.
    let entropy = row.predictor.hasProbabilities ? row.metrics.crossEntropy : nil
    crossEntropy = entropy.flatMap { $0.isFinite ? $0 : nil }
    clientAccuracyMean = row.metrics.clientAccuracyMean
    if isRanking {
      precisionMacro = row.metrics.precisionMacro
      recallMacro = row.metrics.recallMacro
      f1Macro = row.metrics.f1Macro
      expectedCalibrationError = row.metrics.expectedCalibrationError
    }
    accuracyAtCoverage = isRanking ? row.metrics.accuracyAtCoverage : []
    attackSuccess = row.attackSuccess
    triggeredExamples = row.triggeredExamples
  }

  /// Written by hand for the keys of the accuracies at a coverage; leaves nil out.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: SummaryKey.self)
    let numbers: [(String, Double?)] = [
      ("accuracy_top1", accuracyTop1), ("accuracy_top3", accuracyTop3),
      ("accuracy_top5", accuracyTop5), ("mrr", mrr), ("cross_entropy", crossEntropy),
      ("client_accuracy_mean", clientAccuracyMean), ("precision_macro", precisionMacro),
      ("recall_macro", recallMacro), ("f1_macro", f1Macro),
      ("expected_calibration_error", expectedCalibrationError),
      ("uncapped_accuracy_top1", uncappedAccuracyTop1),
      ("largest_client_share", largestClientShare), ("attack_success", attackSuccess),
    ]
    try container.encode(clients, forKey: SummaryKey(stringValue: "clients"))
    try container.encode(examples, forKey: SummaryKey(stringValue: "examples"))
    try container.encodeIfPresent(
      cappedClients, forKey: SummaryKey(stringValue: "capped_clients"))
    try container.encodeIfPresent(
      triggeredExamples, forKey: SummaryKey(stringValue: "triggered_examples"))
    for (name, value) in numbers {
      try container.encodeIfPresent(value, forKey: SummaryKey(stringValue: name))
    }
    for (coverage, accuracy) in zip(EvaluationRow.coverages, accuracyAtCoverage) {
      let name = EvaluationRow.accuracyColumn(atCoverage: coverage)
      try container.encode(accuracy, forKey: SummaryKey(stringValue: name))
    }
  }
}
