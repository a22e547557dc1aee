/// The ChaCha20 key stream with a nonce and a block counter of 64 bits each.
///
/// RFC 8439, Section 2.3 (https://www.rfc-editor.org/rfc/rfc8439).
package struct ChaCha20: Sendable {
  private let key: SIMD8<UInt32>
  private let nonce: UInt64
  private var block: UInt64

  /// - Parameter block: the first one.
  package init(key: SIMD4<UInt64>, nonce: UInt64 = 0, block: UInt64 = 0) {
    self.nonce = nonce
    self.block = block
    var words = SIMD8<UInt32>()
    for index in 0..<4 {
      words[2 * index] = UInt32(truncatingIfNeeded: key[index])
      words[2 * index + 1] = UInt32(truncatingIfNeeded: key[index] >> 32)
    }
    self.key = words
  }

  /// Writes the next blocks; a block is eight 64-bit words, low half first.
  package mutating func fill(_ output: UnsafeMutableBufferPointer<UInt64>) {
    for start in stride(from: 0, to: output.count, by: 8) { writeBlock(output, at: start) }
  }

  private mutating func writeBlock(_ output: UnsafeMutableBufferPointer<UInt64>, at start: Int) {
    let (c0, c1, c2, c3) = (
      UInt32(0x6170_7865), UInt32(0x3320_646e), UInt32(0x7962_2d32), UInt32(0x6b20_6574)
    )
    let (low, high) = (UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32))
    let (n0, n1) = (UInt32(truncatingIfNeeded: nonce), UInt32(truncatingIfNeeded: nonce >> 32))
    block &+= 1
    var (x0, x1, x2, x3) = (c0, c1, c2, c3)
    var (x4, x5, x6, x7) = (key[0], key[1], key[2], key[3])
    var (x8, x9, x10, x11) = (key[4], key[5], key[6], key[7])
    var (x12, x13, x14, x15) = (low, high, n0, n1)
    for _ in 0..<10 {
      quarterRound(&x0, &x4, &x8, &x12)
      quarterRound(&x1, &x5, &x9, &x13)
      quarterRound(&x2, &x6, &x10, &x14)
      quarterRound(&x3, &x7, &x11, &x15)
      quarterRound(&x0, &x5, &x10, &x15)
      quarterRound(&x1, &x6, &x11, &x12)
      quarterRound(&x2, &x7, &x8, &x13)
      quarterRound(&x3, &x4, &x9, &x14)
    }
    output[start] = joined(x0 &+ c0, x1 &+ c1)
    output[start + 1] = joined(x2 &+ c2, x3 &+ c3)
    output[start + 2] = joined(x4 &+ key[0], x5 &+ key[1])
    output[start + 3] = joined(x6 &+ key[2], x7 &+ key[3])
    output[start + 4] = joined(x8 &+ key[4], x9 &+ key[5])
    output[start + 5] = joined(x10 &+ key[6], x11 &+ key[7])
    output[start + 6] = joined(x12 &+ low, x13 &+ high)
    output[start + 7] = joined(x14 &+ n0, x15 &+ n1)
  }

  @inline(__always)
  private func quarterRound(
    _ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32, _ d: inout UInt32
  ) {
    a = a &+ b
    d = rotated(d ^ a, 16)
    c = c &+ d
    b = rotated(b ^ c, 12)
    a = a &+ b
    d = rotated(d ^ a, 8)
    c = c &+ d
    b = rotated(b ^ c, 7)
  }

  @inline(__always)
  private func rotated(_ x: UInt32, _ bits: UInt32) -> UInt32 {
    (x &<< bits) | (x &>> (32 - bits))
  }

  @inline(__always)
  private func joined(_ low: UInt32, _ high: UInt32) -> UInt64 {
    UInt64(low) | UInt64(high) &<< 32
  }
}
