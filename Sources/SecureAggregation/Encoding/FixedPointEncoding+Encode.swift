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
    var steps = [Int64](repeating: 0, count: vectorLength)
    let bound = clip * Double(weight)
    let clipped: Int?
    if let rotation {
      clipped = rotation.rotate(update).withUnsafeBufferPointer {
        quantize($0, factor: Double(weight), bound: bound, rounding, into: &steps)
      }
    } else {
      clipped = quantize(update, factor: Double(weight), bound: bound, rounding, into: &steps)
    }
    guard let clipped else { throw .unencodable("an update with a coordinate that is not finite") }

    steps[encodedUpdateLength] = Int64(weight)
    for (index, metric) in metrics.enumerated() {
      guard metric.isFinite else { throw .unencodable("a metric that is not finite") }
      let bound = metricBounds[index]
      let value = max(-bound, min(bound, metric)) * metricScales[index]
      steps[encodedUpdateLength + 1 + index] = Int64(value.rounded())
    }
    return EncodedUpdate(residues: residues(steps), clippedCoordinates: clipped)
  }

  /// Writes the steps of `factor` × values; nil when one of them is not finite.
  private func quantize(
    _ values: UnsafeBufferPointer<Float>, factor: Double, bound: Double, _ rounding: MaskSeed,
    into steps: inout [Int64]
  ) -> Int? {
    let scale = updateScale
    // Adding 1.5 × 2^52 leaves the nearest integer in the low bits of a Double: unlike a conversion
    // to Int64 this compiles to vector instructions everywhere.
    let shift = 0x1.8p52
    var clipped = 0
    var isFinite = true
    let wordsPerPiece = MaskSeed.pieceSize / 4
    for start in stride(from: 0, to: values.count, by: wordsPerPiece) {
      let count = min(wordsPerPiece, values.count - start)
      let bits = rounding.keystream(
        firstBlock: UInt64(start * 4 / MaskSeed.blockSize), count: count * 4)
      bits.withUnsafeBytes { bits in
        let words = bits.assumingMemoryBound(to: Int32.self)
        for index in 0..<count {
          let value = Double(values[start + index]) * factor
          isFinite = isFinite && value.isFinite
          clipped += value.magnitude > bound ? 1 : 0
          let inside = max(-bound, min(bound, value)) * scale
          // Uniform in (−½, ½) and symmetric: rounding to nearest then goes up with the
          // probability of the fraction, and leaves whole numbers alone.
          let dither = Double(words[index]) * 0x1p-32 + 0x1p-33
          let rounded = inside + dither + shift
          steps[start + index] = Int64(bitPattern: rounded.bitPattern &- shift.bitPattern)
        }
      }
    }
    return isFinite ? clipped : nil
  }

  private func residues(_ steps: [Int64]) -> ResidueVector {
    switch modulus {
    case .bits32: .bits32(steps.map { UInt32(truncatingIfNeeded: $0) })
    case .bits64: .bits64(steps.map { UInt64(bitPattern: $0) })
    }
  }
}
