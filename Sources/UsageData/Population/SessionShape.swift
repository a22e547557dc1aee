/// How long unlocks last and how soon apps open in them; the same for all clients.
enum SessionShape {
  /// From unlock to lock when no app is opened.
  static let glance = LogNormal(median: 8, sigma: 1)
  /// From unlock to the first app: a quarter within 1 s, half 3, three quarters 7.
  static let firstOpen = LogNormal(median: 3, sigma: 1.3)
  /// From the first app to lock.
  static let use = LogNormal(median: 75, sigma: 1.5)
  /// Share of locks that are undone at once, whatever the hour, and after how long.
  static let quickReturns = 0.08
  static let quickReturn = LogNormal(median: 7, sigma: 0.7)
  /// No session is longer than three hours.
  static let longest = 10_800.0

  /// Of all unlocks, a fifth of which are glances.
  static let meanDuration = 0.2 * glance.mean + 0.8 * (firstOpen.mean + use.mean)
}
