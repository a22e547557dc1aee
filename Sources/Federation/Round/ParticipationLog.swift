/// Who took part when, as the coordinator saw it: what keeps participations apart, and the proof
/// that they were.
package struct ParticipationLog: Codable, Equatable, Sendable {
  private var lastRounds: [Int: Int] = [:]
  private var counts: [Int: Int] = [:]
  /// Participations of the client that took part most often.
  package private(set) var mostParticipations = 0
  /// Fewest rounds from one participation of a client to its next; nil until one returned.
  package private(set) var smallestGap: Int?

  package init() {}

  package mutating func record(_ cohort: [Int], round: Int) {
    for client in cohort {
      let count = (counts[client] ?? 0) + 1
      counts[client] = count
      mostParticipations = max(mostParticipations, count)
      if let last = lastRounds.updateValue(round, forKey: client) {
        smallestGap = min(smallestGap ?? .max, round - last)
      }
    }
  }

  /// Whether a client's last participation lies at least `separation` rounds before `round`.
  package func mayTakePart(_ client: Int, round: Int, separation: Int) -> Bool {
    lastRounds[client].map { round - $0 >= separation } ?? true
  }

  /// Reads the smallest gap, then client, last round and count of one client after the other.
  package init(from decoder: any Decoder) throws {
    let numbers = try decoder.singleValueContainer().decode(IntegerVector.self).elements
    guard numbers.count % 3 == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(numbers.count) numbers"))
    }
    smallestGap = numbers[0] > 0 ? numbers[0] : nil
    for start in stride(from: 1, to: numbers.count, by: 3) {
      lastRounds[numbers[start]] = numbers[start + 1]
      counts[numbers[start]] = numbers[start + 2]
      mostParticipations = max(mostParticipations, numbers[start + 2])
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var numbers = [smallestGap ?? 0]
    numbers.reserveCapacity(1 + 3 * counts.count)
    for client in counts.keys.sorted() {
      numbers += [client, lastRounds[client] ?? 0, counts[client] ?? 0]
    }
    var container = encoder.singleValueContainer()
    try container.encode(IntegerVector(numbers))
  }
}
