/// 256 secret bits that all random streams of a run follow from.
package struct RandomKey: Equatable, Sendable {
  private let words: SIMD4<UInt64>

  /// What a stream serves; streams of different kinds share no bit.
  package enum Kind: UInt64, Sendable {
    case draws = 1
    case noise = 2
    case secrets = 3
    /// The keys of other runs.
    case keys = 4
  }

  /// From raw words, low words first.
  package init(words: SIMD4<UInt64>) { self.words = words }

  /// A key that nobody has: of the operating system's generator.
  package static func fresh() -> RandomKey {
    var generator = SystemRandomNumberGenerator()
    return RandomKey(
      words: SIMD4(generator.next(), generator.next(), generator.next(), generator.next()))
  }

  /// The key of one stream.
  ///
  /// The ChaCha20 block function as a pseudorandom function of its 128 bits of counter and nonce: first
  /// of what the stream is for, then of round and client under the key that this gave. Who knows the
  /// keys of any streams learns nothing about those of others.
  package func key(
    _ kind: Kind, purpose: UInt64, round: Int = 0, client: Int = 0
  ) -> SIMD4<UInt64> {
    let purposeKey = Self.block(words, kind.rawValue, purpose)
    return Self.block(
      purposeKey, UInt64(bitPattern: Int64(round)), UInt64(bitPattern: Int64(client)))
  }

  private static func block(
    _ key: SIMD4<UInt64>, _ counter: UInt64, _ nonce: UInt64
  ) -> SIMD4<UInt64> {
    var cipher = ChaCha20(key: key, nonce: nonce, block: counter)
    var words = [UInt64](repeating: 0, count: 8)
    words.withUnsafeMutableBufferPointer { cipher.fill($0) }
    return SIMD4(words[0], words[1], words[2], words[3])
  }
}

extension RandomKey: Codable {
  /// Reads 64 hexadecimal digits.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    let digits = Array(text.utf8)
    let words = stride(from: 0, to: digits.count, by: 16).compactMap {
      UInt64(String(decoding: digits[$0..<min($0 + 16, digits.count)], as: UTF8.self), radix: 16)
    }
    guard digits.count == 64, words.count == 4 else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no key of 256 bits")
    }
    self.words = SIMD4(words[0], words[1], words[2], words[3])
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    let digits = (0..<4).map { index in
      let word = String(words[index], radix: 16)
      return String(repeating: "0", count: 16 - word.count) + word
    }
    try container.encode(digits.joined())
  }
}
