/// A kind of user: the categories it uses more, or less, than people do on average.
///
/// Archetypes are what the clients of a population have in common beyond the popularity of apps,
/// so they are what a federated model can learn that a phone alone cannot.
struct Archetype: Sendable {
  /// Share of all clients.
  let share: Double
  /// Factor on the popularity of each category, by raw value.
  let affinity: [Double]

  private init(share: Double, _ factors: [AppCategory: Double]) {
    self.share = share
    affinity = AppCategory.allCases.map { factors[$0] ?? 1 }
  }

  static let all = [
    Archetype(share: 0.20, [:]),
    Archetype(share: 0.12, [.mail: 4, .productivity: 5, .finance: 2, .calls: 2, .games: 0.2]),
    Archetype(share: 0.12, [.social: 3, .camera: 3, .photos: 3, .mail: 0.4]),
    Archetype(share: 0.10, [.games: 8, .video: 2, .mail: 0.4, .news: 0.4]),
    Archetype(share: 0.10, [.video: 5, .music: 3, .social: 1.5, .calls: 0.5]),
    Archetype(share: 0.10, [.news: 5, .weather: 3, .reading: 3, .mail: 1.5, .social: 0.4]),
    Archetype(share: 0.08, [.shopping: 6, .finance: 3, .food: 3]),
    Archetype(share: 0.06, [.fitness: 8, .music: 4, .maps: 2, .games: 0.4]),
    Archetype(share: 0.06, [.travel: 6, .maps: 5, .food: 3, .photos: 2]),
    Archetype(share: 0.06, [.calls: 5, .messaging: 1.5, .social: 0.3, .games: 0.3, .tools: 2]),
  ]

  /// Running sum of the shares, for drawing.
  static let cumulativeShares: [Double] = {
    var total = 0.0
    return all.map { archetype in
      total += archetype.share
      return total
    }
  }()
}
