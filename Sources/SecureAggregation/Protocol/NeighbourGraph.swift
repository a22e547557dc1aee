/// Who masks against whom: participants on a randomly ordered ring, linked to the k/2 on each side.
///
/// The order is drawn after all keys are in, so that nobody can choose its neighbours by choosing
/// its keys. With too few participants for k neighbours the graph is complete.
package struct NeighbourGraph: Sendable {
  /// By participant, ascending; empty for those that are not in the graph.
  private let adjacency: [[Int]]
  /// The ring, neighbours close to each other; nil for the complete graph.
  package let ring: [Int]?

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
  }

  package func neighbours(of participant: Int) -> [Int] { adjacency[participant] }

  package func areNeighbours(_ participant: Int, _ other: Int) -> Bool {
    adjacency[participant].binarySearch(other) != nil
  }
}
