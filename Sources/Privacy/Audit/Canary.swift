import LinearAlgebra

/// Updates that nobody's data made, uniform on a sphere: planted to be looked for.
package enum Canary {
  /// Whether a canary sends its vector: a fair coin of each, that no other draw depends on.
  ///
  /// The others send zeros through the same steps. Only what was left to chance can be guessed, and
  /// a bound on what guesses show is a bound on ε (see `OneRunBound`).
  package static func isPlanted(_ index: Int, seed: UInt64) -> Bool {
    var stream = RandomStream(seed: seed, purpose: .canary, round: 2, client: index)
    return stream.chance(0.5)
  }

  /// Writes canary `index`, or its twin that never takes part, with Euclidean norm `norm`.
  package static func fill(
    _ vector: UnsafeMutableBufferPointer<Float>, index: Int, twin: Bool = false, norm: Double,
    seed: UInt64
  ) {
    let scale = Float(norm / draw(vector, index: index, twin: twin, seed: seed).squareRoot())
    for position in vector.indices { vector[position] *= scale }
  }

  /// Fills with standard normal numbers and returns the sum of their squares.
  private static func draw(
    _ vector: UnsafeMutableBufferPointer<Float>, index: Int, twin: Bool, seed: UInt64
  ) -> Double {
    var stream = RandomStream(
      seed: seed, purpose: .canary, round: twin ? 1 : 0, client: index)
    var square = 0.0
    for position in vector.indices {
      let value = Float(stream.normal())
      vector[position] = value
      square += Double(value) * Double(value)
    }
    return square
  }
}
