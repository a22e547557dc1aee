import LinearAlgebra

/// A kind of user: the categories it uses more, or less, than people do on average.
///
/// Archetypes are what the clients of a population have in common beyond the popularity of apps,
/// so they are what a federated model can learn that a phone alone cannot.
package struct Archetype: Sendable {
  /// One word, as it stands in segments.csv.
  package let name: String
  /// Share of all clients.
  let share: Double
  /// Factor on the popularity of each category, by raw value.
  let affinity: [Double]

  private init(_ name: String, share: Double, _ factors: [AppCategory: Double]) {
    self.name = name
    self.share = share
    affinity = AppCategory.allCases.map { factors[$0] ?? 1 }
  }

  package static let all = [
    Archetype("average", share: 0.20, [:]),
    Archetype(
      "office", share: 0.12, [.mail: 4, .productivity: 5, .finance: 2, .calls: 2, .games: 0.2]),
    Archetype("social", share: 0.12, [.social: 3, .camera: 3, .photos: 3, .mail: 0.4]),
    Archetype("gamer", share: 0.10, [.games: 8, .video: 2, .mail: 0.4, .news: 0.4]),
    Archetype("viewer", share: 0.10, [.video: 5, .music: 3, .social: 1.5, .calls: 0.5]),
    Archetype(
      "reader", share: 0.10, [.news: 5, .weather: 3, .reading: 3, .mail: 1.5, .social: 0.4]),
    Archetype("shopper", share: 0.08, [.shopping: 6, .finance: 3, .food: 3]),
    Archetype("athlete", share: 0.06, [.fitness: 8, .music: 4, .maps: 2, .games: 0.4]),
    Archetype("traveller", share: 0.06, [.travel: 6, .maps: 5, .food: 3, .photos: 2]),
    Archetype(
      "caller", share: 0.06, [.calls: 5, .messaging: 1.5, .social: 0.3, .games: 0.3, .tools: 2]),
  ]

  /// Running sum of the shares, for drawing.
  private static let cumulativeShares: [Double] = {
    var total = 0.0
    return all.map { archetype in
      total += archetype.share
      return total
    }
  }()

  /// The index of a client's archetype; `stream` is the client's own.
  static func draw(using stream: inout RandomStream) -> Int {
    stream.index(cumulative: cumulativeShares)
  }
}
