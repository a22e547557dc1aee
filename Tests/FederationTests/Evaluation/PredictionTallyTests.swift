import Federation
import Testing

/// Macro scores, calibration and coverage against Vectors/predictions.py (scikit-learn, NumPy).
struct PredictionTallyTests {
  struct Vectors: Decodable {
    struct Prediction: Decodable {
      let scores: [Float]
      let candidates: [Int32]
      let opened: Int32
    }
    let clients: [[Prediction]]
    let apps: Int
    let precision: Double
    let recall: Double
    let f1: Double
    let calibrationError: Double
    let accuracyAt: [Double]
    let coverageAt: [Double]

    static func load() throws -> Vectors { try vectors("predictions.json", as: Vectors.self) }
  }

  static func tally(
    _ predictions: [Vectors.Prediction], by predictor: Predictor = .federated
  ) -> PredictionTally {
    var tally = PredictionTally()
    for prediction in predictions {
      prediction.scores.withUnsafeBufferPointer {
        tally.record(
          scores: $0, candidates: prediction.candidates[...],
          target: prediction.candidates.firstIndex(of: prediction.opened) ?? -1,
          opened: prediction.opened, by: predictor)
      }
    }
    return tally
  }

  @Test func metricsEqualScikitLearnAndNumPy() throws {
    let vectors = try Vectors.load()
    let row = try #require(EvaluationRow(clientTallies: vectors.clients.map { Self.tally($0) }))
    let whole = Self.tally(vectors.clients.flatMap(\.self))
    #expect(whole.choices.scores.apps == vectors.apps)
    #expect(abs(row.precisionMacro - vectors.precision) < 1e-12)
    #expect(abs(row.recallMacro - vectors.recall) < 1e-12)
    #expect(abs(row.f1Macro - vectors.f1) < 1e-12)
    #expect(
      abs(try #require(row.expectedCalibrationError) - vectors.calibrationError) < 1e-12)
    #expect(row.accuracyAtCoverage.count == vectors.accuracyAt.count)
    for (accuracy, expected) in zip(row.accuracyAtCoverage, vectors.accuracyAt) {
      #expect(abs(accuracy - expected) < 1e-12)
    }
    let curve = ConfidenceCurve(whole.confidence)
    for (accuracy, expected) in zip([0.5, 0.7, 0.9, 1], vectors.coverageAt) {
      #expect(abs(curve.coverage(at: accuracy) - expected) < 1e-12)
    }
    // Accuracy over everything is top-1 accuracy: both rank alike.
    #expect(abs(try #require(curve.accuracy(at: 1)) - row.accuracyTop1) < 1e-12)
  }

  /// Order and grouping change no bit, so neither does the number of workers.
  @Test func orderAndGroupingDoNotMatter() throws {
    let vectors = try Vectors.load()
    let predictions = vectors.clients.flatMap(\.self)
    let whole = Self.tally(predictions)
    var stream = testStream(4)
    for size in [1, 7, 100] {
      var shuffled = predictions
      stream.shuffle(&shuffled)
      var sum = PredictionTally()
      for start in stride(from: 0, to: shuffled.count, by: size) {
        sum += Self.tally(Array(shuffled[start..<min(start + size, shuffled.count)]))
      }
      #expect(sum.choices == whole.choices)
      #expect(sum.confidence.calibrationError == whole.confidence.calibrationError)
      for coverage in [0.01, 0.1, 0.33, 0.9, 1] {
        let (one, other) = (ConfidenceCurve(sum.confidence), ConfidenceCurve(whole.confidence))
        #expect(one.accuracy(at: coverage) == other.accuracy(at: coverage))
        #expect(one.confidence(at: coverage) == other.confidence(at: coverage))
      }
    }
  }

  /// Three apps, six predictions: counted by hand.
  @Test func aHandfulCountedByHand() {
    var tally = ChoiceTally()
    for (predicted, opened) in [(1, 1), (1, 1), (1, 2), (2, 2), (3, 2), (nil, 3)]
      as [(Int32?, Int32)]
    { tally.record(predicted: predicted, opened: opened) }
    // App 1: 2 of 3, 2 of 2. App 2: 1 of 1, 1 of 3. App 3: 0 of 1, 0 of 1.
    let scores = tally.scores
    #expect(scores.apps == 3)
    #expect(abs(scores.precision - (2.0 / 3 + 1 + 0) / 3) < 1e-15)
    #expect(abs(scores.recall - (1 + 1.0 / 3 + 0) / 3) < 1e-15)
    #expect(abs(scores.f1 - (0.8 + 0.5 + 0) / 3) < 1e-15)

    var confidence = ConfidenceTally()
    for (value, isHit) in [(0.95, true), (0.95, false), (0.5, true), (0.5, true), (0.1, false)] {
      confidence.record(confidence: value, isHit: isHit)
    }
    // |1 − 1.9| + |2 − 1| + |0 − 0.1| over five.
    let error = confidence.calibrationError ?? .nan
    #expect(abs(error - 2.0 / 5) < 1e-8)
    let curve = ConfidenceCurve(confidence)
    #expect(curve.accuracy(at: 0.2) == 0.5)
    #expect(curve.accuracy(at: 0.4) == 0.5)
    #expect(curve.accuracy(at: 0.6) == 2.0 / 3)
    #expect(curve.accuracy(at: 0.8) == 0.75)
    #expect(curve.coverage(at: 0.75) == 0.8)
    #expect(curve.coverage(at: 0.76) == 0)
    #expect(curve.confidence(at: 0.6) == 0.5)
  }

  @Test func onlyPredictorsThatStateConfidenceHaveIt() throws {
    let predictions = try Vectors.load().clients[0]
    for predictor in Predictor.allCases {
      let row = try #require(
        EvaluationRow(clientTallies: [Self.tally(predictions, by: predictor)]))
      let isModel = [Predictor.federated, .localOnly, .pooled, .personalised, .bayesOptimal]
        .contains(predictor)
      #expect((row.expectedCalibrationError != nil) == isModel)
      #expect(row.accuracyAtCoverage.count == (isModel ? EvaluationRow.coverages.count : 0))
    }
  }

  /// Scores that are not numbers are no choice, and no reason to be sure.
  @Test func aModelThatDivergedChoosesNothing() {
    let tally = Self.tally([
      .init(scores: [.nan, 1], candidates: [4, 5], opened: 5),
      .init(scores: [.infinity, 1], candidates: [4, 5], opened: 5),
    ])
    #expect(tally.choices.apps.map(\.app) == [4, 5])
    #expect(tally.choices.scores.precision == 0)
    #expect(tally.confidence.outcomes.allSatisfy { $0 == 0 })
  }

  @Test func whatCannotBeIsRefused() {
    #expect(ConfidenceTally(outcomes: [1 << 31 | 1]) != nil)
    #expect(ConfidenceTally(outcomes: [(1 << 30 + 1) << 1]) == nil)
    let apps = [2, 1].map { ChoiceTally.App(app: $0, predicted: 1, opened: 1, hits: 1) }
    #expect(ChoiceTally(apps: apps) == nil && ChoiceTally(apps: apps.reversed()) != nil)
  }
}
