import Privacy
import SecureAggregation

/// How one client's update becomes residues with noise, and a sum of them a noisy sum again.
///
/// Rotate, clip, round without growing, add integer noise. Nothing else is in the vector: whatever
/// travelled beside the update would reach the server without noise.
package struct NoisyIntegers: UpdateCodec {
  let mechanism: DistributedMechanism
  private let residues: Modulus
  private let noise: IntegerNoise
  private let rotation: HadamardRotation
  private let updateLength: Int
  private let configuration: Configuration
  private let round: Int

  /// Beyond this no sum of clipped updates and their noise lies, nor does it fit `UpdateSum`.
  static let largestCoordinate = 0x1p32

  /// - Parameter rotationSeed: 32 public bytes of this round.
  init(
    _ mechanism: DistributedMechanism, updateLength: Int, rotationSeed: [UInt8],
    _ configuration: Configuration, round: Int
  ) {
    self.mechanism = mechanism
    self.updateLength = updateLength
    self.configuration = configuration
    self.round = round
    residues = Modulus(bits: configuration.secureAggregation.encoding.modulusBits) ?? .bits64
    noise = IntegerNoise(mechanism)
    rotation = HadamardRotation(count: updateLength, seed: rotationSeed)
    precondition(mechanism.dimension == rotation.length)
  }

  package var length: Int { rotation.length }
  package var modulus: Modulus? { residues }
  /// What rounding adds is in the sensitivity of the integers, not in the clipping bound.
  package var normGrowth: Double { 0 }
  package var hidesClients: Bool { true }

  package var description: String {
    "\(updateLength) rotated coordinates in steps of \(mechanism.rounding.grid) with "
      + "\(mechanism.noise.rawValue) noise of \(mechanism.localDeviation) steps modulo "
      + "2^\(mechanism.bits)"
  }

  package func encode(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool {
    var rotated = rotation.rotate(update)
    var steps = [Int64](repeating: 0, count: rotated.count)
    // The rotation in single precision may have made the vector a little longer.
    let clipping = rotated.withUnsafeMutableBufferPointer {
      Clipping.clip($0, to: mechanism.rounding.clippingBound)
    }
    guard clipping.isFinite else { return false }
    var rounding = configuration.noiseStream(.clientRounding, round: round, client: client)
    var stream = configuration.noiseStream(.clientNoise, round: round, client: client)
    rotated.withUnsafeBufferPointer { rotated in
      steps.withUnsafeMutableBufferPointer {
        _ = mechanism.rounding.round(rotated, into: $0, using: &rounding)
        noise.add(to: $0, using: &stream)
      }
    }
    sum.add(UpdateSum(values: steps, weight: 1, count: 1))
    return true
  }

  /// Neither clipped nor rounded as honest vectors are, but with noise: no sum of residues shows it.
  package func force(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool {
    let half = Double(Int64(1) << Int64(mechanism.bits - 1))
    var steps = rotation.rotate(update).map { coordinate in
      let step = (Double(coordinate) / mechanism.rounding.grid).rounded()
      return Int64(step.isNaN ? half : max(-half, min(half, step)))
    }
    var stream = configuration.noiseStream(.clientNoise, round: round, client: client)
    steps.withUnsafeMutableBufferPointer { noise.add(to: $0, using: &stream) }
    sum.add(UpdateSum(values: steps, weight: 1, count: 1))
    return true
  }

  package func decode(
    _ sum: UpdateSum, participants: Int
  ) throws(SecureAggregationError) -> RoundSum {
    precondition(sum.values.count == length)
    let sum = ResidueVector(sum, modulus: residues)
    var values = [Double](repeating: 0, count: rotation.length)
    let wrapped = mechanism.decode((0..<rotation.length).map(sum.signed(at:)), into: &values)
    let update = rotation.invert(values, count: updateLength)
    guard update.allSatisfy({ $0.magnitude < Self.largestCoordinate }) else {
      throw .unencodable("a coordinate that \(participants) vectors cannot add up to")
    }
    return RoundSum(.real(update), weight: participants, count: participants, wrapped: wrapped)
  }
}
