import Crypto
import CryptoExtras
import Foundation

/// 32 secret bytes that stand for a mask of any length: AES-128 in counter mode.
///
/// The first half is the key, the second the initial counter block, so that all 256 bits matter.
package struct MaskSeed: Sendable {
  static let byteCount = 32
  static let blockSize = 16
  /// Bytes that one call of the cipher produces at most: a piece that stays in the L2 cache.
  static let pieceSize = 65_536
  private static let zeros = Data(count: pieceSize)

  private let key: SymmetricKey
  private let counter: UInt128

  package init(_ bytes: [UInt8]) {
    precondition(bytes.count == Self.byteCount, "a mask seed has \(Self.byteCount) bytes")
    key = SymmetricKey(data: bytes[..<16])
    counter = bytes[16...].reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// `count` bytes of the mask, from block `firstBlock` on.
  package func keystream(firstBlock: UInt64, count: Int) -> Data {
    precondition(count <= Self.pieceSize)
    let nonce = withUnsafeBytes(of: (counter &+ UInt128(firstBlock)).bigEndian) { Array($0) }
    guard
      let stream = try? AES._CTR.encrypt(
        Self.zeros.prefix(count), using: key, nonce: AES._CTR.Nonce(nonceBytes: nonce))
    else { preconditionFailure("AES takes every key and counter block of 16 bytes") }
    return stream
  }
}
