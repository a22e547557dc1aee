import Privacy
import SecureAggregation

/// How one client's update becomes residues with noise, and a sum of them a noisy sum again.
///
/// Rotate, clip, round without growing, add integer noise; the weight and the numbers beside the
/// update follow in fixed point and without noise.
struct NoisyEncoding: Sendable {
  let mechanism: DistributedMechanism
  private let noise: IntegerNoise
  private let rotation: HadamardRotation
  private let numbers: FixedPointEncoding
  private let updateLength: Int

  /// - Parameters:
  ///   - numbers: an encoding of the weight and the metrics alone.
  ///   - rotationSeed: 32 public bytes of this round.
  init(
    _ mechanism: DistributedMechanism, updateLength: Int, numbers: FixedPointEncoding,
    rotationSeed: [UInt8]
  ) {
    precondition(numbers.updateLength == 0)
    self.mechanism = mechanism
    self.updateLength = updateLength
    self.numbers = numbers
    noise = IntegerNoise(mechanism)
    rotation = HadamardRotation(count: updateLength, seed: rotationSeed)
    precondition(mechanism.dimension == rotation.length)
  }

  var vectorLength: Int { rotation.length + numbers.vectorLength }
  var modulus: Modulus { numbers.modulus }

  var description: String {
    "\(updateLength) rotated coordinates in steps of \(mechanism.rounding.grid) with "
      + "\(mechanism.noise.rawValue) noise of \(mechanism.localDeviation) steps modulo "
      + "2^\(mechanism.bits), " + CohortNumbers.names.joined(separator: " ")
      + " in steps of \(numbers.metricScales)"
  }

  /// One client's vector; nil for an update that is not finite.
  func encode(
    _ update: UnsafeBufferPointer<Float>, weight: Int, numbers metrics: CohortNumbers,
    rounding: inout NoiseStream, noise stream: inout NoiseStream
  ) -> ResidueVector? {
    var rotated = rotation.rotate(update)
    var steps = [Int32](repeating: 0, count: rotated.count)
    // The rotation in single precision may have made the vector a little longer.
    let clipping = rotated.withUnsafeMutableBufferPointer {
      Clipping.clip($0, to: mechanism.rounding.clippingBound)
    }
    guard clipping.isFinite else { return nil }
    rotated.withUnsafeBufferPointer { rotated in
      steps.withUnsafeMutableBufferPointer {
        _ = mechanism.rounding.round(rotated, into: $0, using: &rounding)
      }
    }
    var noisy = steps.map(Int64.init)
    noisy.withUnsafeMutableBufferPointer { noise.add(to: $0, using: &stream) }
    return noisy.residues(modulus, followedBy: tail(weight: weight, metrics))
  }

  /// The numbers are whole or finely resolved: rounding them at random would gain nothing.
  private func tail(weight: Int, _ metrics: CohortNumbers) -> ResidueVector {
    var unused = KeyedRandomSource(seed: 0, purpose: .rounding)
    let vector = UnsafeBufferPointer<Float>(start: nil, count: 0)
    guard
      let encoded = try? numbers.encode(
        vector, weight: weight, metrics: metrics.metrics, using: &unused)
    else { preconditionFailure("finite numbers within their bounds can be encoded") }
    return encoded.residues
  }

  /// The sum of the updates with all of their noise.
  func decode(
    _ sum: ResidueVector, participants: Int
  ) throws(SecureAggregationError) -> EncodedSum {
    precondition(sum.count == vectorLength && sum.modulus == modulus)
    var values = [Double](repeating: 0, count: rotation.length)
    let wrapped = mechanism.decode((0..<rotation.length).map(sum.signed(at:)), into: &values)
    var tail = ResidueVector(zeros: 0, modulus: modulus)
    for index in rotation.length..<sum.count {
      tail.append(UInt64(bitPattern: sum.signed(at: index)))
    }
    let numbers = try numbers.decode(tail, participants: participants)
    let update = rotation.invert(values, count: updateLength)
    let scale = numbers.weight > 0 ? 1 / Double(numbers.weight) : 0
    return EncodedSum(
      weightedUpdate: update, meanUpdate: update.map { $0 * scale },
      numbers: CohortNumbers(metrics: numbers.metrics), wrapped: wrapped)
  }
}

extension [Int64] {
  /// These numbers modulo R, and the residues of `tail` after them.
  fileprivate func residues(_ modulus: Modulus, followedBy tail: ResidueVector) -> ResidueVector {
    switch (modulus, tail) {
    case (.bits32, .bits32(let words)):
      .bits32(map { UInt32(truncatingIfNeeded: $0) } + words)
    case (.bits64, .bits64(let words)): .bits64(map { UInt64(bitPattern: $0) } + words)
    default: preconditionFailure("residues of two moduli do not mix")
    }
  }
}
