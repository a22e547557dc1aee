import Foundation
import LinearAlgebra
import Testing

struct RandomKeyTests {
  private static let key = RandomKey(
    words: SIMD4(
      0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908, 0x1716_1514_1312_1110, 0x1f1e_1d1c_1b1a_1918))

  /// RFC 8439, Section 2.3.2.
  @Test func chaCha20TakesANonceAndACounter() {
    var cipher = ChaCha20(
      key: SIMD4(
        0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908, 0x1716_1514_1312_1110,
        0x1f1e_1d1c_1b1a_1918), nonce: 0x4a00_0000, block: 0x0900_0000_0000_0001)
    var words = [UInt64](repeating: 0, count: 8)
    words.withUnsafeMutableBufferPointer { cipher.fill($0) }
    #expect(words[0] == 0x1559_3bd1_e4e7_f110 && words[7] == 0x4e3c_50a2_e883_d0cb)
  }

  /// Vectors/random_key.py knows the RFC alone.
  @Test func keysAndStreamsFollowFromTheRFC() throws {
    for row in try vectorRows("random_key.csv") {
      let kind = try #require(UInt64(row[0]).flatMap(RandomKey.Kind.init))
      let purpose = try #require(UInt64(row[1]))
      let round = try #require(Int(row[2]))
      let client = try #require(Int(row[3]))
      let words = Self.key.key(kind, purpose: purpose, round: round, client: client)
      #expect((0..<4).map { words[$0] } == row[4..<8].compactMap { UInt64($0) })
      guard kind == .draws, let purpose = StreamPurpose(rawValue: purpose) else { continue }
      var stream = RandomStream(
        key: .secret(Self.key), purpose: purpose, round: round, client: client)
      let drawn = (0..<5).map { _ in stream.next() }
      #expect([drawn[0], drawn[4]] == row[8..<10].compactMap { UInt64($0) })
    }
  }

  @Test func aSeedGivesTheStreamsOfAlways() {
    var one = RandomStream(seed: 7, purpose: .cohort, round: 3, client: 2)
    var other = RandomStream(key: .seed(7), purpose: .cohort, round: 3, client: 2)
    for _ in 0..<9 { #expect(one.next() == other.next()) }
  }

  @Test func aKeySurvivesAFile() throws {
    let keys = [Self.key, .fresh(), .fresh(), RandomKey(words: SIMD4(0, 1, .max, 1 << 63))]
    let decoded = try JSONDecoder().decode([RandomKey].self, from: JSONEncoder().encode(keys))
    #expect(decoded == keys && keys[1] != keys[2])
    for text in ["", "0123", String(repeating: "g", count: 64)] {
      #expect(throws: (any Error).self) {
        try JSONDecoder().decode([RandomKey].self, from: Data("[\"\(text)\"]".utf8))
      }
    }
  }
}
