import Foundation
import SecureAggregation
import Testing

/// Random rings by the million: property 12 of the list in privacy.md, A3.
@Suite struct RingSimulationTests {
  private static let draws = 1_000_000

  /// The targets of the specification, 2^-40 and 2^-20: of a million graphs not one may fail.
  @Test(arguments: [(0.05, 0.2, 1_000_000), (0.33, 0.33, 1_000_000)])
  func `graphs fail as rarely as specified`(
    corrupt: Double, dropout: Double, draws: Int
  ) throws {
    let requirements = AggregationRequirements(
      cohortSize: 100, adversary: .curious, corruptFraction: corrupt, dropoutFraction: dropout)
    let outcome = try simulate(requirements, draws: draws, seed: 12)
    #expect(Double(outcome.failed) <= Double(draws) * exp2(-requirements.correctnessBits))
    #expect(Double(outcome.insecure) <= Double(draws) * exp2(-requirements.securityBits))
  }

  /// The same simulation where failures are frequent enough to be seen: they stay below the target.
  @Test func `measured failures stay below a target that can be measured`() throws {
    var requirements = AggregationRequirements(
      cohortSize: 60, adversary: .curious, corruptFraction: 0.1, dropoutFraction: 0.2)
    requirements.securityBits = 5
    requirements.correctnessBits = 5
    let outcome = try simulate(requirements, draws: Self.draws, seed: 13)
    #expect(outcome.failed + outcome.insecure > 0)
    #expect(Double(outcome.failed) <= Double(Self.draws) / 32)
    #expect(Double(outcome.insecure) <= Double(Self.draws) / 32)
  }

  /// How often one participant keeps fewer than so many neighbours, against the hypergeometric
  /// distribution: Vectors/known_answers.py.
  @Test func `a neighbourhood loses as many as the distribution says`() {
    for (neighbours, fewest, probability) in KnownAnswers.neighbourTails {
      var ring = Ring(cohortSize: 100, corrupt: 5, dropped: 20, seed: 15)
      let half = neighbours / 2
      var count = 0
      for _ in 0..<Self.draws {
        ring.draw()
        let dropped = (1...half).reduce(0) {
          $0 + (ring.marks[$1] == .dropped ? 1 : 0) + (ring.marks[100 - $1] == .dropped ? 1 : 0)
        }
        if neighbours - dropped < fewest { count += 1 }
      }
      let expected = Double(Self.draws) * probability
      #expect(abs(Double(count) - expected) < 5 * expected.squareRoot())
    }
  }

  /// What is simulated is what the graph of a session is: the same events, found by counting
  /// neighbours one by one and by walking from participant to participant.
  @Test(arguments: [4, 6, 8, 12])
  func `the simulation sees what a walk through the graph sees`(_ neighbours: Int) throws {
    let neighbourhood = Neighbourhood(neighbours: neighbours, threshold: neighbours / 2)
    let marks = (0..<40).map { $0 < 6 ? Mark.corrupt : $0 < 22 ? Mark.dropped : Mark.honest }
    var source = KeyedRandomSource(seed: 16, purpose: .graph)
    var seen = (failed: 0, insecure: 0)
    for _ in 0..<400 {
      let graph = NeighbourGraph(
        participants: Array(0..<40), cohortSize: 40, neighbours: neighbours, using: &source)
      let ring = try #require(graph.ring).map { marks[$0] }
      let found = events(ring, neighbourhood)
      let all = (0..<40).map { graph.neighbours(of: $0).map { marks[$0] } }
      let failed = all.contains {
        $0.count { $0 != .dropped } < neighbourhood.threshold
      }
      let corrupt = all.map { $0.count { $0 == .corrupt } }.max() ?? 0
      let insecure =
        corrupt >= neighbourhood.threshold || !isConnected(graph, 22..<40)
      #expect(found == (failed, insecure))
      if failed { seen.failed += 1 }
      if insecure { seen.insecure += 1 }
    }
    #expect(seen.failed > 0 && seen.insecure > 0)
  }

  private func simulate(
    _ requirements: AggregationRequirements, draws: Int, seed: UInt64
  ) throws -> (failed: Int, insecure: Int) {
    let neighbourhood = try #require(requirements.sparseNeighbourhood())
    #expect(neighbourhood.neighbours < requirements.cohortSize - 1)
    let size = Double(requirements.cohortSize)
    var ring = Ring(
      cohortSize: requirements.cohortSize, corrupt: Int(requirements.corruptFraction * size + 1e-9),
      dropped: Int(requirements.dropoutFraction * size + 1e-9), seed: seed)
    var counts = (failed: 0, insecure: 0)
    for _ in 0..<draws {
      ring.draw()
      let found = events(ring.marks, neighbourhood)
      if found.failed { counts.failed += 1 }
      if found.insecure { counts.insecure += 1 }
    }
    return counts
  }
}

/// What became of a participant, as a number whose sums can be told apart.
private struct Mark: Equatable {
  let rawValue: UInt32

  static var honest: Mark { Mark(rawValue: 0) }
  static var corrupt: Mark { Mark(rawValue: 1) }
  static var dropped: Mark { Mark(rawValue: 0x1_0000) }
}

/// A ring of participants of which some are corrupt and others have dropped out.
private struct Ring {
  private(set) var marks: [Mark]
  private var places: [Int]
  private let corrupt: Int
  private let lost: Int
  private var state: UInt64

  init(cohortSize: Int, corrupt: Int, dropped: Int, seed: UInt64) {
    marks = [Mark](repeating: .honest, count: cohortSize)
    places = Array(0..<cohortSize)
    self.corrupt = corrupt
    lost = corrupt + dropped
    state = seed
  }

  /// Seats them anew: as many steps of a Fisher–Yates shuffle as there are marks.
  mutating func draw() {
    for index in 0..<lost { marks[places[index]] = .honest }
    for index in 0..<lost {
      let other = index + Int(((next() >> 32) * UInt64(places.count - index)) >> 32)
      places.swapAt(index, other)
      marks[places[index]] = index < corrupt ? .corrupt : .dropped
    }
  }

  /// SplitMix64.
  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}

/// Whether a secret can no longer be recovered, and whether one is in the wrong hands or the honest
/// fall into groups whose sums can be told apart.
private func events(
  _ ring: [Mark], _ neighbourhood: Neighbourhood
) -> (failed: Bool, insecure: Bool) {
  let half = neighbourhood.neighbours / 2
  let count = ring.count
  // Corrupt neighbours in the low half of the word, dropped ones in the high half.
  var window: UInt32 = 0
  for distance in 1...half { window += ring[distance].rawValue + ring[count - distance].rawValue }
  var mostCorrupt: UInt32 = 0
  var mostDropped: UInt32 = 0
  var (after, before) = (half + 1 == count ? 0 : half + 1, count - half)
  for place in 0..<count {
    mostCorrupt = max(mostCorrupt, window & 0xFFFF)
    mostDropped = max(mostDropped, window >> 16)
    let next = place + 1 == count ? 0 : place + 1
    window += ring[place].rawValue + ring[after].rawValue
    window -= ring[next].rawValue + ring[before].rawValue
    after = after + 1 == count ? 0 : after + 1
    before = before + 1 == count ? 0 : before + 1
  }
  let failed = neighbourhood.neighbours - Int(mostDropped) < neighbourhood.threshold
  return (
    failed,
    Int(mostCorrupt) >= neighbourhood.threshold || isCut(ring, by: half)
  )
}

/// Whether the honest that are left are not all linked: two gaps that no link bridges.
private func isCut(_ ring: [Mark], by half: Int) -> Bool {
  guard let first = ring.firstIndex(of: .honest) else { return false }
  var gaps = 0
  var length = 0
  for place in 1...ring.count {
    let index = first + place < ring.count ? first + place : first + place - ring.count
    if ring[index] == .honest {
      if length >= half { gaps += 1 }
      length = 0
    } else {
      length += 1
    }
  }
  return gaps > 1
}

private func isConnected(_ graph: NeighbourGraph, _ honest: Range<Int>) -> Bool {
  var reached: Set = [honest.lowerBound]
  var pending = [honest.lowerBound]
  while let next = pending.popLast() {
    for neighbour in graph.neighbours(of: next)
    where honest.contains(neighbour) && reached.insert(neighbour).inserted {
      pending.append(neighbour)
    }
  }
  return reached.count == honest.count
}
