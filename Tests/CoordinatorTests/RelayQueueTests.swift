import Coordinator
import Testing

/// Who serves which participant of a session.
@Suite struct RelayQueueTests {
  private func queue(_ places: [Int], slots: Int, mayMove: Bool) -> RelayQueue {
    RelayQueue(
      places.indices.map { RelayStep.Request(participant: $0, client: $0, message: []) },
      places: places, holders: places.map { _ in nil }, slots: slots, mayMove: mayMove)
  }

  @Test func everySlotServesItsOwnInOrder() {
    let queue = queue([0, 1, 0, 1, 0], slots: 2, mayMove: false)
    #expect((0..<4).map { _ in queue.take(for: 0)?.participant } == [0, 2, 4, nil])
    #expect((0..<3).map { _ in queue.take(for: 1)?.participant } == [1, 3, nil])
  }

  /// A slow worker does not hold the stage up: whoever is done takes from the end of its line.
  @Test func aSlotWithoutWorkTakesOver() {
    let queue = queue([0, 0, 0, 0, 1, 2, 2], slots: 3, mayMove: true)
    #expect(queue.take(for: 1)?.participant == 4)
    #expect(queue.take(for: 1)?.participant == 3)
    #expect(queue.take(for: 1)?.participant == 2)
    #expect(queue.take(for: 0)?.participant == 0)
    // The last of a line is left to its own slot, which is about to serve it.
    #expect(queue.take(for: 1)?.participant == 6)
    #expect(queue.take(for: 1) == nil)
    #expect(queue.take(for: 0)?.participant == 1 && queue.take(for: 2)?.participant == 5)
    queue.served(3, by: 1)
    #expect(queue.holder(of: 3) == 1 && queue.holders.compactMap(\.self) == [1])
  }

  @Test func whatWasLostComesFirst() {
    let queue = queue([0, 0, 0], slots: 2, mayMove: false)
    let lost = [queue.take(for: 0), queue.take(for: 0)].compactMap(\.self)
    queue.giveBack(lost, to: 0)
    #expect((0..<4).map { _ in queue.take(for: 0)?.participant } == [0, 1, 2, nil])
  }
}
