import LinearAlgebra

/// A population of simulated phones.
///
/// A client's history is a function of the seed, the preset and the client's number, made when
/// asked for and kept nowhere; a longer period begins with the shorter one.
package struct SyntheticPopulation: Sendable {
  /// Monday 2026-01-05 00:00, in local seconds since 1970.
  package static let start: Int64 = 1_767_571_200

  package let seed: UInt64
  package let clients: Int
  package let days: Int
  package let preset: PopulationPreset
  package let drift: PopulationDrift?
  package let arrivals: PopulationArrivals
  let parameters: PopulationParameters

  package init(
    seed: UInt64, clients: Int, days: Int, preset: PopulationPreset,
    drift: PopulationDrift? = nil, arrivals: PopulationArrivals = PopulationArrivals()
  ) {
    precondition(clients > 0 && days > 0, "a population needs clients and days")
    self.seed = seed
    self.clients = clients
    self.days = days
    self.preset = preset
    self.drift = drift
    self.arrivals = arrivals
    parameters = preset.parameters
  }

  /// Sessions that start before it belong to the period.
  package var end: Int64 { Self.start + Int64(days) * LocalClock.day }

  /// Size of the catalogue; ids are ordered by expected popularity, the most popular first.
  package var appCount: Int { AppCatalogue.shared.count }

  /// A readable name, such as "messaging-03".
  package func appName(_ app: Int32) -> String { AppCatalogue.shared.names[Int(app)] }

  /// Everything the client's phone logs in the period.
  package func history(of client: Int) -> ClientHistory { history(of: client, until: end) }

  /// What it has logged of sessions that start before a time.
  package func history(of client: Int, until end: Int64) -> ClientHistory {
    var phone = SimulatedPhone(self, client: client)
    return phone.history(until: end)
  }

  /// What kind of user a client is: an index into `Archetype.all`.
  package func archetype(of client: Int) -> Int {
    precondition((0..<clients).contains(client), "client \(client) is not in the population")
    // What a profile draws first.
    var stream = RandomStream(seed: seed, purpose: .clientProfile, client: client)
    return Archetype.draw(using: &stream)
  }

  func profile(of client: Int) -> ClientProfile {
    precondition((0..<clients).contains(client), "client \(client) is not in the population")
    var stream = RandomStream(seed: seed, purpose: .clientProfile, client: client)
    return ClientProfile(parameters: parameters, using: &stream)
  }

  func preferences(of client: Int, _ profile: ClientProfile) -> AppPreferences {
    AppPreferences(of: profile, parameters: parameters, seed: seed, client: client)
  }

  /// What becomes of the client's ways; nil when nothing does.
  func drift(of client: Int, _ profile: ClientProfile) -> ClientDrift? {
    guard let drift else { return nil }
    var stream = RandomStream(seed: seed, purpose: .driftedProfile, client: client)
    guard stream.chance(drift.share) else { return nil }
    return ClientDrift(
      time: Self.start + Int64(drift.day) * LocalClock.day,
      profile: profile.drifted(to: drift.preset.parameters, using: &stream))
  }

  /// When the client's phone is first in use.
  package func start(of client: Int) -> Int64 {
    guard arrivals.share > 0 else { return Self.start }
    var stream = RandomStream(seed: seed, purpose: .arrival, client: client)
    guard stream.chance(arrivals.share) else { return Self.start }
    return Self.start + Int64(stream.below(arrivals.days)) * LocalClock.day
  }
}
