import Federation
import Foundation
import Models
import Testing
import UsageData

import Device

/// Against Vectors/confidence.py (NumPy, SciPy, scikit-learn).
struct ConfidenceTests {
  struct Vectors: Decodable {
    let predictions: [[Double]]
    let calibration_error: Double
    let calibration_error_unscaled: Double
    let accuracy_at: [[Double]]
    let coverage_at_90: Double
    let precision: Double
    let recall: Double
    let f1: Double
    let scores: [[Float]]
    let targets: [Int]
    let temperature: Double
    let temperature_of_three: Double
    /// Of all examples and of three, that no temperature is better than 1.
    let p_values: [Double]
  }

  static func vectors() throws -> Vectors {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Vectors/confidence.json"))
    return try JSONDecoder().decode(Vectors.self, from: data)
  }

  static func judged(_ vectors: Vectors) -> [JudgedPrediction] {
    vectors.predictions.enumerated().map { index, values in
      JudgedPrediction(
        client: Int(values[4]), unscaled: values[1], confidence: values[0],
        predicted: Int32(values[2]), opened: Int32(values[3]), experience: index)
    }
  }

  @Test func metricsEqualNumPyAndScikitLearn() throws {
    let vectors = try Self.vectors()
    let judged = Self.judged(vectors)
    let metrics = ConfidenceMetrics(
      judged, coverages: vectors.accuracy_at.map { $0[0] }, promise: 0.9, seed: 1)
    // Confidences are kept to 2^-30.
    let error = try #require(metrics.scaled.calibrationError)
    #expect(abs(error - vectors.calibration_error) < 1e-9)
    let unscaled = try #require(metrics.unscaled.calibrationError)
    #expect(abs(unscaled - vectors.calibration_error_unscaled) < 1e-9)
    for (pair, accuracy) in zip(vectors.accuracy_at, metrics.accuracies) {
      #expect(abs(accuracy.value - pair[1]) < 1e-12)
      #expect(accuracy.low < accuracy.value && accuracy.value < accuracy.high)
    }
    let coverage = metrics.coverage
    #expect(abs(coverage.value - vectors.coverage_at_90) < 1e-12)
    #expect(coverage.low <= coverage.value && coverage.value <= coverage.high)
    let scores = metrics.scores
    #expect(abs(scores.precision - vectors.precision) < 1e-12)
    #expect(abs(scores.recall - vectors.recall) < 1e-12)
    #expect(abs(scores.f1 - vectors.f1) < 1e-12)
  }

  /// One client of 10 predictions, half of them right at a confidence of a half, and one of 1 000, all
  /// right at three quarters, of which each weighs a fiftieth: 20 predictions.
  @Test func aHeavyClientCountsAsItsWeightSays() throws {
    func judged(_ client: Int, _ count: Int, hits: Int, _ confidence: Double) -> [JudgedPrediction]
    {
      (0..<count).map {
        JudgedPrediction(
          client: client, unscaled: 0.5, confidence: confidence, predicted: 1,
          opened: $0 < hits ? 1 : 2, experience: $0)
      }
    }
    let metrics = ConfidenceMetrics(
      judged(0, 10, hits: 5, 0.5) + judged(1, 1_000, hits: 1_000, 0.75), coverages: [1],
      promise: 0.9,
      seed: 1, weights: [1: 0.02])
    // Weights are kept to 2^-20.
    #expect(abs(metrics.accuracy(at: 1).value - 25.0 / 30) < 1e-5)
    #expect(abs((metrics.scaledError ?? 0) - 0.25 * 20 / 30) < 1e-9)
    #expect(abs((metrics.unscaledError ?? 0) - 0.5 * 20 / 30) < 1e-9)
    // The surest 20 of 30 are right, and with two of the others 90 % of 22.
    #expect(abs(metrics.coverage.value - 20.0 / 30) < 1e-5)
    #expect(metrics.examples == 1_010 && metrics.scaled.examples == 1_010)
  }

  @Test func temperatureIsTheMinimumThatSciPyFinds() throws {
    let vectors = try Self.vectors()
    var scaling = TemperatureScaling()
    #expect(scaling.temperature == 1)
    for (index, scores) in vectors.scores.enumerated() {
      scaling.add(scores[...], target: vectors.targets[index])
      if index == 2 {
        #expect(abs(scaling.fitted - vectors.temperature_of_three) < 1e-5)
        // Three examples show nothing.
        #expect(vectors.p_values[1] > 0.05 && scaling.temperature == 1)
      }
    }
    scaling.add([1, 2], target: nil)
    #expect(scaling.examples == vectors.scores.count)
    #expect(abs(scaling.fitted - vectors.temperature) < 1e-5)
    #expect(vectors.p_values[0] < 0.05 && scaling.temperature == scaling.fitted)
    // Old examples make room: once all are alike but new, only they count.
    for _ in 0..<TemperatureScaling.memory { scaling.add([3, 0], target: 0) }
    var fresh = TemperatureScaling()
    for _ in 0..<TemperatureScaling.memory { fresh.add([3, 0], target: 0) }
    #expect(scaling.temperature == fresh.temperature && fresh.temperature < 0.8)
  }

  /// What comes after a moment may not reach its temperature.
  @Test func aPhoneIsCalibratedOnItsPastAlone() throws {
    let history = PhoneTests.history
    let configuration = PhoneTests.configuration(.logistic, .firstApp)
    let model = CandidateRanker(shape: configuration.exampleShape)
    var phone = Phone(
      model: model, parameters: PhoneTests.parameters(model.layout.count), task: .firstApp,
      shape: configuration.exampleShape)
    let moments = PredictionTask.firstApp.moments(in: history)
    let middle = moments.count / 2
    let judged = phone.judged(
      4, on: history, moments: moments, range: middle..<(middle + 20))
    var future = history
    for index in moments[middle].open..<future.opens.count { future.opens[index].app = 0 }
    let other = phone.judged(4, on: future, moments: moments, range: middle..<(middle + 20))
    #expect(judged.count == 20 && judged[0].confidence == other[0].confidence)
    #expect(judged[0].experience == middle && judged[0].client == 4)
    #expect(phone.temperature != 1)
    #expect(judged.allSatisfy { 0 < $0.confidence && $0.confidence <= 1 })
    #expect(judged.contains { $0.confidence != $0.unscaled })
  }
}
