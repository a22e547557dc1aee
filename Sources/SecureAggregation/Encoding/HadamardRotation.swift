import Foundation

/// A random rotation that spreads every coordinate over all of them: H·diag(±1) ÷ √length.
///
/// Suresh et al. 2017 (https://arxiv.org/abs/1611.00429). Afterwards no coordinate stands out, so
/// the clip can be small and the fixed-point steps fine. The signs come from a seed that server
/// and clients share; it is no secret.
package struct HadamardRotation: Sendable {
  /// A power of two; shorter vectors are padded with zeros.
  package let length: Int
  /// One bit per coordinate, set where the sign is minus.
  private let signs: [UInt8]

  /// - Parameter seed: 32 bytes, public, new in every round.
  package init(count: Int, seed: [UInt8]) {
    length = Self.paddedLength(count)
    let mask = MaskSeed(
      Cryptography.standard.deriveKey(
        seed, [], Array("fedsim Hadamard signs".utf8), MaskSeed.byteCount))
    signs = mask.keystream(firstBlock: 0, count: (length + 7) / 8)
  }

  /// The smallest power of two that is not below `count`.
  package static func paddedLength(_ count: Int) -> Int {
    var length = 1
    while length < count { length *= 2 }
    return length
  }

  /// What a rotated coordinate of a vector of Euclidean norm at most `norm` exceeds with
  /// probability below `failureProbability`, over all of its coordinates.
  package static func coordinateBound(
    norm: Double, count: Int, failureProbability: Double = 1e-6
  ) -> Double {
    let length = Double(paddedLength(count))
    return norm * (2 * log(2 * length / failureProbability) / length).squareRoot()
  }

  /// length coordinates: the rotated vector.
  package func rotate(_ vector: UnsafeBufferPointer<Float>) -> [Float] {
    precondition(vector.count <= length)
    var rotated = [Float](repeating: 0, count: length)
    for index in vector.indices {
      rotated[index] = isNegative(index) ? -vector[index] : vector[index]
    }
    rotated.withUnsafeMutableBufferPointer { transform($0, scale: 1 / Float(length).squareRoot()) }
    return rotated
  }

  /// The first `count` coordinates of the vector that `rotated` came from.
  package func invert(_ rotated: [Double], count: Int) -> [Double] {
    precondition(rotated.count == length && count <= length)
    var vector = rotated
    vector.withUnsafeMutableBufferPointer { transform($0, scale: 1 / Double(length).squareRoot()) }
    return (0..<count).map { isNegative($0) ? -vector[$0] : vector[$0] }
  }

  @inline(__always)
  private func isNegative(_ index: Int) -> Bool {
    signs[index / 8] >> (index % 8) & 1 == 1
  }

  /// The fast Walsh–Hadamard transform, in place.
  @inline(__always)
  private func transform<Number: BinaryFloatingPoint>(
    _ vector: UnsafeMutableBufferPointer<Number>, scale: Number
  ) {
    var half = 1
    while half < length {
      for start in stride(from: 0, to: length, by: 2 * half) {
        for index in start..<(start + half) {
          let a = vector[index]
          let b = vector[index + half]
          vector[index] = a + b
          vector[index + half] = a - b
        }
      }
      half *= 2
    }
    for index in vector.indices { vector[index] *= scale }
  }
}
