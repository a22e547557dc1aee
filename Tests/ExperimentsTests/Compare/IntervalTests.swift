import Experiments
import Foundation
import RunResults
import Statistics
import Testing

/// Intervals against those of SciPy and statsmodels: Vectors/statistics.py writes statistics.json.
struct IntervalTests {
  struct Vectors: Decodable {
    struct Clients: Decodable {
      var weights: [Double]
      var left: [Double]
      var right: [Double]
      var pooled: [Double]
      var difference: [Double]
    }

    /// Degrees of freedom, level, bound.
    var bounds: [[Double]]
    /// a, b, x, I_x(a, b).
    var beta: [[Double]]
    /// Values, then their interval.
    var means: [[[Double]]]
    /// Left, right, interval of left − right.
    var paired: [[[Double]]]
    var welch: [[[Double]]]
    var clients: [Clients]
  }

  static func vectors() throws -> Vectors {
    try JSONDecoder().decode(Vectors.self, from: vectorFile("statistics.json"))
  }

  static func expect(
    _ found: Interval?, _ interval: [Double], within tolerance: Double = 1e-12,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let low = try #require(found?.low, sourceLocation: location)
    let high = try #require(found?.high, sourceLocation: location)
    #expect(abs(low - interval[0]) <= tolerance, sourceLocation: location)
    #expect(abs(high - interval[1]) <= tolerance, sourceLocation: location)
  }

  @Test func studentsTIsSciPys() throws {
    for vector in try Self.vectors().bounds {
      let bound = StudentT.bound(level: vector[1], degrees: vector[0])
      #expect(abs(bound / vector[2] - 1) < 1e-9, "\(vector)")
    }
    for vector in try Self.vectors().beta {
      let value = StudentT.incompleteBeta(vector[2], vector[0], vector[1])
      #expect(abs(value / vector[3] - 1) < 1e-12, "\(vector)")
    }
  }

  @Test func intervalsOverSeedsAreSciPys() throws {
    let vectors = try Self.vectors()
    for vector in vectors.means {
      try Self.expect(Interval(of: vector[0]), vector[1])
    }
    for vector in vectors.paired {
      try Self.expect(Interval(of: zip(vector[0], vector[1]).map { $0 - $1 }), vector[2])
    }
    for vector in vectors.welch {
      try Self.expect(Interval(difference: vector[0], minus: vector[1]), vector[2])
    }
  }

  @Test func intervalsOverClientsAreThoseOfStatsmodels() throws {
    for vector in try Self.vectors().clients {
      let clients = Array(vector.weights.indices)
      let left = ClientValues(clients: clients, values: vector.left, weights: vector.weights)
      let right = ClientValues(clients: clients, values: vector.right, weights: vector.weights)
      try Self.expect(left.interval, vector.pooled)
      try Self.expect(left.difference(minus: right), vector.difference)
      #expect(left.difference(minus: left) == Interval(mean: 0, margin: 0))
    }
  }

  /// Two clients with other weights in each run: what each adds to the difference, by hand.
  @Test func pairsMayWeighDifferently() throws {
    let left = ClientValues(clients: [4, 9], values: [0.5, 1], weights: [2, 2])
    let right = ClientValues(clients: [4, 9], values: [0, 1], weights: [3, 1])
    let difference = try #require(left.difference(minus: right))
    // Means 3/4 and 1/4; influences (2 × −1/4)/4 − (3 × −1/4)/4 = 1/16, and −1/16.
    #expect(difference.mean == 0.5)
    // √(2 × 2/256) with one degree of freedom: × 12.706204736.
    #expect(abs(try #require(difference.margin) - 12.706204736 / 8) < 1e-8)
  }

  /// One value has no spread: whatever it is, no difference may be claimed.
  @Test func oneValueHasNoInterval() throws {
    for interval in [
      try #require(Interval(of: [0.4])),
      try #require(Interval(weightedMeanOf: [0.4], weights: [7])),
    ] {
      #expect(interval.mean == 0.4 && interval.low == nil && interval.high == nil)
      let estimate = Estimate(interval, .seeds)
      #expect(estimate.includesZero && estimate.method == .none)
    }
    #expect(Interval(of: []) == nil)
    #expect(Interval(weightedMeanOf: [], weights: []) == nil)
    #expect(Interval(weightedMeanOf: [0.4], weights: [0]) == nil)
  }

  @Test func anIntervalThatEndsAtZeroIncludesIt() {
    #expect(Estimate(value: 0.5, margin: 0.5, method: .clients).includesZero)
    #expect(!Estimate(value: 0.5, margin: 0.4375, method: .clients).includesZero)
    #expect(!Estimate(value: -0.5, margin: 0.4375, method: .clients).includesZero)
  }
}
