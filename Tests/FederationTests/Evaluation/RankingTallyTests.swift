import Foundation
import Testing

import Federation

/// Metrics against Tests/FederationTests/Vectors/ranking.py (NumPy and SciPy).
struct RankingTallyTests {
  struct Vectors: Decodable {
    struct Example: Decodable {
      let scores: [Float]
      let target: Int
    }
    let clients: [[Example]]
    let expected: [String: Double]
  }

  static func loadVectors() throws -> Vectors {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appending(path: "Vectors/ranking.json")
    return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
  }

  static func tally(_ examples: [Vectors.Example]) -> RankingTally {
    var tally = RankingTally()
    for example in examples {
      example.scores.withUnsafeBufferPointer { tally.record(scores: $0, target: example.target) }
    }
    return tally
  }

  @Test func metricsEqualNumPy() throws {
    let vectors = try Self.loadVectors()
    let tallies = vectors.clients.map {
      PredictionTally(
        ranking: Self.tally($0), choices: ChoiceTally(), confidence: ConfidenceTally())
    }
    let row = try #require(EvaluationRow(clientTallies: tallies))
    let actual: [String: Double] = [
      "clients": Double(row.clients), "examples": Double(row.examples),
      "unseen": Double(row.unseen), "accuracyTop1": row.accuracyTop1,
      "accuracyTop3": row.accuracyTop3, "accuracyTop5": row.accuracyTop5, "mrr": row.mrr,
      "crossEntropy": try #require(row.crossEntropy),
      "clientAccuracyMean": row.clientAccuracyMean, "clientAccuracyP10": row.clientAccuracyP10,
      "clientAccuracyP50": row.clientAccuracyP50, "clientAccuracyP90": row.clientAccuracyP90,
    ]
    #expect(actual.keys.sorted() == vectors.expected.keys.sorted())
    for (name, value) in vectors.expected {
      let difference = abs((actual[name] ?? .infinity) - value)
      #expect(difference < 1e-12, "\(name)")
    }
  }

  @Test func talliesOfDisjointExamplesAddUp() throws {
    let clients = try Self.loadVectors().clients
    var sum = RankingTally()
    for examples in clients { sum += Self.tally(examples) }
    let whole = Self.tally(clients.flatMap(\.self))
    #expect(sum.examples == whole.examples)
    #expect(sum.unseen == whole.unseen)
    #expect(sum.top1 == whole.top1)
    #expect(sum.top3 == whole.top3)
    #expect(sum.top5 == whole.top5)
    #expect(abs(sum.reciprocalRankSum - whole.reciprocalRankSum) < 1e-12)
    #expect(abs(sum.crossEntropySum - whole.crossEntropySum) < 1e-12)
  }

  @Test func earlierCandidateWinsATie() {
    #expect(Self.tally([.init(scores: [1, 1], target: 0)]).top1 == 1)
    #expect(Self.tally([.init(scores: [1, 1], target: 1)]).top1 == 0)
  }

  @Test func aModelThatDivergedNeverLooksGood() {
    let scores = [Float](repeating: .nan, count: 6)
    let tally = Self.tally((0..<6).map { .init(scores: scores, target: $0) })
    #expect(tally.top1 == 0)
    #expect(tally.top5 == 0)
  }

  @Test func survivesCoding() throws {
    let tally = Self.tally([.init(scores: [0.1, 0.7, -3], target: 2)])
    let data = try JSONEncoder().encode(tally)
    #expect(try JSONDecoder().decode(RankingTally.self, from: data) == tally)
  }

  @Test func noExamplesGiveNoRow() {
    #expect(EvaluationRow(clientTallies: [PredictionTally(), PredictionTally()]) == nil)
  }
}
