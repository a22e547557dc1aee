/// Applies the C of a strategy to numbers that come round by round.
///
/// Releases are x + C⁻¹z. C times the releases is Cx + z: its noise is white again, and a client
/// shows in it with C times its participations, which is what the accounting rests on. Takes what
/// `CorrelatedNoise` takes: tree levels, bands − 1, or buffers.
package struct NoiseWhitening: Codable, Equatable, Sendable {
  package let strategy: NoiseStrategy
  /// Numbers a round.
  package let columns: Int
  /// Rounds so far.
  package private(set) var round = 0
  /// Row-major: buffers × columns.
  private var buffers: [Double] = []

  package init(_ strategy: NoiseStrategy, columns: Int) {
    self.strategy = strategy
    self.columns = columns
  }

  /// Turns the numbers of the next round into those of that row of C.
  package mutating func next(_ values: inout [Double]) {
    precondition(values.count == columns)
    round += 1
    switch strategy {
    case .tree(let isCombined): nextNode(&values, isCombined: isCombined)
    case .banded(let coefficients):
      let ring = coefficients.count - 1
      reserve(ring)
      for index in values.indices {
        let own = values[index]
        values[index] *= coefficients[0]
        for back in stride(from: 1, through: min(ring, round - 1), by: 1) {
          values[index] +=
            coefficients[back] * buffers[(round - 1 - back) % ring * columns + index]
        }
        if ring > 0 { buffers[(round - 1) % ring * columns + index] = own }
      }
    case .bufferedToeplitz(let strategy):
      reserve(strategy.decays.count)
      for index in values.indices {
        let own = values[index]
        for buffer in strategy.decays.indices {
          let place = buffer * columns + index
          values[index] += strategy.weights[buffer] * buffers[place]
          buffers[place] = strategy.decays[buffer] * buffers[place] + own
        }
      }
    }
  }

  /// The sum over the rounds of the node that ends now, without what the nodes before tell of it,
  /// over the deviation of its own noise.
  private mutating func nextNode(_ values: inout [Double], isCombined: Bool) {
    let level = round.trailingZeroBitCount
    reserve(level + 1)
    let own = NoiseStrategy.nodeVariances(levels: level + 1, isCombined: isCombined)
    // A combined node is w × its own noise + (1 − w) × its children's sum, and so are the right
    // children: the left ones have been released before.
    var share = 1.0
    var variance = 0.0
    var known = [Double](repeating: 0, count: level)
    for child in (0..<level).reversed() {
      let weight = own[child + 1]
      variance += share * share * weight * weight
      share *= 1 - weight
      known[child] = share
    }
    variance += share * share
    let scale = 1 / variance.squareRoot()
    for index in values.indices {
      var node = values[index]
      var surprise = values[index]
      for child in 0..<level {
        let sibling = buffers[child * columns + index]
        node += sibling
        surprise += (1 - known[child]) * sibling
      }
      buffers[level * columns + index] = node
      values[index] = surprise * scale
    }
  }

  private mutating func reserve(_ count: Int) {
    let missing = count * columns - buffers.count
    if missing > 0 { buffers += [Double](repeating: 0, count: missing) }
  }
}
