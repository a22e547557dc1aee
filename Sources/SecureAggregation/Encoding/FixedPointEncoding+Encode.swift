import CSecureAggregation

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
      let (words, clipped) = residues(quantize_32, rotated, update, weight, rounding, numbers)
      encoded = clipped.map { EncodedUpdate(residues: .bits32(words), clippedCoordinates: $0) }
    case .bits64:
      let (words, clipped) = residues(quantize_64, rotated, update, weight, rounding, numbers)
      encoded = clipped.map { EncodedUpdate(residues: .bits64(words), clippedCoordinates: $0) }
    }
    guard let encoded else { throw .unencodable("an update with a coordinate that is not finite") }
    return encoded
  }

  /// A kernel that rounds values to residues: see CSecureAggregation.
  private typealias Quantization<Word> = (
    UnsafePointer<Float>?, UnsafePointer<Int32>?, _ count: Int, _ factor: Double, _ bound: Double,
    _ scale: Double, UnsafeMutablePointer<Word>?
  ) -> quantize_result

  /// A whole vector, and how many coordinates were clipped: nil when one is not finite.
  private func residues<Word: FixedWidthInteger & UnsignedInteger>(
    _ quantize: Quantization<Word>, _ rotated: [Float]?, _ update: UnsafeBufferPointer<Float>,
    _ weight: Int, _ rounding: MaskSeed, _ numbers: [Int64]
  ) -> (words: [Word], clipped: Int?) {
    var clipped: Int?
    // One more than the vector is long: a client puts its own 1 behind it.
    let words = [Word](unsafeUninitializedCapacity: vectorLength + 1) { words, count in
      func round(_ values: UnsafeBufferPointer<Float>) {
        clipped = self.round(values, factor: Double(weight), rounding, quantize, into: words)
      }
      if let rotated { rotated.withUnsafeBufferPointer(round) } else { round(update) }
      for (index, number) in numbers.enumerated() {
        words[encodedUpdateLength + index] = Word(truncatingIfNeeded: number)
      }
      count = vectorLength
    }
    return (words, clipped)
  }

  /// Values that are rounded at a time: with their random numbers they stay in the nearest cache.
  private static let roundedAtATime = 2048

  /// Writes the steps of `factor` × values modulo R; nil when one of them is not finite.
  private func round<Word>(
    _ values: UnsafeBufferPointer<Float>, factor: Double, _ rounding: MaskSeed,
    _ quantize: Quantization<Word>, into words: UnsafeMutableBufferPointer<Word>
  ) -> Int? {
    guard let values = values.baseAddress, let words = words.baseAddress else { return 0 }
    var clipped = 0
    var isFinite = true
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.roundedAtATime) { random in
      for start in stride(from: 0, to: encodedUpdateLength, by: Self.roundedAtATime) {
        let count = min(Self.roundedAtATime, encodedUpdateLength - start)
        rounding.keystream(
          firstBlock: UInt64(start * 4 / MaskSeed.blockSize),
          into: UnsafeMutableRawBufferPointer(start: random.baseAddress, count: count * 4))
        let result = quantize(
          values + start, random.baseAddress, count, factor, clip * factor, updateScale,
          words + start)
        clipped += result.clipped
        isFinite = isFinite && result.is_finite
      }
    }
    return isFinite ? clipped : nil
  }
}
