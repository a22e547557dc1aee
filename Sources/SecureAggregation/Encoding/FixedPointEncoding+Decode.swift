/// What the sum of encoded vectors says.
package struct DecodedAggregate: Equatable, Sendable {
  /// Σ weight × update.
  package let weightedUpdate: [Double]
  /// Σ weight.
  package let weight: Int
  /// Σ of each metric.
  package let metrics: [Double]

  /// Weighted mean of the updates; zero when there is no weight.
  package var meanUpdate: [Double] {
    weight > 0 ? weightedUpdate.map { $0 / Double(weight) } : weightedUpdate.map { _ in 0 }
  }
}

extension FixedPointEncoding {
  /// Reads a sum of at most `cohortSize` encoded vectors.
  ///
  /// Throws when the sum cannot be one: more vectors than the ranges were sized for, or a
  /// coordinate larger than that many vectors can add up to.
  package func decode(
    _ sum: ResidueVector, participants: Int
  ) throws(SecureAggregationError) -> DecodedAggregate {
    precondition(sum.count == vectorLength && sum.modulus == modulus)
    guard participants <= cohortSize else {
      throw .unencodable(
        "a sum of \(participants) vectors where ranges were sized for \(cohortSize)")
    }
    let signed = signedResidues(of: sum)
    let updateLength = encodedUpdateLength
    try requireBounded(
      signed[..<updateLength], by: clip * Double(maximumWeight), updateScale, participants)
    let weight = signed[updateLength]
    guard weight >= 0, weight <= Int64(participants) * Int64(maximumWeight) else {
      throw .unencodable("a sum of weights of \(weight)")
    }
    var metrics: [Double] = []
    for (index, scale) in metricScales.enumerated() {
      let place = updateLength + 1 + index
      try requireBounded(signed[place...place], by: metricBounds[index], scale, participants)
      metrics.append(Double(signed[place]) / scale)
    }
    let inverseScale = 1 / updateScale
    let encoded = signed[..<updateLength].map { Double($0) * inverseScale }
    return DecodedAggregate(
      weightedUpdate: rotation?.invert(encoded, count: self.updateLength) ?? encoded,
      weight: Int(weight), metrics: metrics)
  }

  private func requireBounded(
    _ sums: ArraySlice<Int64>, by bound: Double, _ scale: Double, _ participants: Int
  ) throws(SecureAggregationError) {
    let largest = Int64((bound * scale).rounded(.up)) * Int64(participants)
    guard sums.allSatisfy({ $0 >= -largest && $0 <= largest }) else {
      throw .unencodable("a coordinate that \(participants) vectors cannot add up to")
    }
  }

  private func signedResidues(of vector: ResidueVector) -> [Int64] {
    switch vector {
    case .bits32(let words): words.map { Int64(Int32(bitPattern: $0)) }
    case .bits64(let words): words.map { Int64(bitPattern: $0) }
    }
  }
}
