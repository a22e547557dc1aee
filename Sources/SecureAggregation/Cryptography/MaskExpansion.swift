/// A mask and the sign it enters a sum with.
package struct Mask: Sendable {
  let seed: MaskSeed
  let isNegative: Bool

  package init(seed: MaskSeed, isNegative: Bool) {
    self.seed = seed
    self.isNegative = isNegative
  }
}

extension ResidueVector {
  /// Expands all masks and adds them to the vector, modulo R.
  package mutating func add(
    _ masks: [Mask], keystream: Cryptography.Keystream, on executor: ParallelExecutor
  ) {
    let modulus = modulus
    withUnsafeMutableBytes { bytes in
      // Tasks own disjoint pieces of the vector: no partial sums to merge, and the piece stays in
      // the cache while one mask after the other is added to it.
      let pieceSize = Self.pieceSize(of: bytes.count, width: executor.width)
      nonisolated(unsafe) let bytes = bytes
      executor.run((bytes.count + pieceSize - 1) / pieceSize) { task in
        let start = task * pieceSize
        let end = min(start + pieceSize, bytes.count)
        let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end])
        let firstBlock = UInt64(start / MaskSeed.blockSize)
        withUnsafeTemporaryAllocation(byteCount: piece.count, alignment: 64) { stream in
          for mask in masks {
            keystream(mask.seed, firstBlock, stream)
            modulus.add(UnsafeRawBufferPointer(stream), to: piece, negated: mask.isNegative)
          }
        }
      }
    }
  }

  /// The largest piece that the cipher takes and that gives every thread the same work.
  private static func pieceSize(of byteCount: Int, width: Int) -> Int {
    let rounds = max(1, (byteCount + width * MaskSeed.pieceSize - 1) / (width * MaskSeed.pieceSize))
    let share = byteCount / (rounds * width) + 1
    let blocks = (share + MaskSeed.blockSize - 1) / MaskSeed.blockSize
    return min(MaskSeed.pieceSize, blocks * MaskSeed.blockSize)
  }
}

extension Modulus {
  /// Adds or subtracts `source` word by word; both buffers hold whole words.
  fileprivate func add(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, negated: Bool
  ) {
    switch self {
    case .bits32: Self.add(source, to: target, negated: negated, as: UInt32.self)
    case .bits64: Self.add(source, to: target, negated: negated, as: UInt64.self)
    }
  }

  @inline(__always)
  private static func add<Word: FixedWidthInteger & UnsignedInteger>(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, negated: Bool,
    as word: Word.Type
  ) {
    precondition(source.count == target.count)
    source.withMemoryRebound(to: word) { source in
      target.withMemoryRebound(to: word) { target in
        if negated {
          for index in target.indices { target[index] &-= source[index] }
        } else {
          for index in target.indices { target[index] &+= source[index] }
        }
      }
    }
  }
}
