import Glibc
import LinearAlgebra

/// What a noise stream is for; streams of different purposes never share a bit.
///
/// The raw values are part of every result: never renumber them, only add.
package enum NoisePurpose: UInt64, Sendable {
  case centralNoise = 1
  case clippedCount = 2
  case clientNoise = 3
  case clientRounding = 4
  case monitoring = 5
  case selection = 6
}

/// Random bits that protect clients: ChaCha20 (RFC 8439, Section 2.3), or the system's.
///
/// The keyed form repeats the same noise for the same seed or key, round and client, so whoever knows
/// that can remove it: a seed is for experiments, not for production.
package struct NoiseStream: RandomNumberGenerator, Sendable {
  private enum Source: Sendable {
    case keyed(ChaCha20)
    case system
  }

  private var source: Source
  private var words = [UInt64](repeating: 0, count: 64)
  private var used = 64
  private var spareNormal: Double?

  package init(seed: UInt64, purpose: NoisePurpose, round: Int, client: Int = 0) {
    let round = UInt64(bitPattern: Int64(round))
    let client = UInt64(bitPattern: Int64(client))
    self.init(key: [seed, purpose.rawValue, round, client])
  }

  package init(secret: RandomKey, purpose: NoisePurpose, round: Int, client: Int = 0) {
    self.init(key: secret.key(.noise, purpose: purpose.rawValue, round: round, client: client))
  }

  /// A stream from a raw key, low words first, for the published test vectors.
  package init(key: SIMD4<UInt64>) {
    source = .keyed(ChaCha20(key: key))
  }

  private init(source: Source) { self.source = source }

  /// The operating system's generator.
  package static var system: NoiseStream { NoiseStream(source: .system) }

  @inline(__always)
  package mutating func next() -> UInt64 {
    if used == words.count { refill() }
    used += 1
    return words[used - 1]
  }

  private mutating func refill() {
    used = 0
    switch source {
    case .keyed(var cipher):
      words.withUnsafeMutableBufferPointer { cipher.fill($0) }
      source = .keyed(cipher)
    case .system:
      var generator = SystemRandomNumberGenerator()
      for index in words.indices { words[index] = generator.next() }
    }
  }
}

extension NoiseStream {
  /// A number in [0, 1) with 53 random bits.
  @inline(__always)
  package mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A standard normal number (Marsaglia's polar method; two at a time).
  package mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let s = x * x + y * y
      if s < 1, s > 0 {
        let scale = (-2 * log(s) / s).squareRoot()
        spareNormal = y * scale
        return x * scale
      }
    }
  }

  /// True with probability `numerator` ÷ `denominator` exactly; 0 ≤ numerator ≤ denominator.
  mutating func chance(_ numerator: UInt64, of denominator: UInt64) -> Bool {
    if numerator >= denominator { return true }
    // Compares the binary digits of the fraction with random ones, 64 at a time.
    var remainder = numerator
    while true {
      let digits = denominator.dividingFullWidth((remainder, 0))
      let word = next()
      if word != digits.quotient { return word < digits.quotient }
      remainder = digits.remainder
      if remainder == 0 { return false }
    }
  }
}
