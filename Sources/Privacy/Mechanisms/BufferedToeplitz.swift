import Glibc

/// A Toeplitz strategy with c₀ = 1 and c_t = Σ_j ω_j θ_j^(t−1): noise of a few buffers.
///
/// BLT: Dvijotham, McMahan, Pillutla, Steinke and Thakurta 2024 (https://arxiv.org/abs/2404.16706);
/// several participations: McMahan et al. 2024 (https://arxiv.org/abs/2408.08868).
package struct BufferedToeplitz: Codable, Equatable, Sendable {
  /// θ, the share of a buffer that the next round keeps; 0…1.
  package let decays: [Double]
  /// ω, how much of a buffer is taken off the noise; above 0, their sum at most 1.
  package let weights: [Double]

  package init(decays: [Double], weights: [Double]) {
    precondition(decays.count == weights.count && !decays.isEmpty)
    precondition(decays.allSatisfy { $0 > 0 && $0 < 1 } && weights.allSatisfy { $0 > 0 })
    // Then the coefficients are positive and falling, which the worst case rests on.
    precondition(weights.reduce(0, +) <= 1)
    self.decays = decays
    self.weights = weights
  }

  /// The first `count` coefficients of C.
  func coefficients(count: Int) -> [Double] {
    var terms = weights
    let buffers = terms.count
    return [Double](unsafeUninitializedCapacity: max(count, 0)) { result, size in
      size = max(count, 0)
      terms.withUnsafeMutableBufferPointer { terms in
        decays.withUnsafeBufferPointer { decays in
          for round in 0..<size {
            guard round > 0 else {
              result.initializeElement(at: 0, to: 1)
              continue
            }
            var sum = 0.0
            for j in 0..<buffers {
              sum += terms[j]
              terms[j] *= decays[j]
            }
            result.initializeElement(at: round, to: sum)
          }
        }
      }
    }
  }

  /// The first `count` coefficients of C⁻¹.
  func inverse(count: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(count)
    forEachInverse(count: count) { result.append($0) }
    return result
  }

  /// √Σ of the squared prefix sums of C⁻¹, whose rows are those of A C⁻¹.
  func worstPrefixError(rounds: Int) -> Double {
    var sum = 0.0
    var square = 0.0
    forEachInverse(count: rounds) { coefficient in
      sum += coefficient
      square += sum * sum
    }
    return square.squareRoot()
  }

  /// Calls `body` with the coefficients of C⁻¹, one after the other.
  @inline(__always)
  private func forEachInverse(count: Int, _ body: (Double) -> Void) {
    let number = weights.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * number) { scratch in
      // Weights, decays and buffers side by side: this is the inner loop of a search.
      for j in 0..<number {
        scratch[j] = weights[j]
        scratch[number + j] = decays[j]
        scratch[2 * number + j] = 0
      }
      for round in 0..<count {
        var value = round == 0 ? 1.0 : 0.0
        for j in 0..<number { value -= scratch[j] * scratch[2 * number + j] }
        for j in 0..<number {
          scratch[2 * number + j] = scratch[number + j] * scratch[2 * number + j] + value
        }
        body(value)
      }
    }
  }

  /// The parameters with the smallest worst prefix error at equal privacy (Nelder–Mead).
  package static func optimized(
    rounds: Int, participation: Participation, buffers: Int
  ) -> BufferedToeplitz {
    precondition(rounds > 1 && (1...4).contains(buffers))
    // Unbounded coordinates: logits of θ, logarithms of ω.
    func decode(_ point: [Double]) -> BufferedToeplitz? {
      let decays = point.prefix(buffers).map { 1 / (1 + exp(-$0)) }
      let weights = point.suffix(buffers).map(exp)
      guard decays.allSatisfy({ $0 > 0 && $0 < 1 }), weights.allSatisfy({ $0 > 0 }),
        weights.reduce(0, +) <= 1
      else { return nil }
      return BufferedToeplitz(decays: decays, weights: weights)
    }
    func loss(_ point: [Double]) -> Double {
      guard let candidate = decode(point) else { return .infinity }
      let strategy = NoiseStrategy.bufferedToeplitz(candidate)
      return strategy.sensitivity(rounds: rounds, participation: participation)
        * strategy.worstPrefixError(rounds: rounds)
    }
    // Decay times spread evenly in logarithm between a few rounds and the whole run.
    let longest = log(Double(rounds))
    let start = (0..<buffers).map { longest * (1 - Double($0) / Double(buffers)) }
    let initial = start + start.map { -0.5 * $0 - log(2.0) }
    let point = minimize(loss, from: initial, steps: 400 * buffers)
    // The start is feasible and the search keeps the best point, so this is never the start's.
    return decode(point) ?? BufferedToeplitz(decays: [0.5], weights: [0.25])
  }
}

/// The best point found by the downhill simplex of Nelder and Mead (1965).
func minimize(
  _ function: ([Double]) -> Double, from start: [Double], steps: Int
) -> [Double] {
  let count = start.count
  var simplex = (0...count).map { vertex in
    var point = start
    if vertex > 0 { point[vertex - 1] += 0.5 }
    return (point: point, value: function(point))
  }
  for _ in 0..<steps {
    simplex.sort { $0.value < $1.value }
    // A simplex that has become one point stays where it is.
    if simplex.allSatisfy({ $0.point == simplex[0].point }) { break }
    let worst = simplex[count]
    let centre = (0..<count).map { axis in
      simplex.dropLast().reduce(0) { $0 + $1.point[axis] } / Double(count)
    }
    func candidate(_ factor: Double) -> (point: [Double], value: Double) {
      let point = zip(centre, worst.point).map { $0 + factor * ($0 - $1) }
      return (point, function(point))
    }
    let reflected = candidate(1)
    if reflected.value < simplex[0].value {
      let expanded = candidate(2)
      simplex[count] = expanded.value < reflected.value ? expanded : reflected
    } else if reflected.value < simplex[count - 1].value {
      simplex[count] = reflected
    } else {
      let contracted = candidate(reflected.value < worst.value ? 0.5 : -0.5)
      if contracted.value < min(reflected.value, worst.value) {
        simplex[count] = contracted
      } else {
        let best = simplex[0].point
        for index in 1...count {
          let point = zip(best, simplex[index].point).map { 0.5 * ($0 + $1) }
          simplex[index] = (point, function(point))
        }
      }
    }
  }
  simplex.sort { $0.value < $1.value }
  return simplex[0].point
}
