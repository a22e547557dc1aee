import Federation
import Testing

struct ClientFaultsTests {
  static func configuration(_ change: (inout FaultConfiguration) -> Void) -> Configuration {
    var configuration = Configuration()
    change(&configuration.faults)
    return configuration
  }

  static func points(_ configuration: Configuration) -> [VanishingPoint?] {
    (0..<4_000).map { configuration.vanishingPoint(of: $0, round: 3) }
  }

  @Test func nobodyVanishesWithoutFaults() {
    #expect(Self.points(Configuration()).allSatisfy { $0 == nil })
  }

  /// Each rate alone hits its own moment, as often as it says: five deviations of a binomial.
  @Test func everyRateHasItsMoment() {
    let rates: [(VanishingPoint, WritableKeyPath<FaultConfiguration, Double>)] = [
      (.beforeKeys, \.beforeKeysRate), (.afterShares, \.afterSharesRate),
      (.beforeUpload, \.dropoutRate), (.afterUpload, \.afterUploadRate),
      (.beforeUnmask, \.beforeUnmaskRate),
    ]
    for (point, rate) in rates {
      let points = Self.points(Self.configuration { $0[keyPath: rate] = 0.25 })
      let hits = points.count { $0 == point }
      #expect(abs(hits - 1_000) < 5 * 28, "\(point)")
      #expect(points.count { $0 == nil } == 4_000 - hits)
    }
  }

  /// Whom dropout_rate hits does not depend on the other rates; the earliest moment wins.
  @Test func theEarliestMomentCounts() {
    let alone = Self.points(Self.configuration { $0.dropoutRate = 0.3 })
    let both = Self.points(
      Self.configuration {
        $0.dropoutRate = 0.3
        $0.beforeKeysRate = 0.5
        $0.afterUploadRate = 0.5
      })
    for (first, second) in zip(alone, both) where first == .beforeUpload {
      #expect(second == .beforeUpload || second == .beforeKeys)
    }
    for (first, second) in zip(alone, both) where second == .beforeUpload {
      #expect(first == .beforeUpload)
    }
  }
}
