/// Who masks against whom, and who holds whose shares.
///
/// Drawn by the server, that is on a randomly ordered ring, linked to the k/2 on each side, or, where
/// participants choose, by each of them; with too few participants for k neighbours, complete.
package struct NeighbourGraph: Sendable {
  /// By participant, ascending; empty for those that are not in the graph.
  private let adjacency: [[Int]]
  /// By participant, those that it chose, ascending; nil where all neighbours hold its shares.
  private let chosen: [[Int]]?
  /// The ring, neighbours close to each other; nil for other graphs.
  package let ring: [Int]?

  /// The ring's order is drawn after all keys are in, so that nobody can choose its neighbours by
  /// choosing its keys.
  package init(
    participants: [Int], cohortSize: Int, neighbours: Int,
    using source: inout some SecureRandomSource
  ) {
    var adjacency = [[Int]](repeating: [], count: cohortSize)
    if participants.count - 1 <= neighbours {
      for participant in participants {
        adjacency[participant] = participants.filter { $0 != participant }
      }
      ring = nil
    } else {
      precondition(neighbours.isMultiple(of: 2), "a ring has as many neighbours on either side")
      var ring = participants
      source.shuffle(&ring)
      for (place, participant) in ring.enumerated() {
        let distances = (1...(neighbours / 2))
        let after = distances.map { ring[(place + $0) % ring.count] }
        let before = distances.map { ring[(place - $0 + ring.count) % ring.count] }
        adjacency[participant] = (after + before).sorted()
      }
      self.ring = ring
    }
    self.adjacency = adjacency
    chosen = nil
  }

  /// Everybody is linked to those that it chose and to those that chose it.
  ///
  /// - Parameter choices: by participant, ascending; nil for those that are not in the graph, who
  ///   are nobody's neighbours whoever chose them.
  package init(choices: [[Int]?]) {
    var adjacency = [[Int]](repeating: [], count: choices.count)
    let chosen = choices.map { $0?.filter { choices[$0] != nil } ?? [] }
    for (participant, peers) in chosen.enumerated() {
      adjacency[participant] += peers
      for peer in peers where chosen[peer].binarySearch(participant) == nil {
        adjacency[peer].append(participant)
      }
    }
    self.adjacency = adjacency.map { $0.sorted() }
    self.chosen = chosen
    ring = nil
  }

  package func neighbours(of participant: Int) -> [Int] { adjacency[participant] }

  /// Who holds shares of a participant's secrets, beside itself.
  package func holders(of participant: Int) -> [Int] {
    chosen?[participant] ?? adjacency[participant]
  }

  package func areNeighbours(_ participant: Int, _ other: Int) -> Bool {
    adjacency[participant].binarySearch(other) != nil
  }
}
