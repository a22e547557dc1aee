import Federation
import Statistics

/// What `JudgedPrediction`s of one split say, whole and by kind of client.
package struct ConfidenceReport {
  /// The share of right predictions that a person is promised.
  package static let promise = 0.9
  /// Of which accuracies are told.
  package static let coverages = [0.01, 0.02, 0.05] + (1...10).map { Double($0) / 10 }
  /// Unlocks a new phone has seen before a prediction.
  private static let experience = [0..<10, 10..<50, 50..<200, 200..<Int.max]

  package struct Segment {
    package var segment: String
    package var value: String
    package var metrics: ConfidenceMetrics

    init(
      _ segment: String, _ value: String, _ judged: [JudgedPrediction],
      coverages: [Double] = [1], seed: UInt64, weights: [Int: Double]
    ) {
      self.segment = segment
      self.value = value
      metrics = ConfidenceMetrics(
        judged, coverages: coverages, promise: promise, seed: seed, weights: weights)
    }
  }

  package let split: String
  package let all: Segment
  package private(set) var segments: [Segment]

  /// - Parameters:
  ///   - judged: of the test period.
  ///   - whole: of all the time, for phones that are new to the model; empty for others.
  ///   - unlocksPerDay: by client.
  ///   - largestWeight: how often the median client a client counts at most; nil is no limit.
  package init(
    split: String, _ judged: [JudgedPrediction], whole: [JudgedPrediction],
    unlocksPerDay: [Int: Double], seed: UInt64, largestWeight: Double?
  ) {
    self.split = split
    let weights = Self.weights(judged, largestWeight)
    let lifeWeights = Self.weights(whole, largestWeight)
    all = Segment("all", "all", judged, coverages: Self.coverages, seed: seed, weights: weights)
    segments = [all]
    let quartile = activityQuartiles(unlocksPerDay.map { ($0.key, $0.value) })
    for number in 1...4 {
      let own = judged.filter { quartile[$0.client] == number }
      guard !own.isEmpty else { continue }
      segments.append(Segment("activity_quartile", "\(number)", own, seed: seed, weights: weights))
    }
    for range in Self.experience {
      let own = whole.filter { range.contains($0.experience) }
      guard !own.isEmpty else { continue }
      let name =
        range.upperBound == .max
        ? "\(range.lowerBound)+" : "\(range.lowerBound)-\(range.upperBound - 1)"
      segments.append(Segment("unlocks_before", name, own, seed: seed, weights: lifeWeights))
    }
  }

  /// What a prediction of each client weighs, in every segment alike; empty where all weigh the same.
  private static func weights(_ judged: [JudgedPrediction], _ largest: Double?) -> [Int: Double] {
    var sizes: [Int: Double] = [:]
    for prediction in judged { sizes[prediction.client, default: 0] += 1 }
    let clients = sizes.keys.sorted()
    guard let weights = ClientWeights.limited(clients.map { sizes[$0] ?? 0 }, to: largest) else {
      return [:]
    }
    return Dictionary(uniqueKeysWithValues: zip(clients, weights))
  }
}
