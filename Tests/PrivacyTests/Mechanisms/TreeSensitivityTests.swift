import Privacy
import Testing

/// The tree's sensitivity against all schedules there are.
@Suite struct TreeSensitivityTests {
  /// Every set of participations that the rules allow, and the squared counts of all nodes that the
  /// first `rounds` rounds finish.
  ///
  /// - Parameter restart: rounds after which another tree begins.
  private func largestSquare(
    rounds: Int, separation: Int, most: Int, restart: Int? = nil
  ) -> Int {
    var best = 0
    func extend(_ chosen: [Int]) {
      var square = 0
      for first in stride(from: 0, to: rounds, by: restart ?? rounds) {
        let size = min(restart ?? rounds, rounds - first)
        var length = 1
        while length <= size {
          for start in stride(from: first, through: first + size - length, by: length) {
            let count = chosen.count { start <= $0 && $0 < start + length }
            square += count * count
          }
          length *= 2
        }
      }
      best = max(best, square)
      guard chosen.count < most else { return }
      let next = chosen.last.map { $0 + separation } ?? 0
      for round in next..<max(next, rounds) { extend(chosen + [round]) }
    }
    extend([])
    return best
  }

  @Test(
    arguments: [
      (13, 2, 9), (10, 3, 9), (14, 4, 3), (16, 5, 9), (17, 7, 2), (12, 1, 4), (16, 16, 1),
    ])
  func everySchedule(rounds: Int, separation: Int, most: Int) {
    let participation = Participation(
      minimumSeparation: separation, maximumParticipations: most)
    let squares = NoiseStrategy.tree(isCombined: true).squaredSensitivities(
      rounds: rounds, participation: participation)
    let expected = (1...rounds).map {
      largestSquare(rounds: $0, separation: separation, most: most)
    }
    #expect(squares == expected.map(Double.init))
  }

  /// Trees that begin anew: a client that took part at the end of one waits in the next.
  @Test(arguments: [
    (30, 9, 10), (25, 7, 5), (17, 9, 5), (26, 7, 3), (12, 5, 3), (23, 7, 10), (24, 5, 8), (9, 1, 4),
  ])
  func everyScheduleOfSeveralTrees(rounds: Int, separation: Int, restart: Int) {
    let most = (rounds - 1) / separation + 1
    let squares = NoiseStrategy.tree(isCombined: true).squaredSensitivities(
      rounds: rounds,
      participation: Participation(minimumSeparation: separation, maximumParticipations: most),
      restart: restart)
    let expected = (1...rounds).map {
      largestSquare(rounds: $0, separation: separation, most: most, restart: restart)
    }
    #expect(squares == expected.map(Double.init))
  }

  /// Ten rounds three apart: at most 22, where a bound per level gives 36 (√36/√22 = 1.28).
  @Test func severalParticipations() {
    let participation = Participation(minimumSeparation: 3, maximumParticipations: 4)
    let squares = NoiseStrategy.tree(isCombined: false).squaredSensitivities(
      rounds: 10, participation: participation)
    #expect(squares.last == 22)
  }
}
