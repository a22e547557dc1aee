import CSecureAggregation
import Crypto

/// 32 secret bytes that stand for a mask of any length: AES-128 in counter mode.
///
/// The first half is the key, the second the initial counter block, so that all 256 bits matter.
package struct MaskSeed: Sendable {
  static let byteCount = 32
  static let blockSize = 16

  /// All of them, in memory that is overwritten when it is let go.
  private let bytes: SymmetricKey

  package init(_ bytes: [UInt8]) {
    precondition(bytes.count == Self.byteCount, "a mask seed has \(Self.byteCount) bytes")
    self.bytes = SymmetricKey(data: bytes)
  }

  /// A seed from bytes that nobody needs any more.
  init(consuming bytes: inout [UInt8]) {
    self.init(bytes)
    bytes.wipe()
  }

  /// Fills `bytes` with the mask from block `firstBlock` on.
  package func keystream(firstBlock: UInt64, into bytes: UnsafeMutableRawBufferPointer) {
    apply(KEYSTREAM_STORE, firstBlock: firstBlock, to: bytes)
  }

  /// `count` bytes of the mask, from block `firstBlock` on.
  package func keystream(firstBlock: UInt64, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      keystream(
        firstBlock: firstBlock,
        into: UnsafeMutableRawBufferPointer(start: bytes.baseAddress, count: count))
      initialized = count
    }
  }

  /// Combines bytes with the mask from block `firstBlock` on.
  func apply(
    _ use: keystream_use, firstBlock: UInt64, to bytes: UnsafeMutableRawBufferPointer
  ) {
    guard let target = bytes.baseAddress else { return }
    self.bytes.withUnsafeBytes { seed in
      let counter = seed[16...].reduce(0) { $0 << 8 | UInt128($1) }
      let start = counter &+ UInt128(firstBlock)
      keystream_apply(
        seed.assumingMemoryBound(to: UInt8.self).baseAddress,
        UInt64(truncatingIfNeeded: start >> 64), UInt64(truncatingIfNeeded: start), target,
        bytes.count, use)
    }
  }
}
