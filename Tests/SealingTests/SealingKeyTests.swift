import Sealing
import Testing

@Suite struct SealingKeyTests {
  private let key = SealingKey([UInt8](0..<32))
  private let plaintext = Array("opened mail at nine".utf8)

  private func bytes(_ digits: String) -> [UInt8] {
    let digits = Array(digits.utf8)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
  }

  /// McGrew and Viega, test case 16.
  @Test func theKnownAnswer() {
    let key = SealingKey(
      bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
    let plaintext = bytes(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
    let context = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    let nonce = bytes("cafebabefacedbaddecaf888")
    let answer = bytes(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        + "76fc6ece0f4e1768cddf8853bb2d551b")
    #expect(key.seal(plaintext, nonce: nonce, context: context) == nonce + answer)
    #expect(key.open(nonce + answer, context: context) == plaintext)
  }

  @Test func nothingButTheSealedBytesOpens() {
    let sealed = key.seal(plaintext, context: [1])
    #expect(sealed.count == plaintext.count + SealingKey.overhead)
    #expect(key.open(sealed, context: [1]) == plaintext)
    #expect(key.open(sealed, context: [2]) == nil)
    #expect(key.open(sealed, context: []) == nil)
    #expect(SealingKey([UInt8](1..<33)).open(sealed, context: [1]) == nil)
    for length in 0..<sealed.count { #expect(key.open(sealed[..<length], context: [1]) == nil) }
    #expect(key.open(sealed + [0], context: [1]) == nil)
    for bit in 0..<(8 * sealed.count) {
      var altered = sealed
      altered[bit / 8] ^= 1 << (bit % 8)
      #expect(key.open(altered, context: [1]) == nil, "bit \(bit)")
    }
  }

  @Test func noncesAndKeysAreDrawnAnew() {
    let nonces = (0..<1000).map { _ in
      Array(key.seal(plaintext, context: []).prefix(SealingKey.nonceLength))
    }
    #expect(Set(nonces).count == 1000)
    #expect(Set((0..<1000).map { _ in SealingKey.randomBytes() }).count == 1000)
  }

  @Test func nothingCanBeSealed() {
    #expect(key.open(key.seal([], context: []), context: []) == [])
  }
}
