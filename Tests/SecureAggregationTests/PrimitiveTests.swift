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
      vectorLength: 33, minimumSurvivors: 50, session: [UInt8](repeating: 1, count: 32), round: 9,
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
        vector.add(masks, keystream: Cryptography.standard.keystream, on: $0)
        return vector
      }
      #expect(vectors.allSatisfy { $0 == vectors[0] })
    }
  }
}
