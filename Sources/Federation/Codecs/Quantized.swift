import LinearAlgebra
import Privacy
import SecureAggregation

/// Update, weight and numbers in fixed point modulo 2^32 or 2^64: the same with and without masks, so a
/// run in the clear and one behind secure aggregation give the same model.
package struct Quantized: UpdateCodec {
  let ranges: FixedPointEncoding
  private let configuration: Configuration
  private let round: Int
  package let normGrowth: Double

  /// - Parameter bound: the round's clipping bound.
  init(
    _ configuration: Configuration, round: Int, cohortSize: Int, length: Int, bound: Double?,
    rotationSeed: [UInt8]?
  ) throws(SecureAggregationError) {
    ranges = try Self.ranges(
      configuration, cohortSize: cohortSize, length: length, bound: bound,
      rotationSeed: rotationSeed)
    normGrowth = Self.normGrowth(ranges, bound: bound)
    self.configuration = configuration
    self.round = round
  }

  /// Less than a step per coordinate from random rounding, and what the sum's own grid adds.
  ///
  /// That is half a step where clients round to it. Where the decoded sum is rounded to it before it
  /// gets its noise, two neighbouring sums may fall half a step apart on either side: a whole step,
  /// of which the margin that clipping keeps for single precision covers most or all. A rotation
  /// in single precision errs by at most 2^-24 of the norm per halving of the vector.
  static func normGrowth(_ ranges: FixedPointEncoding, bound: Double?) -> Double {
    let steps = Double(ranges.encodedUpdateLength).squareRoot() / ranges.updateScale
    let bound = bound ?? 0
    let half = UpdateSum.roundingNorm(parameters: ranges.updateLength)
    let isOnGridOfSum =
      ranges.rotation == nil && ranges.updateScale <= Double(1 << UpdateSum.fractionBits)
    let second = isOnGridOfSum ? 0 : max(0, half - Clipping.spareMargin * bound)
    return steps + half + second
      + (ranges.rotation == nil ? 0 : 0x1p-18 * bound)
  }

  static func ranges(
    _ configuration: Configuration, cohortSize: Int, length: Int, bound: Double?,
    rotationSeed: [UInt8]? = nil
  ) throws(SecureAggregationError) -> FixedPointEncoding {
    let encoding = configuration.secureAggregation.encoding
    let examples = configuration.largestExampleCount
    return try FixedPointEncoding(
      updateLength: length, clip: clip(encoding, length: length, bound: bound),
      maximumWeight: configuration.training.weighting == .examples ? examples : 1,
      metricBounds: CohortNumbers.bounds(largestExampleCount: examples),
      cohortSize: max(1, cohortSize), modulus: Modulus(bits: encoding.modulusBits) ?? .bits64,
      fractionBits: encoding.fractionBits.value,
      rotationSeed: rotationSeed)
  }

  static func clip(
    _ encoding: EncodingConfiguration, length: Int, bound: Double?
  ) -> Double {
    if let clip = encoding.clip.value { return clip }
    guard let bound else { return 1 }
    return encoding.rotation
      ? HadamardRotation.coordinateBound(norm: bound, count: length) : bound
  }

  package var length: Int { ranges.vectorLength }
  package var modulus: Modulus? { ranges.modulus }
  package var hidesClients: Bool { true }

  package var description: String {
    let rotated = ranges.rotation == nil ? "plain" : "rotated"
    return "\(ranges.updateLength) \(rotated) coordinates of ±\(ranges.clip) in steps of "
      + "1/\(ranges.updateScale), weights up to \(ranges.maximumWeight), "
      + CohortNumbers.names.joined(separator: " ") + " in steps of \(ranges.metricScales)"
  }

  package func encode(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool {
    var source = configuration.keyedSource(.rounding, round: round, client: client)
    let encoded = try? ranges.encode(
      update, weight: note.fate == .reported ? note.weight : 0,
      metrics: CohortNumbers(note).metrics, using: &source)
    guard let encoded else { return false }
    sum.add(encoded.residues)
    return true
  }

  package func cuts(_ update: UnsafeBufferPointer<Float>, _ note: ClientNote) -> Bool {
    // No coordinate of a short update is long, before a rotation or after it.
    guard note.fate == .reported, note.largestNorm > ranges.clip else { return false }
    // What lies at the clip is not cut.
    let clip = Float(ranges.clip).nextUp
    guard let rotation = ranges.rotation else { return !Elementwise.isWithin(clip, update) }
    return !rotation.rotate(update).withUnsafeBufferPointer { Elementwise.isWithin(clip, $0) }
  }

  /// Coordinates as long as half of what a whole cohort may add up to, so that one such client among honest
  /// ones cannot be seen; half the modulus for what is no number.
  ///
  /// Each bounds itself as if it were alone: it does not know who else was drawn. Three or more that push
  /// one way may add up to what cannot be, and the round is abandoned.
  package func force(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool {
    let zeros = [Float](repeating: 0, count: update.count)
    var own = UpdateSum(parameters: length)
    guard
      zeros.withUnsafeBufferPointer({ encode($0, note, client: client, into: &own) })
    else { return false }
    let limit = ranges.clip * Double(ranges.maximumWeight) * Double(ranges.cohortSize) / 2
    let coordinates = ranges.rotation?.rotate(update) ?? Array(update)
    var values = own.values
    for (index, coordinate) in coordinates.enumerated() {
      let value = Double(coordinate) * Double(note.weight)
      values[index] =
        value.isNaN
        ? 1 << Int64(ranges.modulus.rawValue - 1)
        : Int64((max(-limit, min(limit, value)) * ranges.updateScale).rounded())
    }
    sum.add(ResidueVector(UpdateSum(values: values, weight: 1, count: 1), modulus: ranges.modulus))
    return true
  }

  package func decode(
    _ sum: UpdateSum, participants: Int
  ) throws(SecureAggregationError) -> RoundSum {
    let decoded = try ranges.decode(
      ResidueVector(sum, modulus: ranges.modulus), participants: participants)
    let numbers = CohortNumbers(metrics: decoded.metrics)
    return RoundSum(
      .real(decoded.weightedUpdate), weight: decoded.weight, count: Int(numbers.reported),
      numbers: numbers)
  }
}
