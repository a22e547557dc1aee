import Federation
import LinearAlgebra
import SecureAggregation
import TestSupport
import Testing

/// The geometric median as several sums behind secure aggregation, by the codecs of a run.
struct RepeatedSumTests {
  static func configuration(
    _ bits: Int, cohort: Int, _ rule: GeometricMedian = GeometricMedian()
  ) -> Configuration {
    var configuration = Configuration()
    configuration.aggregator = AggregatorConfiguration(rule)
    configuration.training.cohortSize = cohort
    configuration.secureAggregation.protocol = .secaggPlus
    configuration.secureAggregation.encoding.modulusBits = bits
    configuration.secureAggregation.encoding.clip = Setting(16)
    return configuration
  }

  static func codec(
    _ configuration: Configuration, length: Int, step: Int, _ point: [Double]
  ) throws -> any UpdateCodec {
    var told = RoundParameters(configuration)
    told.session = .init(
      identifier: [], cohort: [], step: step, point: step > 0 ? point.map { Float($0) } : [])
    return try configuration.codec(
      round: 2, cohortSize: configuration.training.cohortSize, length: length, told)
  }

  /// One sum of these updates; nil is of a client that has nothing to report.
  static func sum(
    _ configuration: Configuration, _ updates: [[Float]?], step: Int, _ point: [Double],
    hostile: Set<Int> = []
  ) throws -> RoundSum {
    let length = try #require(updates.lazy.compactMap(\.self).first?.count ?? point.count)
    let codec = try codec(configuration, length: length, step: step, point)
    var sum = UpdateSum(parameters: codec.length)
    for (client, update) in updates.enumerated() {
      let note = ClientNote(update == nil ? .idle : .reported)
      let sent = update ?? [Float](repeating: 0, count: length)
      let isAdded = sent.withUnsafeBufferPointer {
        hostile.contains(client)
          ? codec.force($0, note, client: client, into: &sum)
          : codec.encode($0, note, client: client, into: &sum)
      }
      #expect(isAdded)
    }
    // What a server gets is modulo a power of two.
    let residues = ResidueVector(sum, modulus: try #require(codec.modulus))
    return try codec.decode(residues.exactSum, participants: updates.count)
  }

  static func point(_ sum: RoundSum) throws -> [Double] {
    guard case .real(let values) = sum.values else { throw Unexpected() }
    return values.map { $0 / Double(sum.weight) }
  }

  private struct Unexpected: Error {}

  /// All sums of a round.
  static func round(_ configuration: Configuration, _ updates: [[Float]]) throws -> [Double] {
    let rule = try #require(configuration.repeatedSums)
    return try (0...rule.steps).reduce(into: [Double]()) { current, step in
      current = try point(sum(configuration, updates, step: step, current))
    }
  }

  @Test(arguments: [32, 64]) func theRuleIsAsPublished(bits: Int) throws {
    try AggregatorTests.close(
      Self.round(Self.configuration(bits, cohort: 7), AggregatorTests.updates()),
      "geometric_median", sourceLocation: #_sourceLocation)
  }

  /// In a large cohort a step of 2^-21 is the coarsest there is; it counts times the distances, here about 1.
  @Test(arguments: [(32, 40, 1e-6), (64, 40, 1e-6), (32, 1_000, 1e-5), (64, 1_000, 1e-6)])
  func itAgreesWithTheRuleInTheClear(bits: Int, clients: Int, within: Double) throws {
    var stream = RandomStream(key: (74, 0), counter: (0, 0, 0))
    let updates = (0..<clients).map { client in
      (0..<33).map { _ in
        // Every fifth is hostile.
        Float((client.isMultiple(of: 5) ? -2.5 : 0.25) * (0.4 + stream.uniform()))
      }
    }
    for smoothing in [1e-5, 0.5] {
      var rule = GeometricMedian()
      (rule.iterations, rule.smoothing) = (6, smoothing)
      var memory = AggregatorMemory(centre: [Double](repeating: 0, count: 33))
      let clear = rule.aggregate(ReceivedUpdates(updates), &memory).values
      let found = try Self.round(Self.configuration(bits, cohort: clients, rule), updates)
      for (one, other) in zip(found, clear) { #expect(abs(one - other) < within) }
      #expect(clear.allSatisfy { $0 > 0.1 }, "hostile clients have moved it")
    }
  }

  /// Alone, a client is where the next point is, however near or far it is.
  @Test(arguments: [32, 64]) func aFarClientKeepsItsWeight(bits: Int) throws {
    let configuration = Self.configuration(bits, cohort: 100)
    for place in [1e-6, 1e-5, 1e-3, 1, 300, 1e6, 1e15] {
      for side in [1.0, -1] {
        let next = try Self.point(
          Self.sum(configuration, [[Float(side * place), 0]], step: 1, [0, 0]))
        // 2^-24 is the finest step modulo 2^32.
        #expect(abs(next[0] - side * place) < 2e-6 * max(1e-5, place), "\(place): \(next)")
        #expect(abs(next[1]) < 2e-7 * max(1e-5, place))
      }
    }
    // Beyond 2^96 ν it passes for nearer.
    let next = try Self.point(Self.sum(configuration, [[1e30, 0]], step: 1, [0, 0]))
    #expect(next[0] > 1e20 && next[0] < 1e30)
  }

  /// Twice as near is twice the weight: of clients at 1 and −2 the next point is (1 − 1) ÷ (1 + ½).
  @Test func nearClientsCountForMore() throws {
    let configuration = Self.configuration(32, cohort: 40)
    let balanced = try Self.point(Self.sum(configuration, [[1], [-2]], step: 2, [0]))
    #expect(abs(balanced[0]) < 1e-6)
    // (1 + 1 − 1) ÷ (1 + ¼ + ⅛).
    let three = try Self.point(Self.sum(configuration, [[1], [4], [-8]], step: 2, [0]))
    #expect(abs(three[0] - 8.0 / 11) < 1e-6)
  }

  /// All weights and coordinates are as large as they can be, on one side.
  @Test(arguments: [(32, 1_000), (64, 1_000), (32, 40), (64, 7)])
  func theSumOfACohortDoesNotWrap(bits: Int, clients: Int) throws {
    let nu = Float(1e-5)
    for side in [nu, -nu] {
      let updates = [[Float]](repeating: [side], count: clients)
      let next = try Self.point(
        Self.sum(Self.configuration(bits, cohort: clients), updates, step: 1, [0]))
      #expect(abs(next[0] / Double(side) - 1) < 1e-5)
    }
  }

  @Test func whoHasNothingToReportDoesNotCount() throws {
    let configuration = Self.configuration(32, cohort: 40)
    let sum = try Self.sum(configuration, [nil, [3, 1], nil], step: 1, [0, 1])
    #expect(sum.count == 1)
    let next = try Self.point(sum)
    #expect(abs(next[0] - 3) < 1e-5 && abs(next[1] - 1) < 1e-5)
    let nobody = try Self.sum(configuration, [nil, nil], step: 1, [0.25, -4])
    #expect(nobody.count == 0)
    #expect(try Self.point(nobody) == [0.25, -4])
  }

  /// Two of ten pass for nearer than they are: at −10, as if at 4, where their part of half of what ten
  /// clients add up to is 2.5.
  ///
  /// (8 − 2 × 2.5) ÷ (8 + 2 ÷ 4) in place of (8 − 2) ÷ (8 + 2 ÷ 10).
  @Test func hostileClientsPassForNearer() throws {
    var configuration = Self.configuration(32, cohort: 10)
    configuration.attack = AttackConfiguration(SignFlip())
    configuration.attack.shared.share = 0.2
    let updates = [[Float]](repeating: [1], count: 8) + [[-10], [-10]]
    let honest = try Self.point(Self.sum(configuration, updates, step: 1, [0]))
    #expect(abs(honest[0] - 6 / 8.2) < 1e-6)
    let forced = try Self.point(Self.sum(configuration, updates, step: 1, [0], hostile: [8, 9]))
    #expect(abs(forced[0] - 3 / 8.5) < 1e-6)
    // Whatever it makes up, it is a vector; what no sum can be is refused.
    for coordinate in [Float.greatestFiniteMagnitude, -1e30, 0, 1e-30] {
      _ = try? Self.sum(configuration, [[coordinate]], step: 1, [0], hostile: [0])
    }
    for coordinate in [Float.nan, .infinity, -.infinity] {
      #expect(throws: SecureAggregationError.self) {
        try Self.sum(configuration, [[coordinate]], step: 1, [0], hostile: [0])
      }
    }
  }

  /// A report is the same in all sums, also if the client trains again for a later one.
  @Test func clippingLeavesTheSameRoomInAllSums() throws {
    var configuration = Self.configuration(32, cohort: 40)
    configuration.privacy.clippingBound = Setting(0.5)
    let codecs = try (0...2).map {
      try Self.codec(configuration, length: 5, step: $0, [Double](repeating: 0, count: 5))
    }
    #expect(codecs.allSatisfy { $0.normGrowth == codecs[0].normGrowth })
    #expect(Set(codecs.map(\.description)).count == 3)
  }

  /// Every sum draws anew who vanishes from it.
  @Test func clientsVanishFromEverySumByThemselves() {
    var configuration = Configuration()
    configuration.faults.dropoutRate = 0.25
    let lost = (0...2).map { step in
      (0..<2_000).map {
        configuration.vanishingPoint(of: $0, round: 3, step: step) == .beforeUpload
      }
    }
    // Five deviations of a binomial: 19 and 11.
    for one in lost { #expect(abs(one.count { $0 } - 500) < 5 * 19) }
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
      let both = zip(lost[first], lost[second]).count { $0 && $1 }
      #expect(abs(both - 125) < 5 * 11)
    }
    #expect(
      (0..<2_000).map { configuration.vanishingPoint(of: $0, round: 3) == .beforeUpload }
        == lost[0])
  }
}
