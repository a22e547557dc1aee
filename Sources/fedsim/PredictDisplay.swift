import Device
import Federation
import Foundation
import UsageLog

/// What `fedsim predict` answers about one phone.
struct PredictAnswer: Encodable {
  struct App: Encodable {
    var app: String
    var probability: Double
    /// Row of the app in the model's embedding and output; with --features alone.
    var vocabularyID: Int?
    /// In the order of docs/models-and-features.md; with --features alone.
    var features: [Float]?

    private enum CodingKeys: String, CodingKey {
      case app, probability, features
      case vocabularyID = "vocabulary_id"
    }
  }

  struct Moment: Encodable {
    var time: String
    var apps: [App]
    /// Left out when no app was opened, or nobody knows yet.
    var opened: String?
    /// Place of the opened app, from 1; left out when it was not among the candidates.
    var rank: Int?
    /// Whether it was in the first place; left out when nobody knows.
    var isHit: Bool?
  }

  var model: String
  var client: Int
  var task: String
  /// Of the phone's own past: above 1 the model was too sure of itself there.
  var temperature: Double
  var predictions: [Moment]
  /// Predictions after which an app was opened; of these, the shares ranked high enough.
  var opened: Int
  var accuracyTop1: Double?
  var accuracyTop3: Double?
  var accuracyTop5: Double?

  init(
    model: String, client: Int, task: String, temperature: Double, names: [String],
    forecasts: [Forecast]
  ) {
    self.model = model
    self.client = client
    self.task = task
    self.temperature = temperature
    predictions = forecasts.map { forecast in
      Moment(
        time: localTimeText(forecast.time),
        apps: forecast.apps.map {
          App(app: names[Int($0.app)], probability: Double($0.probability))
        },
        opened: forecast.opened.map { names[Int($0)] }, rank: forecast.rank,
        isHit: forecast.opened.map { _ in forecast.rank == 1 })
    }
    let known = forecasts.filter { $0.opened != nil }
    opened = known.count
    func share(_ places: Int) -> Double? {
      guard !known.isEmpty else { return nil }
      return Double(known.count { ($0.rank ?? .max) <= places }) / Double(known.count)
    }
    accuracyTop1 = share(1)
    accuracyTop3 = share(3)
    accuracyTop5 = share(5)
  }

  /// A line for each prediction, then what they come to.
  var lines: [String] {
    var lines = predictions.map { moment in
      let apps = moment.apps.map { "\($0.app) \(percent($0.probability))" }
      let outcome =
        moment.opened.map { opened in
          moment.isHit == true
            ? "hit"
            : "\(opened) (\(moment.rank.map { "place \($0)" } ?? "not among the candidates"))"
        } ?? "–"
      return "\(moment.time)  \(apps.joined(separator: ", "))"
        + (predictions.count > 1 || moment.opened != nil ? "  → \(outcome)" : "")
    }
    if predictions.count > 1, let accuracyTop1, let accuracyTop3, let accuracyTop5 {
      lines.append(
        "\(opened) of \(counted(predictions.count, "prediction")) were followed by an app: top-1 "
          + "\(percent(accuracyTop1)), top-3 \(percent(accuracyTop3)), top-5 \(percent(accuracyTop5))"
      )
    }
    return lines
  }

  private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}

/// What `fedsim predict --latency` measured.
struct LatencyReport: Encodable {
  struct Times: Encodable {
    var count: UInt64
    var p50Microseconds: Double
    var p99Microseconds: Double
    var p999Microseconds: Double
    var maximumMicroseconds: Double
    var meanMicroseconds: Double

    init(_ histogram: LatencyHistogram) {
      func microseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1_000 }
      count = histogram.count
      p50Microseconds = microseconds(histogram.percentile(50))
      p99Microseconds = microseconds(histogram.percentile(99))
      p999Microseconds = microseconds(histogram.percentile(99.9))
      maximumMicroseconds = microseconds(histogram.maximum)
      meanMicroseconds = histogram.mean / 1_000
    }
  }

  struct Cost: Encodable {
    var operations: Double
    var joules: Double
    var rupees: Double
    var dollars: Double
    var joulesPerOperation = PredictionCost.joulesPerOperation
    var joulesPerWordFromMemory = PredictionCost.joulesPerWord
    var efficiency = PredictionCost.efficiency
    var rupeesPerKilowattHour = PredictionCost.rupeesPerKilowattHour
    var rupeesPerDollar = PredictionCost.rupeesPerDollar
  }

  var model: String
  var parameters: Int
  var candidatesMean: Double
  var prediction: Times
  var featureUpdate: Times
  var modelBytes: Int
  var featureStateBytes: Int
  var costPerPrediction: Cost

  init(_ trial: LatencyTrial, _ configuration: Configuration, parameters: Int) {
    model = configuration.model.kind.rawValue
    self.parameters = parameters
    candidatesMean = Double(trial.candidates) / Double(trial.predictions.count)
    prediction = Times(trial.predictions)
    featureUpdate = Times(trial.updates)
    modelBytes = trial.modelBytes
    featureStateBytes = trial.stateBytes
    let cost = PredictionCost(
      of: configuration, parameters: parameters, candidates: candidatesMean)
    costPerPrediction = Cost(
      operations: cost.operations, joules: cost.joules, rupees: cost.rupees, dollars: cost.dollars)
  }

  var table: String {
    func row(_ name: String, _ times: Times) -> [String] {
      [
        name, "\(times.count)", number(times.p50Microseconds), number(times.p99Microseconds),
        number(times.p999Microseconds), number(times.maximumMicroseconds),
      ]
    }
    return TextTable.render([
      ["\(model), µs", "count", "p50", "p99", "p99.9", "max"],
      row("prediction", prediction), row("feature update", featureUpdate),
    ])
  }

  var notes: String {
    let cost = costPerPrediction
    return """
      memory: model \(parameters) parameters, \(modelBytes) bytes with buffers; feature state \
      \(featureStateBytes) bytes
      energy: \(number(cost.operations)) operations and \(number(cost.joules)) J per prediction; a \
      million predictions use \(number(cost.joules * 1e6 / 3600)) Wh, of about 15 Wh in a phone's battery
      (assumed: \(number(cost.joulesPerOperation)) J per operation, \
      \(number(cost.joulesPerWordFromMemory)) J per word from memory, efficiency \
      \(number(cost.efficiency)); all at their upper end)
      """
  }

  private func number(_ value: Double) -> String {
    String(format: value >= 1000 && value < 1e15 ? "%.0f" : "%.4g", value)
  }
}
