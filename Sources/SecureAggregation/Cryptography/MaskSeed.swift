import CKeystream
import Crypto

/// 32 secret bytes that stand for a mask of any length: AES-128 in counter mode.
///
/// The first half is the key, the second the initial counter block, so that all 256 bits matter.
package struct MaskSeed: Sendable {
  static let byteCount = 32
  static let blockSize = 16
  /// Bytes that one call produces at most: a piece, the zeros it is made from and the piece of the
  /// vector it is added to stay in the nearest caches.
  static let pieceSize = Int(KEYSTREAM_LARGEST)

  private let key: SymmetricKey
  private let counter: UInt128

  package init(_ bytes: [UInt8]) {
    precondition(bytes.count == Self.byteCount, "a mask seed has \(Self.byteCount) bytes")
    key = SymmetricKey(data: bytes[..<16])
    counter = bytes[16...].reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// Fills `bytes`, at most a piece, with the mask from block `firstBlock` on.
  package func keystream(firstBlock: UInt64, into bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count <= Self.pieceSize)
    guard let target = bytes.baseAddress else { return }
    key.withUnsafeBytes { key in
      withUnsafeBytes(of: (counter &+ UInt128(firstBlock)).bigEndian) { counter in
        keystream_aes128_ctr(
          key.assumingMemoryBound(to: UInt8.self).baseAddress,
          counter.assumingMemoryBound(to: UInt8.self).baseAddress, target, bytes.count)
      }
    }
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
}
