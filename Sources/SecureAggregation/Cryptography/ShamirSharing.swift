/// Shamir's secret sharing of 32 bytes over the prime field of 2^61 − 1 elements.
///
/// Shamir, "How to Share a Secret", CACM 1979 (https://doi.org/10.1145/359168.359176). A secret is
/// cut into five limbs of 60 bits, each the constant term of its own random polynomial.
package enum ShamirSharing {
  static let secretLength = 32
  static let limbs = 5
  private static let limbBits = 60
  private static let limbMask: UInt64 = (1 << 60) - 1
  /// Bytes of one share: a little-endian word per limb.
  package static let shareLength = limbs * 8

  /// The shares of the holders at `points` (distinct, not zero): points × shareLength bytes.
  package static func split(
    _ secret: [UInt8], threshold: Int, points: [UInt64], using source: inout some SecureRandomSource
  ) -> [UInt8] {
    precondition(threshold > 0 && threshold <= points.count)
    var shares = [UInt8](repeating: 0, count: points.count * shareLength)
    var values = limbValues(of: secret)
    defer { values.wipe() }
    var coefficients = [UInt64](repeating: 0, count: threshold - 1)
    defer { coefficients.wipe() }
    for (limb, value) in values.enumerated() {
      for index in coefficients.indices { coefficients[index] = fieldElement(using: &source) }
      for (holder, point) in points.enumerated() {
        precondition(point > 0 && point < MersenneField.prime)
        var share: UInt64 = 0
        for coefficient in coefficients {
          share = MersenneField.add(MersenneField.multiply(share, point), coefficient)
        }
        share = MersenneField.add(MersenneField.multiply(share, point), value)
        shares.withUnsafeMutableBytes {
          $0.storeBytes(
            of: share.littleEndian, toByteOffset: holder * shareLength + limb * 8, as: UInt64.self)
        }
      }
    }
    return shares
  }

  /// The factors by which the shares at `points` add up to the secret.
  package static func lagrangeCoefficients(at points: [UInt64]) -> [UInt64] {
    points.map { point in
      var numerator: UInt64 = 1
      var denominator: UInt64 = 1
      for other in points where other != point {
        numerator = MersenneField.multiply(numerator, other)
        denominator = MersenneField.multiply(
          denominator, MersenneField.subtract(other, point))
      }
      return MersenneField.multiply(numerator, MersenneField.inverse(denominator))
    }
  }

  /// The secret behind as many shares as there are coefficients, or nil when they share none.
  package static func reconstruct(_ shares: [UInt8], coefficients: [UInt64]) -> [UInt8]? {
    var values = combine(shares, coefficients: coefficients)
    defer { values.wipe() }
    return secret(of: values)
  }

  /// Whether a share lies on the polynomials that as many others as it takes lie on.
  static func isOnPolynomials(
    _ share: ArraySlice<UInt8>, at point: UInt64, of shares: [UInt8], at points: [UInt64]
  ) -> Bool {
    // The polynomials' values at the point are those at zero of the polynomials moved by it.
    let moved = points.map { MersenneField.subtract($0, point) }
    let values = combine(shares, coefficients: lagrangeCoefficients(at: moved))
    return share.withUnsafeBytes { bytes in
      (0..<limbs).allSatisfy {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
          == values[$0]
      }
    }
  }

  /// The sum of shares times factors, by limb.
  private static func combine(_ shares: [UInt8], coefficients: [UInt64]) -> [UInt64] {
    precondition(shares.count == coefficients.count * shareLength)
    var values = [UInt64](repeating: 0, count: limbs)
    shares.withUnsafeBytes { shares in
      for (holder, coefficient) in coefficients.enumerated() {
        for limb in 0..<limbs {
          let share = shares.loadUnaligned(
            fromByteOffset: holder * shareLength + limb * 8, as: UInt64.self)
          values[limb] = MersenneField.add(
            values[limb], MersenneField.multiply(UInt64(littleEndian: share), coefficient))
        }
      }
    }
    return values
  }

  /// True when every limb of a share lies in the field.
  static func isShare(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count == shareLength else { return false }
    return bytes.withUnsafeBytes { bytes in
      (0..<limbs).allSatisfy {
        let limb = bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
        return UInt64(littleEndian: limb) < MersenneField.prime
      }
    }
  }

  private static func fieldElement(using source: inout some SecureRandomSource) -> UInt64 {
    while true {
      let element = source.word() & MersenneField.prime
      if element != MersenneField.prime { return element }
    }
  }

  /// 60 bits per limb, the least significant first: one bit less than the prime, so every limb is
  /// an element of the field.
  private static func limbValues(of secret: [UInt8]) -> [UInt64] {
    precondition(secret.count == secretLength)
    var values: [UInt64] = []
    values.reserveCapacity(limbs)
    var accumulator: UInt128 = 0
    var bits = 0
    for byte in secret {
      accumulator |= UInt128(byte) << bits
      bits += 8
      if bits >= limbBits {
        values.append(UInt64(truncatingIfNeeded: accumulator) & limbMask)
        accumulator >>= limbBits
        bits -= limbBits
      }
    }
    values.append(UInt64(truncatingIfNeeded: accumulator))
    return values
  }

  private static func secret(of values: [UInt64]) -> [UInt8]? {
    // Shares of different secrets lead anywhere in the field, hence also outside 256 bits.
    guard values.dropLast().allSatisfy({ $0 <= limbMask }),
      values[limbs - 1] < 1 << (8 * secretLength - (limbs - 1) * limbBits)
    else { return nil }
    var secret: [UInt8] = []
    secret.reserveCapacity(secretLength)
    var accumulator: UInt128 = 0
    var bits = 0
    for value in values {
      accumulator |= UInt128(value) << bits
      bits += limbBits
      while bits >= 8, secret.count < secretLength {
        secret.append(UInt8(truncatingIfNeeded: accumulator))
        accumulator >>= 8
        bits -= 8
      }
    }
    return secret
  }
}
