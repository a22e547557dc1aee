import Privacy
import SecureAggregation

/// How one client's update becomes residues with noise, and a sum of them a noisy sum again.
///
/// Rotate, clip, round without growing, add integer noise. Nothing else is in the vector: whatever
/// travelled beside the update would reach the server without noise.
struct NoisyEncoding: Sendable {
  let mechanism: DistributedMechanism
  let modulus: Modulus
  private let noise: IntegerNoise
  private let rotation: HadamardRotation
  private let updateLength: Int

  /// Beyond this no sum of clipped updates and their noise lies, nor does it fit `UpdateSum`.
  static let largestCoordinate = 0x1p32

  /// - Parameter rotationSeed: 32 public bytes of this round.
  init(
    _ mechanism: DistributedMechanism, updateLength: Int, modulus: Modulus, rotationSeed: [UInt8]
  ) {
    self.mechanism = mechanism
    self.updateLength = updateLength
    self.modulus = modulus
    noise = IntegerNoise(mechanism)
    rotation = HadamardRotation(count: updateLength, seed: rotationSeed)
    precondition(mechanism.dimension == rotation.length)
  }

  var vectorLength: Int { rotation.length }

  var description: String {
    "\(updateLength) rotated coordinates in steps of \(mechanism.rounding.grid) with "
      + "\(mechanism.noise.rawValue) noise of \(mechanism.localDeviation) steps modulo "
      + "2^\(mechanism.bits)"
  }

  /// One client's vector; nil for an update that is not finite.
  func encode(
    _ update: UnsafeBufferPointer<Float>, rounding: inout NoiseStream,
    noise stream: inout NoiseStream
  ) -> ResidueVector? {
    var rotated = rotation.rotate(update)
    var steps = [Int64](repeating: 0, count: rotated.count)
    // The rotation in single precision may have made the vector a little longer.
    let clipping = rotated.withUnsafeMutableBufferPointer {
      Clipping.clip($0, to: mechanism.rounding.clippingBound)
    }
    guard clipping.isFinite else { return nil }
    rotated.withUnsafeBufferPointer { rotated in
      steps.withUnsafeMutableBufferPointer {
        _ = mechanism.rounding.round(rotated, into: $0, using: &rounding)
        noise.add(to: $0, using: &stream)
      }
    }
    return switch modulus {
    case .bits32: .bits32(steps.map { UInt32(truncatingIfNeeded: $0) })
    case .bits64: .bits64(steps.map { UInt64(bitPattern: $0) })
    }
  }

  /// The sum of the updates with all of their noise.
  ///
  /// Throws for what cannot be such a sum, which only a wrong client or worker can cause.
  func decode(
    _ sum: ResidueVector, participants: Int
  ) throws(SecureAggregationError) -> EncodedSum {
    precondition(sum.count == vectorLength && sum.modulus == modulus)
    var values = [Double](repeating: 0, count: rotation.length)
    let wrapped = mechanism.decode((0..<rotation.length).map(sum.signed(at:)), into: &values)
    let update = rotation.invert(values, count: updateLength)
    guard update.allSatisfy({ $0.magnitude < Self.largestCoordinate }) else {
      throw .unencodable("a coordinate that \(participants) vectors cannot add up to")
    }
    let scale = participants > 0 ? 1 / Double(participants) : 0
    return EncodedSum(
      weightedUpdate: update, meanUpdate: update.map { $0 * scale }, numbers: nil, wrapped: wrapped)
  }
}
