import SecureAggregation

/// How one round turns updates, and the numbers beside them, into residues and back.
///
/// The same with and without masks, so a run in clear and a run behind secure aggregation give the
/// same model.
package struct UpdateEncoding: Sendable {
  private let ranges: FixedPointEncoding
  private let seed: UInt64
  private let round: Int
  /// The most that encoding adds to the norm of an update.
  package let roundingNorm: Double

  /// - Parameter cohortSize: the round's cohort, for which sums must not wrap.
  package init(
    _ configuration: Configuration, round: Int, cohortSize: Int, parameterCount: Int
  ) throws(SecureAggregationError) {
    seed = configuration.seed
    self.round = round
    var rotationSeed: [UInt8]?
    if configuration.secureAggregation.encoding.rotation {
      var source = KeyedRandomSource(seed: seed, purpose: .rotation, round: round)
      rotationSeed = source.bytes(AggregationParameters.hashLength)
    }
    ranges = try Self.ranges(
      configuration, cohortSize: cohortSize, parameterCount: parameterCount,
      rotationSeed: rotationSeed)
    roundingNorm = Self.roundingNorm(ranges, configuration)
  }

  /// Less than a step per coordinate from random rounding, and half a step of the sum's own grid.
  ///
  /// A rotation in single precision errs by at most 2^-24 of the norm per halving of the vector.
  static func roundingNorm(
    _ ranges: FixedPointEncoding, _ configuration: Configuration
  ) -> Double {
    let steps = Double(ranges.encodedUpdateLength).squareRoot() / ranges.updateScale
    let bound = configuration.privacy.initialClippingBound ?? 0
    return steps + UpdateSum.roundingNorm(parameters: ranges.updateLength)
      + (ranges.rotation == nil ? 0 : 0x1p-18 * bound)
  }

  static func ranges(
    _ configuration: Configuration, cohortSize: Int, parameterCount: Int,
    rotationSeed: [UInt8]? = nil
  ) throws(SecureAggregationError) -> FixedPointEncoding {
    let encoding = configuration.secureAggregation.encoding
    let examples = configuration.largestExampleCount
    return try FixedPointEncoding(
      updateLength: parameterCount, clip: clip(configuration, parameterCount: parameterCount),
      maximumWeight: configuration.training.weighting == .examples ? examples : 1,
      metricBounds: CohortNumbers.bounds(largestExampleCount: examples),
      cohortSize: max(1, cohortSize), modulus: Modulus(bits: encoding.modulusBits) ?? .bits64,
      fractionBits: encoding.fractionBits.value, rotationSeed: rotationSeed)
  }

  private static func clip(_ configuration: Configuration, parameterCount: Int) -> Double {
    let encoding = configuration.secureAggregation.encoding
    if let clip = encoding.clip.value { return clip }
    guard let norm = configuration.privacy.initialClippingBound else { return 1 }
    return encoding.rotation
      ? HadamardRotation.coordinateBound(norm: norm, count: parameterCount) : norm
  }

  package var vectorLength: Int { ranges.vectorLength }
  package var modulus: Modulus { ranges.modulus }

  /// What the coordinates mean, for the hash that a session is bound to.
  package var description: String {
    let rotated = ranges.rotation == nil ? "plain" : "rotated"
    return "\(ranges.updateLength) \(rotated) coordinates of ±\(ranges.clip) in steps of "
      + "1/\(ranges.updateScale), weights up to \(ranges.maximumWeight), "
      + CohortNumbers.names.joined(separator: " ") + " in steps of \(ranges.metricScales)"
  }

  /// One client's vector; nil for an update that is not finite.
  package func encode(
    _ update: UnsafeBufferPointer<Float>, weight: Int, numbers: CohortNumbers, client: Int
  ) -> ResidueVector? {
    var source = KeyedRandomSource(seed: seed, purpose: .rounding, round: round, client: client)
    return try? ranges.encode(
      update, weight: weight, metrics: numbers.metrics, using: &source
    ).residues
  }

  /// What the sum of the vectors of `participants` clients says.
  package func decode(
    _ sum: ResidueVector, participants: Int
  ) throws(SecureAggregationError) -> EncodedSum {
    let decoded = try ranges.decode(sum, participants: participants)
    return EncodedSum(
      weightedUpdate: decoded.weightedUpdate, meanUpdate: decoded.meanUpdate,
      numbers: CohortNumbers(metrics: decoded.metrics))
  }
}

/// What a round's clients said together.
package struct EncodedSum: Equatable, Sendable {
  /// Σ weight × update.
  package let weightedUpdate: [Double]
  /// Weighted mean; zero when nobody reported.
  package let meanUpdate: [Double]
  package let numbers: CohortNumbers

  /// Σ weight × update in the steps of `UpdateSum`.
  package var steps: [Int64] {
    let scale = Double(1 << UpdateSum.fractionBits)
    return weightedUpdate.map { Int64(($0 * scale).rounded()) }
  }
}

extension Modulus {
  package init?(bits: Int) {
    switch bits {
    case 32: self = .bits32
    case 64: self = .bits64
    default: return nil
    }
  }
}

extension ResidueVector {
  /// The vector as an exact sum of one; sums stay below R ÷ 2, so nothing is lost.
  package var exactSum: UpdateSum {
    UpdateSum(values: (0..<count).map(signed(at:)), weight: 1, count: 1)
  }

  package init(_ sum: UpdateSum, modulus: Modulus) {
    switch modulus {
    case .bits32: self = .bits32(sum.values.map { UInt32(truncatingIfNeeded: $0) })
    case .bits64: self = .bits64(sum.values.map { UInt64(bitPattern: $0) })
    }
  }
}
