import Glibc

/// Every app of a synthetic population; the same for all seeds and presets.
///
/// Ids are ordered by expected popularity over all archetypes, the most popular first, so that a
/// vocabulary of the n most popular apps is the ids 0..<n.
struct AppCatalogue: Sendable {
  /// By app id.
  let categories: [AppCategory]
  /// By app id; such as "messaging-03", numbered by popularity within the category.
  let names: [String]
  /// Archetypes × apps; logarithm of the app's popularity among clients of the archetype.
  let logPopularity: [[Double]]

  static let shared = AppCatalogue()

  var count: Int { categories.count }

  private init() {
    /// Popularity falls with rank inside a category about as it does between all apps: the slope
    /// over 443 users is 1.11 (DeepAPP, SenSys 2019); leaders of a category stand out more.
    let slope = 1.5
    var apps: [(category: AppCategory, rank: Int, popularity: Double)] = []
    for category in AppCategory.allCases {
      let traits = category.traits
      let total = (1...traits.apps).reduce(0) { $0 + pow(Double($1), -slope) }
      for rank in 1...traits.apps {
        let share = pow(Double(rank), -slope) / total
        apps.append((category, rank, traits.popularity * share))
      }
    }
    let meanAffinity = AppCategory.allCases.map { category in
      Archetype.all.reduce(0) { $0 + $1.share * $1.affinity[category.rawValue] }
    }
    apps.sort { a, b in
      let x = a.popularity * meanAffinity[a.category.rawValue]
      let y = b.popularity * meanAffinity[b.category.rawValue]
      return x != y ? x > y : (a.category.rawValue, a.rank) < (b.category.rawValue, b.rank)
    }
    categories = apps.map(\.category)
    names = apps.map { app in
      let number = app.rank < 10 ? "0\(app.rank)" : "\(app.rank)"
      return "\(app.category)-\(number)"
    }
    logPopularity = Archetype.all.map { archetype in
      apps.map { log($0.popularity * archetype.affinity[$0.category.rawValue]) }
    }
  }
}
