import LinearAlgebra
import Privacy

/// Gaussian noise that each client adds to its own update, which is private by itself from then on.
package struct LocalNoise: UpdateTransform {
  let configuration: Configuration
  /// Standard deviation ÷ clipping bound.
  package var noiseMultiplier: Double

  package init(_ configuration: Configuration) {
    self.configuration = configuration
    noiseMultiplier = configuration.privacy.noiseMultiplier.value ?? 0
  }

  package func onClient(
    _ update: UnsafeMutableBufferPointer<Float>, _ note: inout ClientNote, _ context: ClientContext
  ) {
    if note.fate != .reported {
      // Noise hides who has nothing to tell.
      for index in update.indices { update[index] = 0 }
      note = ClientNote(.reported)
    }
    note.largestNorm = .infinity
    // What a hostile client makes up has no place on the grid: it goes out as it is, and no server takes it.
    if context.isUnclipped,
      !Elementwise.isWithin(UpdateSum.largestCoordinate, UnsafeBufferPointer(update))
    {
      return
    }
    addNoise(to: update, context)
  }

  /// In whole steps of the sum's grid: the low bits betray nothing.
  private func addNoise(
    to update: UnsafeMutableBufferPointer<Float>, _ context: ClientContext
  ) {
    let bound = context.clippingBound ?? 1
    let scale = Double(1 << UpdateSum.fractionBits)
    var stream = configuration.noiseStream(
      .clientNoise, round: context.round, client: context.client)
    var steps = update.map { Int64((Double($0) * scale).rounded()) }
    steps.withUnsafeMutableBufferPointer {
      GaussianNoise.add(deviation: noiseMultiplier * bound * scale, to: $0, using: &stream)
    }
    for index in update.indices { update[index] = Float(Double(steps[index]) / scale) }
  }
}
