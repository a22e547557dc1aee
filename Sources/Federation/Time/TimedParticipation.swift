import UsageData

/// How often clients of one kind were drawn, and how often their update counted.
package struct ParticipationCount: Codable, Equatable, Sendable {
  package var drawn = 0
  package var counted = 0

  package init() {}
}

/// Who takes part, by archetype and by the speed of phones; part of the checkpoint.
package struct TimedParticipation: Codable, Equatable, Sendable {
  /// By index into `Archetype.all`; of people who were not made up all are 0.
  package private(set) var archetypes = [ParticipationCount](
    repeating: ParticipationCount(), count: Archetype.all.count)
  /// By quarter of the phones, the slowest first.
  package private(set) var speedQuartiles = [ParticipationCount](
    repeating: ParticipationCount(), count: 4)

  package init() {}

  /// - Parameter speedQuartile: 1…4.
  mutating func add(archetype: Int?, speedQuartile: Int, isCounted: Bool) {
    if let archetype, archetypes.indices.contains(archetype) {
      archetypes[archetype].drawn += 1
      if isCounted { archetypes[archetype].counted += 1 }
    }
    speedQuartiles[speedQuartile - 1].drawn += 1
    if isCounted { speedQuartiles[speedQuartile - 1].counted += 1 }
  }
}

extension Timekeeper {
  /// The quarter, 1…4, of a client's phone among all phones by speed; 1 is the slowest.
  package func speedQuartile(of client: Int) -> Int {
    let speed = device(of: client).flopsPerSecond
    return 1 + speedLimits.count { speed > $0 }
  }

  /// Counts who was drawn, and whose update counted.
  package func count(
    _ drawn: [Int], counted: Set<Int>, in participation: inout TimedParticipation
  ) {
    for client in drawn {
      participation.add(
        archetype: archetype(of: client), speedQuartile: speedQuartile(of: client),
        isCounted: counted.contains(client))
    }
  }
}
