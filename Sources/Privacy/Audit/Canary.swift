import LinearAlgebra

/// Updates that nobody's data made, uniform on a sphere: planted to be looked for.
package enum Canary {
  /// Writes canary `index`, or its twin that never takes part, with Euclidean norm `norm`.
  package static func fill(
    _ vector: UnsafeMutableBufferPointer<Float>, index: Int, twin: Bool = false, norm: Double,
    seed: UInt64
  ) {
    let scale = Float(norm / draw(vector, index: index, twin: twin, seed: seed).squareRoot())
    for position in vector.indices { vector[position] *= scale }
  }

  /// ⟨release, canary⟩ ÷ ‖canary‖.
  static func projection(
    of release: [Double], on index: Int, twin: Bool, seed: UInt64, buffer: inout [Float]
  ) -> Double {
    buffer.withUnsafeMutableBufferPointer { buffer in
      let square = draw(buffer, index: index, twin: twin, seed: seed)
      var product = 0.0
      for position in buffer.indices { product += Double(buffer[position]) * release[position] }
      return product / square.squareRoot()
    }
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
