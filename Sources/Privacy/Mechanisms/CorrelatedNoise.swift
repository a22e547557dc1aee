/// The noise C⁻¹z of a strategy, one round after the other: what is left of a run's earlier noise.
///
/// Memory is a few numbers per parameter: tree levels, bands − 1, or buffers. Its Codable form is
/// part of the checkpoint.
package struct CorrelatedNoise: Equatable, Sendable {
  package let strategy: NoiseStrategy
  /// Parameters.
  package let dimension: Int
  /// Standard deviation of z in grid steps: noise multiplier × clipping bound ÷ step.
  package let deviation: Double
  /// Rounds released so far.
  package private(set) var round = 0
  /// Row-major: buffers × dimension.
  var buffers: [Double]

  package init(strategy: NoiseStrategy, dimension: Int, deviation: Double, rounds: Int) {
    self.strategy = strategy
    self.dimension = dimension
    self.deviation = deviation
    buffers = [Double](
      repeating: 0, count: dimension * Self.bufferCount(strategy, rounds: rounds))
  }

  init(
    strategy: NoiseStrategy, dimension: Int, deviation: Double, round: Int, buffers: [Double]
  ) {
    self.strategy = strategy
    self.dimension = dimension
    self.deviation = deviation
    self.round = round
    self.buffers = buffers
  }

  private static func bufferCount(_ strategy: NoiseStrategy, rounds: Int) -> Int {
    switch strategy {
    case .tree: NoiseStrategy.levels(rounds)
    case .banded(let coefficients): coefficients.count - 1
    case .bufferedToeplitz(let strategy): strategy.decays.count
    }
  }

  /// Adds the next round's noise to a sum in grid steps, rounded to whole steps, wrapping.
  ///
  /// Rounding is post-processing, as in `GaussianNoise`; the buffers keep the exact noise.
  package mutating func addNext(
    to sum: UnsafeMutableBufferPointer<Int64>, using stream: inout NoiseStream
  ) {
    precondition(sum.count == dimension)
    round += 1
    switch strategy {
    case .tree(let isCombined): addTree(to: sum, isCombined: isCombined, using: &stream)
    case .banded(let coefficients): addBanded(to: sum, coefficients, using: &stream)
    case .bufferedToeplitz(let strategy): addBuffered(to: sum, strategy, using: &stream)
    }
  }

  private mutating func addBuffered(
    to sum: UnsafeMutableBufferPointer<Int64>, _ strategy: BufferedToeplitz,
    using stream: inout NoiseStream
  ) {
    let count = strategy.decays.count
    buffers.withUnsafeMutableBufferPointer { buffers in
      for index in 0..<dimension {
        var noise = deviation * stream.normal()
        for j in 0..<count { noise -= strategy.weights[j] * buffers[j * dimension + index] }
        for j in 0..<count {
          let place = j * dimension + index
          buffers[place] = strategy.decays[j] * buffers[place] + noise
        }
        sum[index] &+= Int64(noise.rounded())
      }
    }
  }

  /// Back-substitution: c₀ x_t = z_t − Σ_j c_j x_(t−j); the buffers are a ring of the last x.
  private mutating func addBanded(
    to sum: UnsafeMutableBufferPointer<Int64>, _ coefficients: [Double],
    using stream: inout NoiseStream
  ) {
    let ring = coefficients.count - 1
    // Blocks that stay in the nearest cache while all earlier rounds pass by.
    let block = 2048
    buffers.withUnsafeMutableBufferPointer { buffers in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: block) { noise in
        for start in stride(from: 0, to: dimension, by: block) {
          let count = min(block, dimension - start)
          for index in 0..<count { noise[index] = deviation * stream.normal() }
          for back in stride(from: 1, through: min(ring, round - 1), by: 1) {
            let row = (round - 1 - back) % ring * dimension + start
            let coefficient = coefficients[back]
            for index in 0..<count { noise[index] -= coefficient * buffers[row + index] }
          }
          for index in 0..<count {
            noise[index] /= coefficients[0]
            sum[start + index] &+= Int64(noise[index].rounded())
          }
          guard ring > 0 else { continue }
          let row = (round - 1) % ring * dimension + start
          for index in 0..<count { buffers[row + index] = noise[index] }
        }
      }
    }
  }

  /// The prefix noise is the sum of one node per binary digit of the round; the next round closes
  /// the nodes of all trailing ones and opens the one above them.
  private mutating func addTree(
    to sum: UnsafeMutableBufferPointer<Int64>, isCombined: Bool, using stream: inout NoiseStream
  ) {
    let level = round.trailingZeroBitCount
    precondition(
      level * dimension < max(buffers.count, 1), "more rounds than the tree was made for")
    let own = NoiseStrategy.nodeVariances(levels: level + 1, isCombined: isCombined)
    buffers.withUnsafeMutableBufferPointer { buffers in
      for index in 0..<dimension {
        var node = deviation * stream.normal()
        var closed = 0.0
        for child in 0..<level {
          let sibling = buffers[child * dimension + index]
          closed += sibling
          // A node of its own noise and of its children's sum, weighted by their precision.
          if isCombined {
            let weight = own[child + 1]
            node = weight * deviation * stream.normal() + (1 - weight) * (sibling + node)
          }
        }
        buffers[level * dimension + index] = node
        sum[index] &+= Int64((node - closed).rounded())
      }
    }
  }
}
