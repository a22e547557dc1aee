/// The exact sensitivity of a binary tree's nodes under a participation schedule.
///
/// A client moves every finished node by as much as it took part in it, so the squared norm is the
/// sum of the squared counts. The first t rounds finish the nodes that the binary digits of t stand
/// for and all below them; the best schedule of such a row of trees follows from the best ones of
/// one tree of each size, by when they may start, how often they take part and how long after their
/// end the client has to wait.
struct TreeSensitivity {
  private let separation: Int
  private let most: Int
  /// By level: of a tree of 2^level rounds.
  private var levels: [Level] = []

  /// A schedule's squared norm, and the rounds after the end in which the client may not take part.
  private struct Outcome {
    var square: Int
    var wait: Int
  }

  /// Outcomes that no other beats, by number of participations and rounds to wait at the start.
  private struct Level {
    var length: Int
    /// For waits shorter than the length and than the separation.
    var outcomes: [[[Outcome]]]

    /// Calls `body` with what so many participations come to after a wait.
    @inline(__always)
    func forEach(_ count: Int, after wait: Int, _ body: (Outcome) -> Void) {
      if wait >= length {
        if count == 0 { body(Outcome(square: 0, wait: wait - length)) }
      } else if count < outcomes.count {
        for outcome in outcomes[count][wait] { body(outcome) }
      }
    }
  }

  /// Products of rounds and participations beyond which this takes too long within a search.
  private static let mostWork = 1 << 19

  /// Whether the exact answer is worth its time; it is simple where the client takes part once.
  static func isFeasible(rounds: Int, participation: Participation) -> Bool {
    let participations = min(
      participation.maximumParticipations, (rounds - 1) / participation.minimumSeparation + 1)
    return participations.multipliedReportingOverflow(by: rounds).partialValue <= mostWork
      && rounds <= 1 << 14
  }

  /// Whether the same holds for trees that begin anew, from each of which a client carries over how
  /// long it has to wait.
  static func isFeasible(rounds: Int, restart: Int, participation: Participation) -> Bool {
    let separation = participation.minimumSeparation
    // Otherwise participations would have to be counted over all trees.
    guard participation.maximumParticipations >= (rounds - 1) / separation + 1 else { return false }
    let waits = min(separation, rounds / restart + 1)
    return waits.multipliedReportingOverflow(by: restart).partialValue <= 1 << 14
      && isFeasible(rounds: waits * restart, participation: participation)
  }

  /// Of the first 1, 2 … `rounds` rounds.
  static func squares(rounds: Int, participation: Participation) -> [Int] {
    var sensitivity = TreeSensitivity(
      separation: participation.minimumSeparation, most: participation.maximumParticipations)
    sensitivity.addLevels(rounds: rounds)
    return sensitivity.row(rounds: rounds, after: 0).squares
  }

  /// The same where a tree of its own begins after every `restart` rounds.
  static func squares(rounds: Int, restart: Int, participation: Participation) -> [Int] {
    var sensitivity = TreeSensitivity(
      separation: participation.minimumSeparation, most: participation.maximumParticipations)
    sensitivity.addLevels(rounds: restart)
    var known: [Int: (squares: [Int], end: [Outcome])] = [:]
    var best = BestByWait(participation.minimumSeparation)
    var before = [Outcome(square: 0, wait: 0)]
    var result: [Int] = []
    while result.count < rounds {
      for outcome in before where known[outcome.wait] == nil {
        known[outcome.wait] = sensitivity.row(rounds: restart, after: outcome.wait)
      }
      for index in 0..<min(restart, rounds - result.count) {
        result.append(before.map { $0.square + (known[$0.wait]?.squares[index] ?? 0) }.max() ?? 0)
      }
      for outcome in before {
        for next in known[outcome.wait]?.end ?? [] {
          best.insert(outcome.square + next.square, next.wait)
        }
      }
      before = best.take()
    }
    return result
  }

  private init(separation: Int, most: Int) {
    self.separation = separation
    self.most = most
  }

  private mutating func addLevels(rounds: Int) {
    // One round that does not have to be waited for: left out, or taken part in.
    levels = [
      Level(
        length: 1,
        outcomes: [
          [[Outcome(square: 0, wait: 0)]], [[Outcome(square: 1, wait: separation - 1)]],
        ])
    ]
    while 2 * levels[levels.count - 1].length <= rounds {
      let half = levels[levels.count - 1]
      let length = 2 * half.length
      let participations = min(most, (length - 1) / separation + 1)
      var best = BestByWait(separation)
      let outcomes = (0...participations).map { count in
        (0..<min(separation, length)).map { wait in
          for first in max(0, count - half.outcomes.count + 1)...count {
            half.forEach(first, after: wait) { left in
              half.forEach(count - first, after: left.wait) { right in
                best.insert(left.square + right.square + count * count, right.wait)
              }
            }
          }
          return best.take()
        }
      }
      levels.append(Level(length: length, outcomes: outcomes))
    }
  }

  /// The squares of the first 1, 2 … rounds of one tree, and what all of them may end in.
  ///
  /// - Parameter wait: rounds at the beginning in which the client may not take part.
  private func row(rounds: Int, after wait: Int) -> (squares: [Int], end: [Outcome]) {
    // By the rounds that the digits so far stand for: outcomes by number of participations.
    var rows: [Int: [[Outcome]]] = [0: [[Outcome(square: 0, wait: wait)]]]
    var result = [Int](repeating: 0, count: rounds)
    var best = BestByWait(separation)
    for round in 1...rounds {
      let level = round.trailingZeroBitCount
      guard let before = rows[round - 1 << level] else { continue }
      let tree = levels[level]
      let participations = min(most, (round - 1) / separation + 1)
      var row = [[Outcome]](repeating: [], count: participations + 1)
      for count in 0...participations {
        let fewest = max(0, count - tree.outcomes.count + 1)
        for first in fewest..<max(fewest, min(count + 1, before.count)) {
          for left in before[first] {
            tree.forEach(count - first, after: left.wait) { right in
              best.insert(left.square + right.square, right.wait)
            }
          }
        }
        row[count] = best.take()
      }
      result[round - 1] = row.joined().map(\.square).max() ?? 0
      rows[round] = row
      // A row is needed until all that begin with its digits have been looked at.
      if level > 0 {
        for lower in 0..<level { rows[round - 1 << lower] = nil }
      }
    }
    for outcome in (rows[rounds] ?? []).joined() { best.insert(outcome.square, outcome.wait) }
    return (result, best.take())
  }

  /// The largest square by rounds to wait; of those only what no shorter wait beats.
  private struct BestByWait {
    private var squares: [Int]
    private var waits: [Int] = []

    init(_ separation: Int) {
      squares = [Int](repeating: -1, count: separation + 1)
    }

    mutating func insert(_ square: Int, _ wait: Int) {
      if squares[wait] < 0 { waits.append(wait) }
      squares[wait] = max(squares[wait], square)
    }

    mutating func take() -> [Outcome] {
      var outcomes: [Outcome] = []
      for wait in waits.sorted() {
        if squares[wait] > outcomes.last?.square ?? -1 {
          outcomes.append(Outcome(square: squares[wait], wait: wait))
        }
        squares[wait] = -1
      }
      waits.removeAll(keepingCapacity: true)
      return outcomes
    }
  }
}
