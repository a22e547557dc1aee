import Foundation
import SecureAggregation
import Testing

/// Neighbours that participants choose themselves, against a server that would choose them.
@Suite struct ChosenNeighbourTests {
  /// k, t and the most vectors left out for cohorts of 100, 1 000 and 3 000: Vectors/chosen_neighbours.py.
  @Test(
    arguments: [
      (0.05, 0.05, nil, [12, 38, 52], [7, 25, 36], [6, 7, 14]),
      (0.05, 0.2, nil, [24, 70, 96], [9, 34, 50], [4, 10, 22]),
      (0.05, 0.33, nil, [34, 96, 136], [10, 37, 57], [4, 11, 23]),
      (0.33, 0.05, nil, [36, 86, 108], [31, 67, 85], [1, 4, 9]),
      (0, 0.2, nil, [20, 42, 66], [6, 16, 30], [5, 17, 31]),
      (0.05, 0.2, 2, [28, 82, 122], [12, 43, 68], [8, 19, 37]),
    ] as [(Double, Double, Int?, [Int], [Int], [Int])])
  func `agrees with the script`(
    corrupt: Double, dropout: Double, minimum: Int?, neighbours: [Int], thresholds: [Int],
    leftOut: [Int]
  ) throws {
    for (index, cohortSize) in [100, 1000, 3000].enumerated() {
      let requirements = AggregationRequirements(
        cohortSize: cohortSize, adversary: .active, corruptFraction: corrupt,
        dropoutFraction: dropout, minimumSurvivors: minimum)
      let found = try requirements.neighbourhood(for: .secaggPlus)
      #expect(try requirements.mostLeftOut(for: .secaggPlus) == leftOut[index])
      #expect(
        found == Neighbourhood(neighbours: neighbours[index], threshold: thresholds[index]))
    }
  }

  @Test func `a choice is k others, each as likely as the next`() throws {
    let parameters = try makeParameters(20, threshold: 3, neighbours: 6, adversary: .active)
    var source = KeyedRandomSource(seed: 21, purpose: .session)
    var counts = [Int](repeating: 0, count: 20)
    for _ in 0..<4000 {
      let choice = source.bytes(NeighbourChoice.length)
      let neighbours = NeighbourChoice.neighbours(choice, of: 5, parameters)
      #expect(neighbours == Array(Set(neighbours)).sorted() && neighbours.count == 6)
      #expect(neighbours == NeighbourChoice.neighbours(choice, of: 5, parameters))
      for neighbour in neighbours { counts[neighbour] += 1 }
    }
    // 4 000 × 6 ÷ 19 ≈ 1 263 times, deviation ≈ 29.
    #expect(counts[5] == 0)
    #expect(counts.indices.allSatisfy { $0 == 5 || abs(counts[$0] - 1263) < 29 * 5 })
  }

  @Test func `everybody is linked to those it chose and to those that chose it`() throws {
    let graph = NeighbourGraph(choices: [[1, 2], [0, 3], nil, [1, 2]])
    #expect(graph.holders(of: 0) == [1] && graph.neighbours(of: 0) == [1])
    #expect(graph.holders(of: 1) == [0, 3] && graph.neighbours(of: 1) == [0, 3])
    #expect(graph.holders(of: 3) == [1] && graph.neighbours(of: 2).isEmpty)
    let oneWay = NeighbourGraph(choices: [[1], [2], [1]])
    #expect(oneWay.neighbours(of: 1) == [0, 2] && oneWay.holders(of: 1) == [2])
  }

  /// How often dropouts leave a participant fewer than t − 1 holders beside itself, or more than t − 1
  /// are corrupt, where it is frequent enough to be seen: below its target.
  @Test func `measured failures stay below a target that can be measured`() throws {
    var requirements = AggregationRequirements(
      cohortSize: 80, adversary: .active, corruptFraction: 0.1, dropoutFraction: 0.2)
    requirements.securityBits = 2
    requirements.correctnessBits = 2
    let found = try #require(requirements.sparseNeighbourhood())
    let parameters = try makeParameters(
      80, threshold: found.threshold, neighbours: found.neighbours, adversary: .active)
    var source = KeyedRandomSource(seed: 22, purpose: .session)
    var failed = 0
    var insecure = 0
    let draws = 200
    for _ in 0..<draws {
      let choices = (0..<80).map {
        NeighbourChoice.neighbours(source.bytes(NeighbourChoice.length), of: $0, parameters)
      }
      // The first 8 are corrupt, the last 16 drop out.
      if choices[..<64].contains(where: { $0.count { $0 < 64 } < found.threshold }) { failed += 1 }
      if choices[8...].contains(where: { $0.count { $0 < 8 } >= found.threshold }) { insecure += 1 }
    }
    // A quarter of 200 draws are 50; five deviations more are 80.
    #expect(failed + insecure > 0)
    #expect(failed <= 80 && insecure <= 80)
  }

  /// What it would take to part a victim and its surviving neighbours from the rest, for a server that
  /// sees all choices first: more missing signers than there can be.
  @Test(arguments: [100, 1000, 3000])
  func `nobody can be cut off by those that may be missing`(_ cohortSize: Int) throws {
    let requirements = AggregationRequirements(
      cohortSize: cohortSize, adversary: .active, corruptFraction: 0.05, dropoutFraction: 0.2)
    let found = try requirements.neighbourhood(for: .secaggPlus)
    let parameters = try makeParameters(
      cohortSize, threshold: found.threshold, neighbours: found.neighbours, adversary: .active)
    var source = KeyedRandomSource(seed: UInt64(cohortSize), purpose: .session)
    let choices = (0..<cohortSize).map {
      NeighbourChoice.neighbours(source.bytes(NeighbourChoice.length), of: $0, parameters)
    }
    let corrupt = requirements.corrupt
    var choosers = [[Int]](repeating: [], count: cohortSize)
    for (participant, choice) in choices.enumerated() where participant >= corrupt {
      for other in choice { choosers[other].append(participant) }
    }
    for victim in stride(from: corrupt, to: cohortSize, by: cohortSize / 10) {
      var cut = Set(choosers[victim])
      var part: Set = [victim]
      let honest = choices[victim].filter { $0 >= corrupt }
      let leagued = choices[victim].count - honest.count
      // The victim refuses to go on with fewer; the server keeps those that cost it least.
      while part.count < found.threshold - leagued {
        let next = honest.filter { !part.contains($0) }.min {
          cut.union(choosers[$0]).count < cut.union(choosers[$1]).count
        }
        guard let next else { break }
        cut.formUnion(choosers[next])
        part.insert(next)
      }
      #expect(cut.subtracting(part).count > requirements.dropouts)
    }
  }
}
