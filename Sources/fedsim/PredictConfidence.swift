import Device
import DeviceClient
import Experiments
import Federation
import Foundation
import Models
import Storage
import Tables

/// How true the stated probabilities of a run's model are, on the clients of its evaluation.
struct ConfidenceSurvey {
  let reports: [ConfidenceReport]

  /// Lives through the histories of all evaluated clients.
  init(_ model: some Model, _ run: TrainedRun, _ histories: ClientHistories) throws {
    let clients = try EvaluatedClients(of: run.folder)
    var phone = Phone(
      model: model, parameters: run.parameters, task: run.configuration.task,
      shape: run.configuration.exampleShape)
    reports = try [(EvaluationSplit.future, clients.future), (.newClients, clients.newClients)]
      .compactMap { split, clients in
        var judged: [JudgedPrediction] = []
        var whole: [JudgedPrediction] = []
        var unlocksPerDay: [Int: Double] = [:]
        for client in clients {
          let subject = try histories.subject(client)
          unlocksPerDay[client] =
            ClientTraits(archetype: nil, history: subject.history).unlocksPerDay
          judged += phone.judged(
            client, on: subject.history, moments: subject.moments, range: subject.test)
          if split == .newClients {
            whole += phone.judged(
              client, on: subject.history, moments: subject.moments,
              range: subject.moments.indices)
          }
        }
        guard !judged.isEmpty else { return nil }
        return ConfidenceReport(
          split: split.rawValue, judged, whole: whole, unlocksPerDay: unlocksPerDay,
          seed: run.configuration.seed,
          largestWeight: run.configuration.evaluation.largestClientWeight.value)
      }
    guard !reports.isEmpty else {
      throw ExperimentError(
        .badData, "\(run.folder): its evaluated clients have nothing to predict in the test period."
      )
    }
  }

  // MARK: - Files

  /// Writes calibration.csv, coverage.csv and segments.csv into a folder, which is made if need be.
  func write(to folder: String) throws {
    try FileSystem.makeFolder(folder)
    for name in ["calibration.csv", "coverage.csv", "segments.csv"]
    where try FileKind.exists("\(folder)/\(name)") {
      throw ExperimentError(
        .inputOutput,
        "\(folder)/\(name): exists already, and this command replaces nothing; choose another --out."
      )
    }
    let calibration = try CSVFile(
      path: "\(folder)/calibration.csv",
      columns: [
        "split", "scaling", "confidence_low", "confidence_high", "examples", "confidence_mean",
        "accuracy_top1",
      ], from: nil)
    let coverage = try CSVFile(
      path: "\(folder)/coverage.csv",
      columns: [
        "split", "coverage", "confidence", "accuracy_top1", "accuracy_top1_low",
        "accuracy_top1_high",
      ], from: nil)
    let segments = try CSVFile(
      path: "\(folder)/segments.csv", columns: Self.segmentColumns, from: nil)
    for report in reports {
      let metrics = report.all.metrics
      for (scaling, tally) in [("none", metrics.unscaled), ("temperature", metrics.scaled)] {
        for bin in tally.calibration {
          try calibration.append([
            .text(report.split), .text(scaling), .number(bin.low), .number(bin.high),
            .integer(bin.examples), bin.meanConfidence.map(CSVCell.number) ?? .empty,
            bin.accuracy.map(CSVCell.number) ?? .empty,
          ])
        }
      }
      for (index, share) in ConfidenceReport.coverages.enumerated() {
        let (accuracy, threshold) = (metrics.accuracies[index], metrics.thresholds[index])
        try coverage.append([
          .text(report.split), .number(share), .number(threshold), .number(accuracy.value),
          .number(accuracy.low), .number(accuracy.high),
        ])
      }
      for segment in report.segments {
        try segments.append(Self.cells(of: segment, split: report.split))
      }
    }
  }

  private static let segmentColumns = [
    "split", "segment", "value", "clients", "examples", "accuracy_top1", "accuracy_top1_low",
    "accuracy_top1_high", "expected_calibration_error", "coverage_at_accuracy_90",
    "coverage_at_accuracy_90_low", "coverage_at_accuracy_90_high", "precision_macro",
    "recall_macro", "f1_macro",
  ]

  private static func cells(of segment: ConfidenceReport.Segment, split: String) -> [CSVCell] {
    let (accuracy, coverage) = (segment.metrics.accuracy(at: 1), segment.metrics.coverage)
    return [
      .text(split), .text(segment.segment), .text(segment.value),
      .integer(segment.metrics.clientCount), .integer(segment.metrics.examples),
      .number(accuracy.value), .number(accuracy.low), .number(accuracy.high),
      segment.metrics.scaledError.map(CSVCell.number) ?? .empty,
      .number(coverage.value), .number(coverage.low), .number(coverage.high),
      .number(segment.metrics.scores.precision), .number(segment.metrics.scores.recall),
      .number(segment.metrics.scores.f1),
    ]
  }

  // MARK: - Summary

  struct Interval: Encodable {
    var value: Double
    var low: Double
    var high: Double

    init(_ estimate: ConfidenceMetrics.Estimate) {
      value = estimate.value
      low = estimate.low
      high = estimate.high
    }

    var text: String { String(format: "%.1f %% [%.1f, %.1f]", 100 * value, 100 * low, 100 * high) }
  }

  struct Split: Encodable {
    var clients: Int
    var examples: Int
    var accuracyTop1: Interval
    var expectedCalibrationErrorUnscaled: Double
    var expectedCalibrationError: Double
    var coverageAtAccuracy90: Interval
    var accuracyAtCoverage20: Interval
    var accuracyAtCoverage50: Interval
    var precisionMacro: Double
    var recallMacro: Double
    var f1Macro: Double

    init(_ report: ConfidenceReport) {
      let metrics = report.all.metrics
      clients = metrics.clientCount
      examples = metrics.examples
      accuracyTop1 = Interval(metrics.accuracy(at: 1))
      expectedCalibrationErrorUnscaled = metrics.unscaledError ?? 0
      expectedCalibrationError = metrics.scaledError ?? 0
      coverageAtAccuracy90 = Interval(metrics.coverage)
      accuracyAtCoverage20 = Interval(metrics.accuracy(at: 0.2))
      accuracyAtCoverage50 = Interval(metrics.accuracy(at: 0.5))
      precisionMacro = metrics.scores.precision
      recallMacro = metrics.scores.recall
      f1Macro = metrics.scores.f1
    }
  }

  var splits: [String: Split] {
    Dictionary(uniqueKeysWithValues: reports.map { ($0.split, Split($0)) })
  }

  var text: String {
    func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
    return reports.map { report in
      let split = Split(report)
      return """
        \(report.split): \(split.examples) predictions on \(split.clients) clients
          accuracy: \(split.accuracyTop1.text); of the most confident fifth \
        \(split.accuracyAtCoverage20.text), half \(split.accuracyAtCoverage50.text)
          90 % accuracy on the most confident \(split.coverageAtAccuracy90.text) of predictions
          expected calibration error: \(percent(split.expectedCalibrationErrorUnscaled)), with each \
        phone's temperature \(percent(split.expectedCalibrationError))
          macro over \(report.all.metrics.scores.apps) apps: precision \(percent(split.precisionMacro)), \
        recall \(percent(split.recallMacro)), F1 \(percent(split.f1Macro))
        """
    }.joined(separator: "\n") + "\n[95 % intervals: bootstrap over clients]"
  }
}
