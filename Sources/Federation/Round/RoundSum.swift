/// What the updates of a round add up to, on its way through the server's stages.
package struct RoundSum: Equatable, Sendable {
  package enum Values: Equatable, Sendable {
    /// Σ weight × update, in steps of 2^-30.
    case steps([Int64])
    /// Σ weight × update.
    case real([Double])
  }

  package var values: Values
  /// Σ weight.
  package var weight: Int
  /// Clients whose update is in the sum.
  package var count: Int
  /// What the clients say together; nil where it is counted beside the sum, or where clients add noise:
  /// numbers without noise would tell on them.
  package var numbers: CohortNumbers?
  /// Coordinates that lay beyond the modulus; nil where none can.
  package var wrapped: Int?
  /// What the model moves along, once a stage has made it; nil where there is nothing.
  package var mean: [Double]?

  package init(
    _ values: Values, weight: Int, count: Int, numbers: CohortNumbers? = nil, wrapped: Int? = nil
  ) {
    self.values = values
    self.weight = weight
    self.count = count
    self.numbers = numbers
    self.wrapped = wrapped
  }

  /// Of a round whose sum was lost: noise goes on all the same.
  package static func lost(length: Int) -> RoundSum {
    RoundSum(.steps([Int64](repeating: 0, count: length)), weight: 0, count: 0)
  }

  /// Lends the sum in steps of 2^-30, rounded to them where it was not.
  package mutating func withSteps(_ body: (UnsafeMutableBufferPointer<Int64>) -> Void) {
    var steps = takeSteps()
    steps.withUnsafeMutableBufferPointer { body($0) }
    values = .steps(steps)
  }

  private mutating func takeSteps() -> [Int64] {
    let taken = values
    // One owner while it changes.
    values = .steps([])
    switch taken {
    case .steps(let steps): return steps
    case .real(let sums):
      let scale = Double(1 << UpdateSum.fractionBits)
      return sums.map { Int64(($0 * scale).rounded()) }
    }
  }
}
