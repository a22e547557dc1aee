import Experiments
import Foundation
import Statistics
import Testing

/// Intervals against SciPy's: Vectors/statistics.py writes statistics.json.
struct StatisticsTests {
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
    _ estimate: Estimate, _ interval: [Double], within tolerance: Double,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let low = try #require(estimate.low, sourceLocation: location)
    let high = try #require(estimate.high, sourceLocation: location)
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
      try Self.expect(.mean(vector[0]), vector[1], within: 1e-12)
      #expect(Estimate.mean(vector[0]).method == .seeds)
    }
    for vector in vectors.paired {
      try Self.expect(
        .mean(zip(vector[0], vector[1]).map { $0 - $1 }), vector[2], within: 1e-12)
    }
    for vector in vectors.welch {
      try Self.expect(.difference(vector[0], minus: vector[1]), vector[2], within: 1e-12)
    }
  }

  /// 2 000 of our draws against 20 000 of SciPy's: the ends agree to a tenth of the width.
  @Test func bootstrapIntervalsAreSciPys() throws {
    for vector in try Self.vectors().clients {
      let clients = Array(vector.weights.indices)
      let left = ClientValues(clients: clients, values: vector.left, weights: vector.weights)
      let right = ClientValues(clients: clients, values: vector.right, weights: vector.weights)
      let pooled = left.estimate()
      try Self.expect(
        pooled, vector.pooled, within: 0.1 * (vector.pooled[1] - vector.pooled[0]))
      let total = vector.weights.reduce(0, +)
      let value = zip(vector.left, vector.weights).reduce(0) { $0 + $1.0 * $1.1 } / total
      #expect(abs(pooled.value - value) < 1e-12)
      let difference = left.difference(minus: right)
      try Self.expect(
        difference, vector.difference,
        within: 0.1 * (vector.difference[1] - vector.difference[0]))
      #expect(left.estimate() == pooled, "the draws are keyed")
      #expect(left.difference(minus: left).includesZero)
    }
  }

  /// One value has no spread: whatever it is, no difference may be claimed.
  @Test func oneValueHasNoInterval() {
    let estimate = Estimate.mean([0.4])
    #expect(estimate.low == nil && estimate.high == nil && estimate.includesZero)
    #expect(estimate.method == .none)
  }
}
