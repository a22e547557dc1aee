import Privacy
import SecureAggregation

/// How one round turns updates, and the numbers beside them, into residues and back.
///
/// The same with and without masks, so a run in clear and a run behind secure aggregation give the
/// same model.
package struct UpdateEncoding: Sendable {
  private enum Form {
    /// Update, weight and numbers in fixed point.
    case exact(FixedPointEncoding)
    /// The update alone, to which the client adds noise.
    case noisy(NoisyEncoding)
  }

  private let form: Form
  private let configuration: Configuration
  private let round: Int
  /// The most that encoding adds to the norm of an update.
  package let roundingNorm: Double

  /// - Parameter cohortSize: the round's cohort, for which sums must not wrap.
  package init(
    _ configuration: Configuration, round: Int, cohortSize: Int, parameterCount: Int
  ) throws(SecureAggregationError) {
    self.configuration = configuration
    self.round = round
    var source = KeyedRandomSource(seed: configuration.seed, purpose: .rotation, round: round)
    let rotationSeed = source.bytes(AggregationParameters.hashLength)
    if let mechanism = try configuration.mechanism(parameterCount: parameterCount) {
      form = .noisy(
        NoisyEncoding(
          mechanism, updateLength: parameterCount,
          modulus: Modulus(bits: configuration.secureAggregation.encoding.modulusBits) ?? .bits64,
          rotationSeed: rotationSeed))
      // What rounding adds is in the sensitivity of the integers, not in the clipping bound.
      roundingNorm = 0
      return
    }
    let ranges = try Self.ranges(
      configuration, cohortSize: cohortSize, parameterCount: parameterCount,
      rotationSeed: configuration.secureAggregation.encoding.rotation ? rotationSeed : nil)
    form = .exact(ranges)
    roundingNorm = Self.roundingNorm(ranges, configuration)
  }

  /// Less than a step per coordinate from random rounding, and what the sum's own grid adds.
  ///
  /// That is half a step where clients round to it. Where the decoded sum is rounded to it before it
  /// gets its noise, two neighbouring sums may fall half a step apart on either side: a whole step,
  /// of which the margin that clipping keeps for single precision covers most or all. A rotation
  /// in single precision errs by at most 2^-24 of the norm per halving of the vector.
  static func roundingNorm(
    _ ranges: FixedPointEncoding, _ configuration: Configuration
  ) -> Double {
    let steps = Double(ranges.encodedUpdateLength).squareRoot() / ranges.updateScale
    let bound = configuration.privacy.initialClippingBound ?? 0
    let half = UpdateSum.roundingNorm(parameters: ranges.updateLength)
    let isOnGridOfSum =
      ranges.rotation == nil && ranges.updateScale <= Double(1 << UpdateSum.fractionBits)
    let second = isOnGridOfSum ? 0 : max(0, half - Clipping.spareMargin * bound)
    return steps + half + second
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
      fractionBits: encoding.fractionBits.value,
      rotationSeed: rotationSeed)
  }

  private static func clip(_ configuration: Configuration, parameterCount: Int) -> Double {
    let encoding = configuration.secureAggregation.encoding
    if let clip = encoding.clip.value { return clip }
    guard let norm = configuration.privacy.initialClippingBound else { return 1 }
    return encoding.rotation
      ? HadamardRotation.coordinateBound(norm: norm, count: parameterCount) : norm
  }

  package var vectorLength: Int {
    switch form {
    case .exact(let ranges): ranges.vectorLength
    case .noisy(let noisy): noisy.vectorLength
    }
  }

  package var modulus: Modulus {
    switch form {
    case .exact(let ranges): ranges.modulus
    case .noisy(let noisy): noisy.modulus
    }
  }

  /// What the coordinates mean, for the hash that a session is bound to.
  package var description: String {
    let ranges: FixedPointEncoding
    switch form {
    case .exact(let exact): ranges = exact
    case .noisy(let noisy): return noisy.description
    }
    let rotated = ranges.rotation == nil ? "plain" : "rotated"
    return "\(ranges.updateLength) \(rotated) coordinates of ±\(ranges.clip) in steps of "
      + "1/\(ranges.updateScale), weights up to \(ranges.maximumWeight), "
      + CohortNumbers.names.joined(separator: " ") + " in steps of \(ranges.metricScales)"
  }

  /// One client's vector; nil for an update that is not finite.
  ///
  /// Weight and numbers go along only where clients add no noise.
  package func encode(
    _ update: UnsafeBufferPointer<Float>, weight: Int, numbers: CohortNumbers, client: Int
  ) -> ResidueVector? {
    switch form {
    case .noisy(let noisy):
      var rounding = configuration.noiseStream(.clientRounding, round: round, client: client)
      var noise = configuration.noiseStream(.clientNoise, round: round, client: client)
      return noisy.encode(update, rounding: &rounding, noise: &noise)
    case .exact(let ranges):
      var source = configuration.keyedSource(.rounding, round: round, client: client)
      return try? ranges.encode(
        update, weight: weight, metrics: numbers.metrics, using: &source
      ).residues
    }
  }

  /// What the sum of the vectors of `participants` clients says.
  package func decode(
    _ sum: ResidueVector, participants: Int
  ) throws(SecureAggregationError) -> EncodedSum {
    switch form {
    case .noisy(let noisy): return try noisy.decode(sum, participants: participants)
    case .exact(let ranges):
      let decoded = try ranges.decode(sum, participants: participants)
      return EncodedSum(
        weightedUpdate: decoded.weightedUpdate, meanUpdate: decoded.meanUpdate,
        numbers: CohortNumbers(metrics: decoded.metrics), wrapped: nil)
    }
  }
}

/// What a round's clients said together.
package struct EncodedSum: Equatable, Sendable {
  /// Σ weight × update.
  package let weightedUpdate: [Double]
  /// Weighted mean; zero when nobody reported.
  package let meanUpdate: [Double]
  /// Nil where clients add noise: numbers without noise would tell on them.
  package let numbers: CohortNumbers?
  /// Coordinates that lay beyond the modulus; nil where none can.
  package let wrapped: Int?

  /// Σ weight × update in the steps of `UpdateSum`.
  package var steps: [Int64] {
    let scale = Double(1 << UpdateSum.fractionBits)
    return weightedUpdate.map { Int64(($0 * scale).rounded()) }
  }
}

extension Configuration {
  /// `distributedMechanism` where an encoding has to give the reason.
  fileprivate func mechanism(
    parameterCount: Int
  ) throws(SecureAggregationError) -> DistributedMechanism? {
    do {
      return try distributedMechanism(parameterCount: parameterCount)
    } catch {
      throw .infeasible("\(error)")
    }
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
