import Privacy

/// Divides the sum: by the weight of those who reported, or by the public size of a cohort.
package struct Average: UpdateTransform {
  package enum Denominator: Equatable, Sendable {
    case reported
    /// What was aimed at: who really came would tell on those who did.
    case expected(Int)
  }

  package var denominator: Denominator

  package init(_ denominator: Denominator) { self.denominator = denominator }

  package func onServer(
    _ aggregate: inout RoundSum, _ privacy: inout PrivacyState?, round: Int
  ) throws(PrivacyError) {
    switch denominator {
    case .expected(let size):
      let scale = 1 / (Double(1 << UpdateSum.fractionBits) * Double(size))
      var mean: [Double] = []
      aggregate.withSteps { mean = Self.scaled(UnsafeBufferPointer($0), by: scale) }
      aggregate.mean = mean
    case .reported:
      guard aggregate.count > 0 else { return }
      let weight = Double(aggregate.weight)
      switch aggregate.values {
      case .real(let sums):
        aggregate.mean = weight > 0 ? sums.map { $0 / weight } : sums.map { _ in 0 }
      case .steps(let steps):
        let scale = weight > 0 ? 1 / (Double(1 << UpdateSum.fractionBits) * weight) : 0
        aggregate.mean = steps.withUnsafeBufferPointer { Self.scaled($0, by: scale) }
      }
    }
  }

  /// Workers wait for this: `map` takes twice as long.
  private static func scaled(_ steps: UnsafeBufferPointer<Int64>, by scale: Double) -> [Double] {
    [Double](unsafeUninitializedCapacity: steps.count) { means, count in
      for index in steps.indices { means[index] = Double(steps[index]) * scale }
      count = steps.count
    }
  }
}
