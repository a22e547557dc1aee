import Federation
import Testing

/// No client counts more in means over predictions than so many times the median client.
///
/// Expected values are worked out by hand: clients of 10, 10 and 1 000 predictions, and a limit of
/// twice the median, so that the last counts like 20 predictions, each with 1/50.
struct CappedPoolTests {
  /// - Parameter confidence: what it said every time, in 2^-30.
  static func client(_ examples: Int, top1: Int, app: Int32, confidence: UInt32) -> PredictionTally
  {
    let outcomes = (0..<examples).map { confidence << 1 | ($0 < top1 ? 1 : 0) }
    return PredictionTally(
      ranking: RankingTally(
        examples: examples, unseen: examples / 10, top1: top1, top3: examples, top5: examples,
        reciprocalRankSum: Double(examples) / 2, crossEntropySum: Double(top1)),
      choices: ChoiceTally(apps: [
        .init(app: app, predicted: examples, opened: examples, hits: top1)
      ]) ?? ChoiceTally(),
      confidence: ConfidenceTally(outcomes: outcomes) ?? ConfidenceTally())
  }

  static let clients = [
    client(10, top1: 5, app: 1, confidence: 1 << 29),
    client(10, top1: 5, app: 1, confidence: 1 << 29),
    client(1_000, top1: 1_000, app: 2, confidence: 3 << 28),
  ]

  @Test func aHeavyClientCountsAsMuchAsTheLimit() throws {
    let row = try #require(EvaluationRow(clientTallies: Self.clients, largestWeight: 2))
    func isNear(_ value: Double?, _ expected: Double) -> Bool {
      value.map { abs($0 - expected) < 1e-12 } ?? false
    }
    #expect(row.examples == 1_020 && row.unseen == 102 && row.clients == 3)
    #expect(row.cappedClients == 1)
    // (5 + 5 + 20) ÷ 40, and 1 010 ÷ 1 020 without a limit.
    #expect(isNear(row.accuracyTop1, 0.75))
    #expect(isNear(row.uncappedAccuracyTop1, 1_010.0 / 1_020))
    #expect(isNear(row.accuracyTop3, 1) && isNear(row.mrr, 0.5))
    // (5 + 5 + 20) ÷ (9 + 9 + 18).
    #expect(isNear(row.crossEntropy, 30.0 / 36))
    #expect(isNear(row.clientAccuracyMean, (0.5 + 0.5 + 1) / 3))
    // Each app counts the same, however its predictions are weighed: 10 of 20, and all.
    #expect(isNear(row.recallMacro, 0.75) && isNear(row.precisionMacro, 0.75))
    // The first two are right as often as they say, the last is 1/4 better on half of the weight.
    #expect(isNear(row.expectedCalibrationError, 0.125))
    // The surest half is the last client's; of the surest three quarters the others add 10, half right.
    let coverages = Dictionary(
      uniqueKeysWithValues: zip(EvaluationRow.coverages, row.accuracyAtCoverage))
    #expect(isNear(coverages[50], 1) && isNear(coverages[75], 25.0 / 30))
  }

  @Test func whereNobodyIsAboveTheLimitNothingChanges() throws {
    let plain = try #require(EvaluationRow(clientTallies: Self.clients))
    for limit in [nil, 100, 1e9] {
      let row = try #require(EvaluationRow(clientTallies: Self.clients, largestWeight: limit))
      #expect(row == plain && row.cappedClients == nil && row.uncappedAccuracyTop1 == nil)
    }
    let alike = [Self.clients[0], Self.clients[1]]
    #expect(
      EvaluationRow(clientTallies: alike, largestWeight: 1) == EvaluationRow(clientTallies: alike))
  }

  /// Among 40 phones one of 20 000 predictions still counts four times the others; that is said.
  @Test func theShareOfOneClientIsKnownWhereItIsUnusual() throws {
    let few = (0..<39).map { _ in Self.client(100, top1: 40, app: 1, confidence: 1) }
    let heavy = Self.client(20_000, top1: 20_000, app: 1, confidence: 1)
    let row = try #require(EvaluationRow(clientTallies: few + [heavy], largestWeight: 4))
    let share = try #require(row.largestClientShare)
    #expect(abs(share - 400.0 / 4_300) < 1e-12)
    // 39 × 40 + 400 of 39 × 100 + 400.
    #expect(abs(row.accuracyTop1 - 1_960.0 / 4_300) < 1e-12)
    let alike = try #require(EvaluationRow(clientTallies: few, largestWeight: 4))
    #expect(alike.largestClientShare == nil && alike.cappedClients == nil)
  }

  /// One phone cannot move the headline at will: however much it adds, the rest keeps its share.
  @Test func moreOfOneClientMovesNothing() throws {
    let few = (0..<9).map { _ in Self.client(100, top1: 40, app: 1, confidence: 1) }
    var last: Double?
    for heavy in [2_000, 20_000, 200_000] {
      let all = few + [Self.client(heavy, top1: heavy, app: 1, confidence: 1)]
      let row = try #require(EvaluationRow(clientTallies: all, largestWeight: 10))
      // 9 × 40 + 1 000 of 9 × 100 + 1 000.
      #expect(abs(row.accuracyTop1 - 1_360.0 / 1_900) < 1e-12)
      #expect(last.map { abs($0 - row.accuracyTop1) < 1e-12 } ?? true)
      last = row.accuracyTop1
    }
  }

  /// What a diverged model says is no number: of the federated one nothing counts, of others it takes
  /// most clients.
  @Test func aDivergedModelIsKnownByItsLoss() throws {
    let lost = PredictionTally(
      ranking: RankingTally(
        examples: 4, unseen: 0, top1: 0, top3: 0, top5: 0, reciprocalRankSum: 1,
        crossEntropySum: .nan), choices: ChoiceTally(), confidence: ConfidenceTally())
    func isLost(_ predictor: Predictor, _ tallies: [PredictionTally]) throws -> Bool {
      let metrics = try #require(EvaluationRow(clientTallies: tallies))
      return MeasuredRow(split: .future, predictor: predictor, metrics: metrics).isLost
    }
    let (one, two) = ([lost] + Self.clients, [lost, lost, Self.clients[0]])
    #expect(try isLost(.federated, one) && !isLost(.localOnly, one) && isLost(.localOnly, two))
    #expect(try isLost(.pooled, two) && !isLost(.markov, two) && !isLost(.federated, Self.clients))
  }
}
