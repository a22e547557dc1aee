import SecureAggregation
import Testing

/// (k, t) from the tests of Google's federated-compute, graph_parameter_finder_test.cc, which fix k
/// and bound t from above; cohorts of 10, 100, … or of 100, 1 000, … in order.
private struct PublishedCase: Sendable, CustomTestStringConvertible {
  let corrupt: Double
  let dropout: Double
  let adversary: Adversary
  let smallestCohort: Int
  let neighbours: [Int]
  let thresholds: [Int]

  var testDescription: String { "\(adversary) \(corrupt) \(dropout)" }
}

private let publishedCases = [
  PublishedCase(
    corrupt: 0.45, dropout: 0.45, adversary: .curious, smallestCohort: 100,
    neighbours: [92, 822, 3494, 5508, 6240], thresholds: [46, 417, 1771, 2788, 3156]),
  PublishedCase(
    corrupt: 0.33, dropout: 0.33, adversary: .curious, smallestCohort: 10,
    neighbours: [8, 68, 286, 422, 480, 518], thresholds: [4, 34, 150, 221, 251, 270]),
  PublishedCase(
    corrupt: 0.05, dropout: 0.33, adversary: .curious, smallestCohort: 10,
    neighbours: [4, 28, 72, 86, 96, 102], thresholds: [2, 6, 24, 29, 32, 34]),
  PublishedCase(
    corrupt: 0.33, dropout: 0.05, adversary: .curious, smallestCohort: 10,
    neighbours: [4, 34, 78, 92, 102, 110], thresholds: [4, 29, 60, 70, 77, 83]),
  PublishedCase(
    corrupt: 0.05, dropout: 0.05, adversary: .curious, smallestCohort: 10,
    neighbours: [2, 12, 30, 34, 36, 38], thresholds: [2, 6, 17, 20, 21, 22]),
  PublishedCase(
    corrupt: 0.33, dropout: 0, adversary: .curious, smallestCohort: 10,
    neighbours: [4, 26, 38, 42, 46, 50], thresholds: [4, 25, 36, 40, 44, 47]),
  PublishedCase(
    corrupt: 0, dropout: 0.33, adversary: .curious, smallestCohort: 10,
    neighbours: [4, 26, 38, 42, 46, 50], thresholds: [2, 2, 2, 2, 2, 2]),
  PublishedCase(
    corrupt: 0, dropout: 0, adversary: .curious, smallestCohort: 10,
    neighbours: [2, 2, 2, 2, 2, 2], thresholds: [2, 2, 2, 2, 2, 2]),
]

@Suite struct NeighbourhoodTests {
  @Test(arguments: publishedCases)
  fileprivate func `agrees with the published neighbourhoods`(_ published: PublishedCase) throws {
    var cohortSize = published.smallestCohort
    for (neighbours, threshold) in zip(published.neighbours, published.thresholds) {
      // Above this the search takes seconds without testing anything new.
      guard cohortSize <= 100_000 || neighbours < 1000 else { break }
      let found = AggregationRequirements(
        cohortSize: cohortSize, adversary: published.adversary,
        corruptFraction: published.corrupt, dropoutFraction: published.dropout
      ).sparseNeighbourhood()
      #expect(found?.neighbours == neighbours)
      #expect(try #require(found).threshold <= threshold)
      cohortSize *= 10
    }
  }

  /// Both numbers exactly, from a port of the same program: reference table in privacy.md, A1.
  @Test(arguments: [
    (0.05, 0.05, Adversary.curious, [12, 30, 34, 36], [6, 17, 20, 21]),
    (0.05, 0.20, Adversary.curious, [20, 50, 60, 64], [6, 21, 25, 27]),
    (0.05, 0.33, Adversary.curious, [28, 72, 86, 96], [6, 24, 29, 32]),
    (0.33, 0.33, Adversary.curious, [68, 286, 422, 480], [34, 150, 221, 251]),
  ])
  func `agrees with the reference table`(
    corrupt: Double, dropout: Double, adversary: Adversary, neighbours: [Int], thresholds: [Int]
  ) throws {
    for (index, cohortSize) in [100, 1000, 10_000, 100_000].enumerated() {
      let found = try AggregationRequirements(
        cohortSize: cohortSize, adversary: adversary, corruptFraction: corrupt,
        dropoutFraction: dropout
      ).neighbourhood(for: .secaggPlus)
      #expect(
        found == Neighbourhood(neighbours: neighbours[index], threshold: thresholds[index]))
    }
  }

  @Test(arguments: [
    (1000, 0.5, 0.5, Adversary.curious, "at most 0.9"),
    (1000, 0.33, 0.33, Adversary.active, "at most 0.9"),
    (1000, 0.1, 1, Adversary.curious, "[0, 1)"),
    (1000, 0.1, -1, Adversary.curious, "[0, 1)"),
    (0, 0.1, 0.1, Adversary.curious, "cohort of 2"),
    (6, 0.1, 0.4, Adversary.active, "enlarge the cohort"),
  ])
  func `refuses what cannot be met, with the reason`(
    cohortSize: Int, corrupt: Double, dropout: Double, adversary: Adversary, reason: String
  ) {
    let requirements = AggregationRequirements(
      cohortSize: cohortSize, adversary: adversary, corruptFraction: corrupt,
      dropoutFraction: dropout)
    for scheme in AggregationScheme.allCases {
      let error = #expect(throws: SecureAggregationError.self) {
        try requirements.neighbourhood(for: scheme)
      }
      #expect(error?.description.contains(reason) == true)
    }
  }

  @Test func `small cohorts use the complete graph with two thirds`() throws {
    let requirements = AggregationRequirements(
      cohortSize: 10, adversary: .curious, corruptFraction: 0.05, dropoutFraction: 0.33)
    // The sparse rule would give k = 4 and t = 2, which misses its own correctness target.
    #expect(
      try requirements.neighbourhood(for: .secaggPlus)
        == Neighbourhood(neighbours: 9, threshold: 7))
  }

  @Test func `the complete graph lowers its threshold to what dropouts leave`() throws {
    let requirements = AggregationRequirements(
      cohortSize: 20, adversary: .curious, corruptFraction: 0.1, dropoutFraction: 0.5)
    #expect(
      try requirements.neighbourhood(for: .secagg)
        == Neighbourhood(neighbours: 19, threshold: 10))
  }

  @Test func `the graph is regular and symmetric, and complete when there are too few`() {
    var source = KeyedRandomSource(seed: 3, purpose: .graph)
    let participants = (0..<50).filter { $0 != 7 && $0 != 31 }
    let graph = NeighbourGraph(
      participants: participants, cohortSize: 50, neighbours: 10, using: &source)
    for participant in participants {
      let neighbours = graph.neighbours(of: participant)
      #expect(Set(neighbours).count == 10)
      #expect(neighbours == neighbours.sorted())
      for neighbour in neighbours {
        #expect(neighbour != participant && participants.contains(neighbour))
        #expect(graph.areNeighbours(neighbour, participant))
      }
    }
    #expect(graph.neighbours(of: 7).isEmpty)

    let small = NeighbourGraph(
      participants: [1, 4, 6], cohortSize: 50, neighbours: 10, using: &source)
    #expect(small.neighbours(of: 4) == [1, 6])
  }

  @Test func `another draw gives other neighbours`() {
    // No participant can predict its neighbours from numbers: over many draws every other
    // participant is one, equally often (expected 4 000 × 6 ÷ 19 ≈ 1 263 times, deviation ≈ 29).
    var source = KeyedRandomSource(seed: 4, purpose: .graph)
    var counts = [Int](repeating: 0, count: 20)
    for _ in 0..<4000 {
      let graph = NeighbourGraph(
        participants: Array(0..<20), cohortSize: 20, neighbours: 6, using: &source)
      for neighbour in graph.neighbours(of: 0) { counts[neighbour] += 1 }
    }
    #expect(counts[0] == 0)
    #expect(counts.dropFirst().allSatisfy { abs($0 - 1263) < 29 * 5 })
  }

  /// Why the ring is drawn after the keys are in: whoever knows it beforehand can seat corrupt
  /// participants all around a victim, and these hold enough shares to open its vector.
  @Test func `around a ring that can be foreseen few corrupt participants open a vector`() throws {
    let requirements = AggregationRequirements(
      cohortSize: 1000, adversary: .curious, corruptFraction: 0.05, dropoutFraction: 0.05)
    let neighbourhood = try #require(requirements.sparseNeighbourhood())
    func draw(_ seed: UInt64) -> NeighbourGraph {
      var source = KeyedRandomSource(seed: seed, purpose: .graph)
      return NeighbourGraph(
        participants: Array(0..<1000), cohortSize: 1000, neighbours: neighbourhood.neighbours,
        using: &source)
    }
    let victim = 100
    let foreseen = draw(1).neighbours(of: victim)
    #expect(foreseen.count <= 50 && foreseen.count >= neighbourhood.threshold)
    for seed: UInt64 in 2..<300 {
      let drawn = Set(draw(seed).neighbours(of: victim))
      #expect(drawn.intersection(foreseen).count < neighbourhood.threshold)
    }
  }
}
