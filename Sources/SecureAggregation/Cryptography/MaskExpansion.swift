import CSecureAggregation

/// A mask and the sign it enters a sum with.
package struct Mask: Sendable {
  package let seed: MaskSeed
  package let isNegative: Bool

  package init(seed: MaskSeed, isNegative: Bool) {
    self.seed = seed
    self.isNegative = isNegative
  }

  /// Expands the mask from block `firstBlock` on and adds it to whole residues.
  package func add(
    to residues: UnsafeMutableRawBufferPointer, firstBlock: UInt64, modulus: Modulus
  ) {
    let use =
      switch modulus {
      case .bits32: isNegative ? KEYSTREAM_SUBTRACT_32 : KEYSTREAM_ADD_32
      case .bits64: isNegative ? KEYSTREAM_SUBTRACT_64 : KEYSTREAM_ADD_64
      }
    seed.apply(use, firstBlock: firstBlock, to: residues)
  }
}

extension ResidueVector {
  /// Bytes of the vector that one task works on: they stay in the nearest cache while one mask
  /// after the other is added to them.
  private static let pieceSize = 1 << 15

  /// Expands all masks and adds them to the vector, modulo R.
  package mutating func add(
    _ masks: [Mask], by addMask: Cryptography.MaskAddition, on executor: ParallelExecutor
  ) {
    let modulus = modulus
    withUnsafeMutableBytes { bytes in
      // Tasks own disjoint pieces of the vector: no partial sums to merge.
      let pieceSize = Self.pieceSize(of: bytes.count, width: executor.width)
      nonisolated(unsafe) let bytes = bytes
      executor.run((bytes.count + pieceSize - 1) / pieceSize) { task in
        let start = task * pieceSize
        let end = min(start + pieceSize, bytes.count)
        let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end])
        let firstBlock = UInt64(start / MaskSeed.blockSize)
        for mask in masks { addMask(mask, firstBlock, modulus, piece) }
      }
    }
  }

  /// The largest piece that gives every thread the same work.
  private static func pieceSize(of byteCount: Int, width: Int) -> Int {
    let rounds = max(1, (byteCount + width * pieceSize - 1) / (width * pieceSize))
    let share = byteCount / (rounds * width) + 1
    let blocks = (share + MaskSeed.blockSize - 1) / MaskSeed.blockSize
    return min(pieceSize, blocks * MaskSeed.blockSize)
  }
}
