/// What an app is for; users differ in the categories they like and when they use them.
enum AppCategory: Int, CaseIterable, Sendable {
  case messaging, social, browser, mail, calls, video, music, news, games, shopping
  case maps, photos, camera, finance, weather, productivity, fitness, travel, food, reading, tools

  /// Figures of one category; only their ratios matter.
  struct Traits: Sendable {
    /// Apps of the catalogue.
    let apps: Int
    /// Share of all launches, relative to the other categories.
    let popularity: Double
    /// How often its apps notify, per use.
    let notifications: Double
    /// How habitual its apps are in each four-hour block of the day, from midnight.
    let hours: [Double]
    /// What people tend to open straight after.
    let followers: [AppCategory]
  }

  var traits: Traits { Self.table[rawValue] }

  /// News in the morning, games at night, communication all day and first after waking up:
  /// Böhmer et al., "Falling asleep with Angry Birds, Facebook and Kindle", MobileHCI 2011.
  private static let table: [Traits] = AppCategory.allCases.map { category in
    switch category {
    case .messaging:
      Traits(
        apps: 30, popularity: 26, notifications: 1, hours: [2, 4, 2, 2, 2, 3],
        followers: [.photos, .browser, .camera])
    case .social:
      Traits(
        apps: 40, popularity: 15, notifications: 0.4, hours: [3, 1.5, 1, 1.5, 2, 3],
        followers: [.messaging, .camera, .video])
    case .browser:
      Traits(
        apps: 20, popularity: 12, notifications: 0, hours: [1, 0.5, 1.5, 1.5, 1.5, 1],
        followers: [.mail, .shopping, .maps])
    case .mail:
      Traits(
        apps: 20, popularity: 7, notifications: 0.8, hours: [0.3, 2, 3, 2, 1, 0.5],
        followers: [.browser, .productivity])
    case .calls:
      Traits(
        apps: 10, popularity: 6, notifications: 0.3, hours: [0.2, 0.5, 2, 2, 2.5, 0.8],
        followers: [.messaging, .maps])
    case .video:
      Traits(
        apps: 40, popularity: 6, notifications: 0.05, hours: [3, 0.3, 0.3, 0.5, 1.5, 3.5],
        followers: [.social, .browser])
    case .music:
      Traits(
        apps: 30, popularity: 4, notifications: 0, hours: [0.5, 1.5, 1.5, 1, 1.5, 0.5],
        followers: [.maps, .messaging])
    case .news:
      Traits(
        apps: 40, popularity: 4, notifications: 0.2, hours: [0.3, 4, 2.5, 0.7, 0.7, 0.6],
        followers: [.browser, .weather])
    case .games:
      Traits(
        apps: 120, popularity: 5, notifications: 0.1, hours: [3, 0.3, 0.4, 0.8, 1.5, 3.5],
        followers: [.messaging, .video])
    case .shopping:
      Traits(
        apps: 50, popularity: 3, notifications: 0.1, hours: [0.5, 0.3, 1, 1.5, 1.5, 1.2],
        followers: [.browser, .finance])
    case .maps:
      Traits(
        apps: 15, popularity: 2.5, notifications: 0, hours: [0.2, 1, 1, 1, 1.5, 0.3],
        followers: [.music, .messaging])
    case .photos:
      Traits(
        apps: 20, popularity: 2.5, notifications: 0, hours: [0.5, 0.3, 0.7, 1, 1.3, 1.2],
        followers: [.messaging, .social])
    case .camera:
      Traits(
        apps: 15, popularity: 2, notifications: 0, hours: [0.2, 0.5, 1, 1.3, 1.3, 0.5],
        followers: [.photos, .messaging])
    case .finance:
      Traits(
        apps: 40, popularity: 1.5, notifications: 0.1, hours: [0.1, 0.7, 1.5, 1, 0.7, 0.3],
        followers: [.mail, .shopping])
    case .weather:
      Traits(
        apps: 15, popularity: 1.5, notifications: 0, hours: [0.1, 3, 1, 0.3, 0.5, 0.5],
        followers: [.news, .maps])
    case .productivity:
      Traits(
        apps: 60, popularity: 2, notifications: 0.2, hours: [0.1, 0.7, 2, 2, 0.7, 0.3],
        followers: [.mail, .browser])
    case .fitness:
      Traits(
        apps: 30, popularity: 1, notifications: 0, hours: [0.1, 2, 0.5, 0.4, 1.5, 0.4],
        followers: [.music])
    case .travel:
      Traits(
        apps: 35, popularity: 0.8, notifications: 0, hours: [0.1, 0.5, 0.7, 0.7, 0.7, 0.5],
        followers: [.maps, .mail])
    case .food:
      Traits(
        apps: 35, popularity: 0.8, notifications: 0, hours: [0.1, 0.1, 0.7, 0.8, 1.5, 0.4],
        followers: [.finance, .maps])
    case .reading:
      Traits(
        apps: 35, popularity: 1, notifications: 0, hours: [2, 0.7, 0.4, 0.5, 0.7, 2.5],
        followers: [.music])
    case .tools:
      Traits(
        apps: 60, popularity: 2, notifications: 0, hours: [0.5, 1.5, 1, 1, 1, 1],
        followers: [.browser, .messaging])
    }
  }
}
