import Privacy
import Testing

@Suite struct NoiseStreamTests {
  /// RFC 8439, Appendix A.1, test vector 1: the key, nonce and counter are zero.
  @Test func theKeyStreamIsChaCha20() {
    let expected: [UInt8] = [
      0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd,
      0x28, 0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77,
      0x0d, 0xc7, 0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8,
      0xd8, 0x4a, 0x37, 0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69,
      0xb2, 0xee, 0x65, 0x86,
    ]
    var stream = NoiseStream(key: [0, 0, 0, 0])
    #expect(bytes(8, from: &stream) == expected)
  }

  /// Appendix A.1, test vector 3: the last byte of the key is 1, the counter is 1.
  @Test func laterBlocksAndOtherKeysAreChaCha20() {
    let expected: [UInt8] = [
      0x3a, 0xeb, 0x52, 0x24, 0xec, 0xf8, 0x49, 0x92, 0x9b, 0x9d, 0x82, 0x8d, 0xb1, 0xce, 0xd4,
      0xdd, 0x83, 0x20, 0x25, 0xe8, 0x01, 0x8b, 0x81, 0x60, 0xb8, 0x22, 0x84, 0xf3, 0xc9, 0x49,
      0xaa, 0x5a, 0x8e, 0xca, 0x00, 0xbb, 0xb4, 0xa7, 0x3b, 0xda, 0xd1, 0x92, 0xb5, 0xc4, 0x2f,
      0x73, 0xf2, 0xfd, 0x4e, 0x27, 0x36, 0x44, 0xc8, 0xb3, 0x61, 0x25, 0xa6, 0x4a, 0xdd, 0xeb,
      0x00, 0x6c, 0x13, 0xa0,
    ]
    var stream = NoiseStream(key: [0, 0, 0, 1 << 56])
    _ = bytes(8, from: &stream)
    #expect(bytes(8, from: &stream) == expected)
  }

  @Test func streamsOfOneSeedDiffer() {
    func first(_ purpose: NoisePurpose, _ round: Int, _ client: Int) -> UInt64 {
      var stream = NoiseStream(seed: 1, purpose: purpose, round: round, client: client)
      return stream.next()
    }
    let values = [
      first(.centralNoise, 0, 0), first(.clientNoise, 0, 0), first(.centralNoise, 1, 0),
      first(.centralNoise, 0, 1),
    ]
    #expect(Set(values).count == 4)
    #expect(first(.centralNoise, 1, 2) == first(.centralNoise, 1, 2))
  }

  @Test func theSystemStreamDoesNotRepeat() {
    var one = NoiseStream.system
    var other = NoiseStream.system
    #expect(one.next() != other.next())
  }

  @Test func normalNumbersAreNormal() {
    var stream = NoiseStream(seed: 3, purpose: .centralNoise, round: 0)
    // Deciles of the standard normal distribution (SciPy 1.17.1, norm.ppf).
    let deciles = [
      -1.2815515655446004, -0.8416212335729142, -0.5244005127080409, -0.2533471031357997, 0,
      0.2533471031357997, 0.5244005127080407, 0.8416212335729143, 1.2815515655446004,
    ]
    var observed = [Int](repeating: 0, count: 10)
    for _ in 0..<1_000_000 {
      let value = stream.normal()
      observed[deciles.count { $0 < value }] += 1
    }
    let score = chiSquareScore(
      observed: observed, expected: [Double](repeating: 100_000, count: 10))
    #expect(abs(score) < 4)
  }

  private func bytes(_ words: Int, from stream: inout NoiseStream) -> [UInt8] {
    (0..<words).flatMap { _ in
      withUnsafeBytes(of: stream.next().littleEndian) { Array($0) }
    }
  }
}
