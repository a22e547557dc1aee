/// From one day on clients choose otherwise: with new habits, and as regularly as a preset says.
package struct PopulationDrift: Equatable, Sendable {
  /// Days since the start of the population.
  package let day: Int
  /// Of the clients, 0…1; the others stay as they are.
  package let share: Double
  package let preset: PopulationPreset

  package init(day: Int, share: Double = 1, preset: PopulationPreset) {
    precondition(day > 0 && (0...1).contains(share), "a drift follows something")
    self.day = day
    self.share = share
    self.preset = preset
  }
}

/// Clients who get their phone later than the others.
package struct PopulationArrivals: Equatable, Sendable {
  /// Of all clients, 0…1.
  package let share: Double
  /// They come evenly over so many first days.
  package let days: Int

  package init(share: Double = 0, days: Int = 1) {
    precondition((0...1).contains(share) && days > 0, "a share of clients comes on some day")
    self.share = share
    self.days = days
  }
}

/// What a drift makes of one client, from a time on.
struct ClientDrift {
  let time: Int64
  let profile: ClientProfile
}
