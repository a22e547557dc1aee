import Glibc
import LinearAlgebra

/// Draws the cohort of a round; cost and memory depend on the cohort, not on the population.
package enum CohortSampler {
  /// Ids of the cohort in ascending order.
  ///
  /// `fixed_size` draws `cohort_size` clients without replacement; `poisson` lets every training
  /// client join by itself with probability cohort_size ÷ training clients.
  package static func cohort(
    round: Int, seed: UInt64, training: TrainingConfiguration, partition: ClientPartition
  ) -> [Int] {
    var stream = RandomStream(seed: seed, purpose: .cohort, round: round)
    let positions =
      switch training.sampling {
      case .fixedSize:
        distinct(training.cohortSize, below: partition.trainingCount, using: &stream)
      case .poisson:
        poisson(
          rate: Double(training.cohortSize) / Double(partition.trainingCount),
          below: partition.trainingCount, using: &stream)
      }
    return positions.map(partition.trainingClient).sorted()
  }

  /// `count` different positions below `bound`, in no particular order (Floyd's algorithm).
  package static func distinct(
    _ count: Int, below bound: Int, using stream: inout RandomStream
  ) -> [Int] {
    precondition(count <= bound, "cannot draw \(count) of \(bound)")
    var chosen = Set<Int>(minimumCapacity: count)
    var positions: [Int] = []
    positions.reserveCapacity(count)
    for upper in (bound - count)..<bound {
      let candidate = stream.below(upper + 1)
      let position = chosen.contains(candidate) ? upper : candidate
      chosen.insert(position)
      positions.append(position)
    }
    return positions
  }

  /// Every position below `bound` with probability `rate`, by jumping over the absent ones.
  package static func poisson(
    rate: Double, below bound: Int, using stream: inout RandomStream
  ) -> [Int] {
    guard rate < 1 else { return Array(0..<bound) }
    var positions: [Int] = []
    var position = 0
    while true {
      let gap = log(stream.positiveUniform()) / log1p(-rate)
      guard gap < Double(bound - position) else { return positions }
      position += Int(gap)
      positions.append(position)
      position += 1
      guard position < bound else { return positions }
    }
  }
}
