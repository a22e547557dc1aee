import Federation
import Testing
import UsageData

struct SegmentRowTests {
  /// `hits` of `examples` predictions right.
  static func part(
    _ predictor: Predictor, _ period: EvaluationPeriod, hits: Int, of examples: Int
  ) -> ClientEvaluation.Part {
    var tally = PredictionTally()
    for example in 0..<examples {
      ([2, 1] as [Float]).withUnsafeBufferPointer {
        tally.record(
          scores: $0, candidates: [6, 7], target: example < hits ? 0 : 1,
          opened: example < hits ? 6 : 7, by: predictor)
      }
    }
    return ClientEvaluation.Part(predictor, period, tally)
  }

  static func client(
    _ number: Int, archetype: Int?, unlocks: Int, _ parts: [ClientEvaluation.Part]
  ) throws -> ClientEvaluation {
    let traits = try #require(ClientTraits(archetype: archetype, unlocks: unlocks, days: 2))
    return ClientEvaluation(client: number, traits: traits, parts: parts)
  }

  @Test func everyKindAddsUpToTheWhole() throws {
    let clients = try [
      Self.client(
        3, archetype: 0, unlocks: 40, [Self.part(.federated, .test, hits: 1, of: 4)]),
      Self.client(
        5, archetype: 2, unlocks: 10,
        [
          Self.part(.federated, .coldTest, hits: 3, of: 3),
          Self.part(.federated, .test, hits: 0, of: 1),
          Self.part(.federated, .coldStart, hits: 2, of: 5),
          Self.part(.markov, .test, hits: 1, of: 1),
        ]),
      Self.client(
        8, archetype: 2, unlocks: 30, [Self.part(.federated, .test, hits: 2, of: 2)]),
      // Nothing to predict: no example, but a place among the quarters.
      Self.client(9, archetype: 1, unlocks: 20, []),
    ]
    let rows = SegmentRow.rows(of: clients, split: .newClients)
    func found(_ kind: SegmentRow.Kind, _ predictor: Predictor) -> [String] {
      rows.filter { $0.kind == kind && $0.predictor == predictor }.map {
        let hits = ($0.metrics.accuracyTop1 * Double($0.metrics.examples)).rounded()
        return "\($0.segment) \(Int(hits))/\($0.metrics.examples) of \($0.metrics.clients)"
      }
    }
    #expect(found(.archetype, .federated) == ["average 1/4 of 1", "social 5/6 of 2"])
    #expect(found(.archetype, .markov) == ["social 1/1 of 1"])
    // 10, 20, 30 and 40 unlocks: one client each; the second quarter had nothing to predict.
    #expect(
      found(.activityQuartile, .federated) == ["1 3/4 of 1", "3 2/2 of 1", "4 1/4 of 1"])
    // The first week counts what lies before the test period as well.
    #expect(
      found(.coldStart, .federated) == ["first_7_days 5/8 of 1", "later 3/7 of 3"])
    #expect(rows.allSatisfy { $0.split == .newClients })
  }

  /// Two clients tell nothing about which of them is the heavy one; all clients do.
  @Test func aHeavyClientIsNoSegmentOfItsOwn() throws {
    let light = try (0..<5).map {
      try Self.client(
        $0, archetype: $0 == 4 ? 2 : 0, unlocks: 10,
        [Self.part(.federated, .test, hits: 0, of: 2)])
    }
    let heavy = try Self.client(
      9, archetype: 2, unlocks: 900, [Self.part(.federated, .test, hits: 100, of: 100)])
    let rows = SegmentRow.rows(of: light + [heavy], split: .future, largestWeight: 4)
    let social = try #require(rows.first { $0.segment == "social" })
    // The median client has 2 predictions, so that the heavy one counts like 8: 8 of 2 + 8.
    #expect(abs(social.metrics.accuracyTop1 - 0.8) < 1e-12)
    #expect(social.metrics.examples == 102 && social.metrics.cappedClients == 1)
    let average = try #require(rows.first { $0.segment == "average" })
    #expect(average.metrics.cappedClients == nil && average.metrics.accuracyTop1 == 0)
  }

  @Test func peopleWhoWereNotMadeUpHaveNoArchetype() throws {
    let client = try Self.client(
      0, archetype: nil, unlocks: 5, [Self.part(.federated, .test, hits: 1, of: 2)])
    let kinds = Set(SegmentRow.rows(of: [client], split: .future).map(\.kind))
    #expect(kinds == [.activityQuartile, .coldStart])
  }

  @Test func quartersAreEqualAndOrdered() {
    let rates = [5.0, 1, 3, 3, 9, 2, 7]
    let quartiles = activityQuartiles(rates.enumerated().map { ($0.offset, $0.element) })
    // In order: clients 1, 5, 2, 3, 0, 6, 4; place × 4 ÷ 7, rounded down.
    #expect(quartiles == [1: 1, 5: 1, 2: 2, 3: 2, 0: 3, 6: 3, 4: 4])
    #expect(activityQuartiles([]).isEmpty)
  }

  @Test func traitsCountUnlocksAndDays() {
    var history = ClientHistory()
    #expect(ClientTraits(archetype: nil, history: history).unlocksPerDay == 0)
    let hour: Int64 = 3600
    for (start, end) in [(0, 1), (10, 12), (30, 31), (47, 49)] as [(Int64, Int64)] {
      history.sessions.append(
        Session(start: start * hour, end: end * hour, opens: 0..<0, context: DeviceContext()))
    }
    // 49 hours begin a third day.
    let traits = ClientTraits(archetype: 1, history: history)
    #expect(traits.unlocks == 4 && traits.days == 3 && traits.archetype == 1)
    #expect(ClientTraits(archetype: Archetype.all.count, unlocks: 1, days: 1) == nil)
    #expect(ClientTraits(archetype: 0, unlocks: 1, days: 0) == nil)
  }
}
