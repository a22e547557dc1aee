import CSecureAggregation
import Crypto
import Foundation
import SecureAggregation
import Testing

/// Primitives against the answers of other programs, printed by Vectors/known_answers.py.
///
/// Property 17 of the list in privacy.md, A3.
@Suite struct PrimitiveTests {
  private let seedBytes = (0..<32).map { UInt8($0) }

  private func words(_ seed: MaskSeed, count: Int, firstBlock: UInt64 = 0) -> [UInt32] {
    seed.keystream(firstBlock: firstBlock, count: 4 * count).withUnsafeBytes {
      Array($0.bindMemory(to: UInt32.self))
    }
  }

  @Test func `mask expansion gives the known words`() {
    #expect(words(MaskSeed(seedBytes), count: 64) == KnownAnswers.maskWords)
    #expect(
      words(MaskSeed(seedBytes), count: 4, firstBlock: 5000)
        == KnownAnswers.maskWordsAtBlock5000)
  }

  @Test func `the counter carries through all of its 128 bits`() {
    let bytes = seedBytes[..<16] + [UInt8](repeating: 0xFF, count: 15) + [0xFE]
    let seed = MaskSeed(Array(bytes))
    #expect(words(seed, count: 16) == KnownAnswers.carryWords)
    #expect(words(seed, count: 4, firstBlock: 2) == Array(KnownAnswers.carryWords[8..<12]))
  }

  /// NIST SP 800-38A, F.5.1 CTR-AES128.Encrypt: the output blocks.
  @Test func `the keystream is that of NIST`() {
    let key: [UInt8] = [
      0x2B, 0x7E, 0x15, 0x16, 0x28, 0xAE, 0xD2, 0xA6, 0xAB, 0xF7, 0x15, 0x88, 0x09, 0xCF, 0x4F,
      0x3C,
    ]
    let blocks: [UInt64] = [
      0xEC8C_DF73_9860_7CB0, 0xF2D2_1675_EA9E_A1E4, 0x362B_7C3C_6773_5163, 0x18A0_77D7_FC50_73AE,
      0x6A2C_C378_7889_374F, 0xBEB4_C81B_17BA_6C44, 0xE89C_399F_F0F1_98C6, 0xD40A_31DB_156C_ABFE,
    ]
    for apply in [keystream_apply, keystream_apply_portable] {
      var stream = [UInt64](repeating: 0, count: 8)
      apply(key, 0xF0F1_F2F3_F4F5_F6F7, 0xF8F9_FAFB_FCFD_FEFF, &stream, 64, KEYSTREAM_STORE)
      #expect(stream.map(\.bigEndian) == blocks)
    }
  }

  /// Both ways of every processor, for every use, length and place in a group of blocks, with
  /// counters that carry from one half to the other and begin again.
  @Test func `the keystream does not depend on the processor`() {
    var source = KeyedRandomSource(seed: 8, purpose: .noise)
    for use in [
      KEYSTREAM_STORE, KEYSTREAM_ADD_32, KEYSTREAM_SUBTRACT_32, KEYSTREAM_ADD_64,
      KEYSTREAM_SUBTRACT_64,
    ] {
      for number in 0..<400 {
        let key = source.bytes(16)
        let low = number % 3 == 0 ? source.word() : UInt64.max - source.below(40)
        let high = number % 2 == 0 ? source.word() : UInt64.max
        let granule: UInt64 = use == KEYSTREAM_STORE ? 1 : 8
        let count = Int(granule * source.below(600 / granule))
        var one = source.bytes(640)
        var other = one
        keystream_apply(key, high, low, &one, count, use)
        keystream_apply_portable(key, high, low, &other, count, use)
        #expect(one == other)
      }
    }
  }

  /// RFC 5869, A.1 to A.3, and the library's own HKDF for lengths around those of a block.
  @Test func `derived keys are those of HKDF`() {
    let derive = Cryptography.standard.deriveKey
    let simple = derive(
      [UInt8](repeating: 0x0B, count: 22), (0...0x0C).map { $0 }, (0xF0...0xF9).map { $0 }, 42)
    #expect(hexadecimal(simple).hasPrefix("3cb25f25faacd57a90434f64d0362f2a"))
    #expect(hexadecimal(simple).hasSuffix("34007208d5b887185865"))
    let long = derive(
      (0...0x4F).map { $0 }, (0x60...0xAF).map { $0 }, (0xB0...0xFF).map { $0 }, 82)
    #expect(hexadecimal(long).hasPrefix("b11e398dc80327a1c8e7f78c596a4934"))
    #expect(hexadecimal(long).hasSuffix("cc30c58179ec3e87c14c01d5c1f3434f1d87"))
    let bare = derive([UInt8](repeating: 0x0B, count: 22), [], [], 42)
    #expect(hexadecimal(bare).hasPrefix("8da4e775a563c18f715f802a063c5a31"))
    var source = KeyedRandomSource(seed: 9, purpose: .noise)
    for length in [0, 1, 32, 63, 64, 65, 200] {
      let (secret, salt, info) = (source.bytes(32), source.bytes(length), source.bytes(length))
      let key = HKDF<SHA256>.deriveKey(
        inputKeyMaterial: SymmetricKey(data: secret), salt: salt, info: info,
        outputByteCount: length + 1)
      #expect(derive(secret, salt, info, length + 1) == key.withUnsafeBytes { Array($0) })
    }
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }

  /// Flower folds its seeds to 32 bits (flwrlabs/flower#7522); here every bit of 256 counts.
  @Test func `every bit of a seed changes the whole mask`() {
    let original = words(MaskSeed(seedBytes), count: 256)
    for bit in 0..<256 {
      var flipped = seedBytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      let changed = zip(original, words(MaskSeed(flipped), count: 256)).reduce(0) {
        $0 + ($1.0 ^ $1.1).nonzeroBitCount
      }
      // 8 192 bits, half of them expected to change, with a deviation of 45.
      #expect(abs(changed - 4096) < 45 * 5)
    }
  }

  @Test func `the keyed source gives the known bytes, however they are drawn`() {
    var source = KeyedRandomSource(seed: 7, purpose: .clientSecrets, round: 3, client: 4)
    #expect(source.bytes(48) == KnownAnswers.keyedBytes)
    var other = KeyedRandomSource(seed: 7, purpose: .clientSecrets, round: 3, client: 4)
    #expect(other.bytes(5) + other.bytes(43) == KnownAnswers.keyedBytes)
    // Across the internal buffer of 4 096 bytes.
    var whole = KeyedRandomSource(seed: 7, purpose: .clientSecrets, round: 3, client: 4)
    var pieces = KeyedRandomSource(seed: 7, purpose: .clientSecrets, round: 3, client: 4)
    #expect(whole.bytes(10_000) == pieces.bytes(4090) + pieces.bytes(10) + pieces.bytes(5900))
  }

  @Test func `keyed sources of another seed, purpose, round or client share nothing`() {
    let sources = [
      KeyedRandomSource(seed: 1, purpose: .clientSecrets, round: 1, client: 1),
      KeyedRandomSource(seed: 2, purpose: .clientSecrets, round: 1, client: 1),
      KeyedRandomSource(seed: 1, purpose: .rounding, round: 1, client: 1),
      KeyedRandomSource(seed: 1, purpose: .clientSecrets, round: 2, client: 1),
      KeyedRandomSource(seed: 1, purpose: .clientSecrets, round: 1, client: 2),
    ]
    let beginnings = sources.map { source in
      var source = source
      return source.bytes(16)
    }
    #expect(Set(beginnings).count == sources.count)
  }

  @Test func `the system source fills every byte`() {
    var source = SystemRandomSource()
    // A byte that was never written stays zero; 64 draws leave none zero but by a chance of 2^-500.
    var union = [UInt8](repeating: 0, count: 37)
    for _ in 0..<64 { for (index, byte) in source.bytes(37).enumerated() { union[index] |= byte } }
    #expect(union.allSatisfy { $0 != 0 })
  }

  @Test func `bounded random numbers are uniform`() {
    var source = KeyedRandomSource(seed: 1, purpose: .graph)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[Int(source.below(7))] += 1 }
    // 10 000 expected, deviation 93.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 93 * 5 })
  }

  @Test func `session digest and keys are the known ones`() throws {
    let parameters = try AggregationParameters(
      scheme: .secaggPlus, adversary: .active, cohortSize: 100,
      neighbourhood: Neighbourhood(neighbours: 12, threshold: 6), modulus: .bits32,
      vectorLength: 33, minimumSurvivors: 60, session: [UInt8](repeating: 1, count: 32), round: 9,
      modelHash: [UInt8](repeating: 2, count: 32), layoutHash: [UInt8](repeating: 3, count: 32))
    #expect(parameters.digest == KnownAnswers.digest)

    let keys = SessionKeys(parameters, .standard)
    let low = KeyPair(privateKey: [UInt8](repeating: 11, count: 32))
    let high = KeyPair(privateKey: [UInt8](repeating: 22, count: 32))
    let lowEnd = SessionKeys.End(participant: 4, publicKey: low.publicKey[...])
    let highEnd = SessionKeys.End(participant: 9, publicKey: high.publicKey[...])
    #expect(
      words(try keys.pairwiseMask(low, lowEnd, highEnd), count: 8) == KnownAnswers.pairwiseWords)
    #expect(
      words(try keys.pairwiseMask(high, highEnd, lowEnd), count: 8) == KnownAnswers.pairwiseWords)
    #expect(
      words(keys.selfMask([UInt8](repeating: 5, count: 32), of: 4), count: 8)
        == KnownAnswers.selfMaskWords)
  }

  @Test func `every parameter enters the digest`() throws {
    let digests = try [
      makeParameters(20, threshold: 5), makeParameters(21, threshold: 5),
      makeParameters(20, threshold: 6), makeParameters(20, threshold: 5, neighbours: 10),
      makeParameters(20, threshold: 5, adversary: .active),
      makeParameters(20, threshold: 5, modulus: .bits64),
      makeParameters(20, threshold: 5, length: 17),
      makeParameters(20, threshold: 5, minimumSurvivors: 3),
      makeParameters(20, threshold: 5, session: 9), makeParameters(20, threshold: 5, round: 2),
      makeParameters(20, threshold: 5, model: 9),
    ].map(\.digest)
    #expect(Set(digests).count == digests.count)
  }

  @Test(arguments: Modulus.allCases)
  func `masks on many threads equal masks on one, for awkward lengths`(_ modulus: Modulus) {
    let masks = (0..<3).map { number in
      Mask(
        seed: MaskSeed([UInt8](repeating: UInt8(number), count: 32)), isNegative: number == 1)
    }
    for length in [1, 3, 17, 16_384, 16_385, 50_001] {
      let vectors = [ParallelExecutor.serial, .threads(2), .threads(3), .threads(7)].map {
        var vector = ResidueVector(zeros: length, modulus: modulus)
        vector.add(masks, by: Cryptography.standard.addMask, on: $0)
        return vector
      }
      #expect(vectors.allSatisfy { $0 == vectors[0] })
    }
  }
}
