import LinearAlgebra
import SecureAggregation

/// The exact sum of client updates in fixed point: order and grouping cannot change a bit.
///
/// A coordinate is rounded to a multiple of 2^-30 and bounded by ±128, so that `weight` × value
/// sums of a whole cohort fit 64 bits as long as clients × weight stays below 2^26.
package struct UpdateSum: Equatable, Sendable {
  package static let fractionBits = 30
  package static let largestCoordinate: Float = 128
  /// Largest sum of weights that cannot overflow: 2^63 ÷ (128 × 2^30).
  package static let largestWeight = 1 << 26

  /// The most that rounding adds to the norm of an update: half a step per coordinate.
  package static func roundingNorm(parameters: Int) -> Double {
    0.5 / Double(1 << fractionBits) * Double(parameters).squareRoot()
  }

  package private(set) var values: [Int64]
  package private(set) var weight = 0
  package private(set) var count = 0

  package init(parameters: Int) {
    values = [Int64](repeating: 0, count: parameters)
  }

  /// An empty sum, in the memory of another where it has the same length.
  package init(reusing other: consuming UpdateSum, parameters: Int) {
    self = other
    if values.count == parameters { reset() } else { self.init(parameters: parameters) }
  }

  package init(values: [Int64], weight: Int, count: Int) {
    self.values = values
    self.weight = weight
    self.count = count
  }

  /// Adds one client's update, or returns false and adds nothing when a coordinate is not finite
  /// or lies beyond the bound.
  ///
  /// - Parameter norm: what the Euclidean norm of the update does not exceed: in a short one no
  ///   coordinate is long.
  package mutating func add(
    _ update: UnsafeBufferPointer<Float>, norm: Double = .infinity, weight: Int
  ) -> Bool {
    precondition(update.count == values.count)
    guard
      norm < Double(Self.largestCoordinate) || Elementwise.isWithin(Self.largestCoordinate, update)
    else { return false }
    values.withUnsafeMutableBufferPointer { values in
      guard let sums = values.baseAddress else { return }
      Elementwise.addFixedPoint(
        update, scale: Double(1 << Self.fractionBits), weight: Int64(weight), to: sums)
    }
    self.weight += weight
    count += 1
    return true
  }

  package mutating func add(_ other: UpdateSum) {
    precondition(other.values.count == values.count)
    for index in values.indices { values[index] &+= other.values[index] }
    weight += other.weight
    count += other.count
  }

  /// Adds one client's vector, whose weight is within it.
  package mutating func add(_ vector: ResidueVector) {
    precondition(vector.count == values.count)
    switch vector {
    case .bits32(let words):
      for index in values.indices { values[index] &+= Int64(Int32(bitPattern: words[index])) }
    case .bits64(let words):
      for index in values.indices { values[index] &+= Int64(bitPattern: words[index]) }
    }
    weight += 1
    count += 1
  }

  /// The sum of one client's update, of weight 1, as that update: multiples of 2^-30 below 128 that
  /// come from single precision are exact in it.
  package var update: [Float] {
    let step = 1 / Double(1 << Self.fractionBits)
    return [Float](unsafeUninitializedCapacity: values.count) { update, count in
      for index in values.indices { update[index] = Float(Double(values[index]) * step) }
      count = values.count
    }
  }

  package mutating func reset() {
    for index in values.indices { values[index] = 0 }
    weight = 0
    count = 0
  }
}
