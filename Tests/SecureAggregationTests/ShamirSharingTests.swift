import SecureAggregation
import Testing

/// Sharing of secrets, with property 3 of the list in privacy.md, A3.
@Suite struct ShamirSharingTests {
  private let points: [UInt64] = [1, 5, 1000]

  @Test func `shares made elsewhere lead to the secret`() {
    let shares = KnownAnswers.share1 + KnownAnswers.share5 + KnownAnswers.share1000
    #expect(
      ShamirSharing.reconstruct(
        shares, coefficients: ShamirSharing.lagrangeCoefficients(at: points))
        == KnownAnswers.secret)
  }

  @Test func `any t shares lead to the secret, extreme ones too`() {
    var source = KeyedRandomSource(seed: 1, purpose: .clientSecrets)
    let holders = (1...9).map { UInt64($0 * $0) }
    let secrets = [
      [UInt8](repeating: 0, count: 32), [UInt8](repeating: 255, count: 32), source.bytes(32),
    ]
    for secret in secrets {
      let shares = ShamirSharing.split(secret, threshold: 4, points: holders, using: &source)
      for chosen in [[0, 1, 2, 3], [8, 6, 4, 2], [1, 3, 7, 8]] {
        let found = ShamirSharing.reconstruct(
          chosen.flatMap { shares[($0 * 40)..<($0 * 40 + 40)] },
          coefficients: ShamirSharing.lagrangeCoefficients(at: chosen.map { holders[$0] }))
        #expect(found == secret)
      }
    }
  }

  /// Property 3: whatever t − 1 shares are seen, every secret remains possible.
  @Test func `t − 1 shares fit every secret equally`() throws {
    var source = KeyedRandomSource(seed: 2, purpose: .clientSecrets)
    let holders: [UInt64] = [1, 2, 3, 4, 5]
    let secret = source.bytes(32)
    let shares = ShamirSharing.split(secret, threshold: 4, points: holders, using: &source)
    let coefficients = ShamirSharing.lagrangeCoefficients(at: [1, 2, 3, 4])
    let seen = Array(shares[..<120])
    for _ in 0..<20 {
      // The fourth share that would make any other 256 bits the secret: it exists, whatever they
      // are. Shares are linear, so it is the real one shifted by the difference ÷ coefficient.
      let candidate = source.bytes(32)
      let candidateLimbs = limbs(candidate)
      let secretLimbs = limbs(secret)
      var missing: [UInt8] = []
      for limb in 0..<5 {
        let real = shares[(120 + 8 * limb)..<(128 + 8 * limb)].reversed().reduce(UInt64(0)) {
          $0 << 8 | UInt64($1)
        }
        let shift = MersenneField.multiply(
          MersenneField.subtract(candidateLimbs[limb], secretLimbs[limb]),
          MersenneField.inverse(coefficients[3]))
        withUnsafeBytes(of: MersenneField.add(real, shift).littleEndian) { missing += $0 }
      }
      #expect(ShamirSharing.reconstruct(seen + missing, coefficients: coefficients) == candidate)
    }
  }

  @Test func `the distribution of t − 1 shares does not depend on the secret`() {
    var source = KeyedRandomSource(seed: 3, purpose: .clientSecrets)
    for byte: UInt8 in [0, 255] {
      var counts = [Int](repeating: 0, count: 256)
      for _ in 0..<20_000 {
        let shares = ShamirSharing.split(
          [UInt8](repeating: byte, count: 32), threshold: 3, points: [1, 2, 3], using: &source)
        counts[Int(shares[0] ^ shares[41])] += 1
      }
      #expect(KnownAnswers.chiSquare255.contains(chiSquare(counts)))
    }
  }

  @Test func `a field inverse is one`() {
    for number in [1, 2, 3, 1 << 60, MersenneField.prime - 1] {
      #expect(MersenneField.multiply(number, MersenneField.inverse(number)) == 1)
    }
    // 2^61 is 1 modulo 2^61 − 1.
    #expect(MersenneField.multiply(1 << 60, 2) == 1)
    #expect(MersenneField.subtract(0, 1) == MersenneField.prime - 1)
  }

  /// 60 bits each, the least significant first.
  private func limbs(_ secret: [UInt8]) -> [UInt64] {
    (0..<5).map { limb in
      (0..<60).reduce(UInt64(0)) { value, bit in
        let place = 60 * limb + bit
        guard place < 256 else { return value }
        return value | UInt64(secret[place / 8] >> (place % 8) & 1) << bit
      }
    }
  }
}
