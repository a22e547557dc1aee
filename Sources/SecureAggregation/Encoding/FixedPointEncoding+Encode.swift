import Foundation

/// One participant's vector, ready to be masked.
package struct EncodedUpdate: Equatable, Sendable {
  package let residues: ResidueVector
  /// Update coordinates that lay beyond the clip.
  package let clippedCoordinates: Int
}

extension FixedPointEncoding {
  /// Clips, scales and rounds to one of the two nearest steps, without bias.
  ///
  /// Throws for a number that is not finite; never wraps.
  package func encode(
    _ update: UnsafeBufferPointer<Float>, weight: Int, metrics: [Double] = [],
    using source: inout some SecureRandomSource
  ) throws(SecureAggregationError) -> EncodedUpdate {
    precondition(update.count == updateLength && metrics.count == metricBounds.count)
    guard weight >= 0, weight <= maximumWeight else {
      throw .unencodable("a weight of \(weight) where 0 to \(maximumWeight) was agreed")
    }
    let rounding = MaskSeed(source.bytes(MaskSeed.byteCount))
    var numbers = [Int64(weight)]
    for (index, metric) in metrics.enumerated() {
      guard metric.isFinite else { throw .unencodable("a metric that is not finite") }
      let bound = metricBounds[index]
      numbers.append(Int64((max(-bound, min(bound, metric)) * metricScales[index]).rounded()))
    }
    let rotated = rotation?.rotate(update)
    let encoded: EncodedUpdate?
    switch modulus {
    case .bits32:
      let (words, clipped) = residues(UInt32.self, rotated, update, weight, rounding, numbers)
      encoded = clipped.map { EncodedUpdate(residues: .bits32(words), clippedCoordinates: $0) }
    case .bits64:
      let (words, clipped) = residues(UInt64.self, rotated, update, weight, rounding, numbers)
      encoded = clipped.map { EncodedUpdate(residues: .bits64(words), clippedCoordinates: $0) }
    }
    guard let encoded else { throw .unencodable("an update with a coordinate that is not finite") }
    return encoded
  }

  /// A whole vector, and how many coordinates were clipped: nil when one is not finite.
  private func residues<Word: FixedWidthInteger & UnsignedInteger>(
    _ word: Word.Type, _ rotated: [Float]?, _ update: UnsafeBufferPointer<Float>, _ weight: Int,
    _ rounding: MaskSeed, _ numbers: [Int64]
  ) -> (words: [Word], clipped: Int?) {
    var clipped: Int?
    let factor = Double(weight)
    // One more than the vector is long: a client puts its own 1 behind it.
    let words = [Word](unsafeUninitializedCapacity: vectorLength + 1) { words, count in
      if let rotated {
        clipped = rotated.withUnsafeBufferPointer {
          quantize($0, factor: factor, bound: clip * factor, rounding, into: words)
        }
      } else {
        clipped = quantize(update, factor: factor, bound: clip * factor, rounding, into: words)
      }
      for (index, number) in numbers.enumerated() {
        words[encodedUpdateLength + index] = Word(truncatingIfNeeded: number)
      }
      count = vectorLength
    }
    return (words, clipped)
  }

  /// Writes the steps of `factor` × values modulo R; nil when one of them is not finite.
  @inline(__always)
  private func quantize<Word: FixedWidthInteger & UnsignedInteger>(
    _ values: UnsafeBufferPointer<Float>, factor: Double, bound: Double, _ rounding: MaskSeed,
    into words: UnsafeMutableBufferPointer<Word>
  ) -> Int? {
    let scale = updateScale
    // Adding 1.5 × 2^52 leaves the nearest integer in the low bits of a Double: unlike a conversion
    // to Int64 this compiles to vector instructions everywhere.
    let shift = 0x1.8p52
    var clipped = 0
    var isFinite = true
    let wordsPerPiece = MaskSeed.pieceSize / 4
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: wordsPerPiece) { random in
      for start in stride(from: 0, to: values.count, by: wordsPerPiece) {
        let count = min(wordsPerPiece, values.count - start)
        rounding.keystream(
          firstBlock: UInt64(start * 4 / MaskSeed.blockSize),
          into: UnsafeMutableRawBufferPointer(start: random.baseAddress, count: count * 4))
        for index in 0..<count {
          let value = Double(values[start + index]) * factor
          isFinite = isFinite && value.isFinite
          clipped += value.magnitude > bound ? 1 : 0
          let inside = max(-bound, min(bound, value)) * scale
          // Uniform in (−½, ½) and symmetric: rounding to nearest then goes up with the
          // probability of the fraction, and leaves whole numbers alone.
          let dither = Double(random[index]) * 0x1p-32 + 0x1p-33
          let rounded = inside + dither + shift
          let step = Int64(bitPattern: rounded.bitPattern &- shift.bitPattern)
          words[start + index] = Word(truncatingIfNeeded: step)
        }
      }
    }
    return isFinite ? clipped : nil
  }
}
