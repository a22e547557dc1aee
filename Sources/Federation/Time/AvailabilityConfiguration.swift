/// When phones are available: a variant; none for always.
package protocol AvailabilityModel: Variant where Group == AvailabilityGroup {}

/// Phones are available while they lie idle on a charger and on Wi-Fi, as their own histories have it.
package struct PhoneAvailability: AvailabilityModel {
  package static let name = "phones"

  package var idleSeconds = 3_600
  /// Share of the rests on Wi-Fi, off the charger as far as the log knows, in which the phone is on one.
  ///
  /// The log sees a charger at unlocks alone. With 0.6 the number of available phones swings by a factor
  /// of four over the day, as Bonawitz et al. 2019 (https://arxiv.org/abs/1902.01046) report.
  package var unloggedCharging = 0.6

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .integer(
      "idle_seconds", 0...86_400, unit: "seconds", of: Self.self, \.idleSeconds,
      "Time without use after which a phone is available."),
    .number(
      "unlogged_charging", .closed(0...1), of: Self.self, \.unloggedCharging,
      "Share of the rests on Wi-Fi during which the phone is on a charger that no unlock shows; "
        + "0 leaves what the histories say."),
  ]
}

/// Phones are available in the intervals of a CSV file: `client, from_seconds, until_seconds`.
package struct ListedAvailability: AvailabilityModel {
  package static let name = "file"

  package var path = Setting<String>()

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .optionalText(
      "path", longest: 4_096, of: Self.self, \.path,
      "CSV file with one row per interval; times count from the start of the run. A relative path "
        + "starts at the folder of the experiment file.")
  ]

  private enum CodingKeys: String, CodingKey { case path }
}

/// When phones are available: a variant, with the keys of that source alone.
package enum AvailabilityGroup: VariantGroup {
  package static let all: [any AvailabilityModel.Type] = [
    PhoneAvailability.self, ListedAvailability.self,
  ]

  package static let path = "availability"
  package static let nameKey = "source"
  package static let meaning = "Where it comes from when phones are available."
  package static var variants: [any Variant.Type] { all }
  package static let none: String? = "always"
  package static var standard: (any AvailabilityModel)? { nil }
  package static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable {
    \.availability
  }

  package typealias Shared = AvailabilitySettings

  package static let sharedKeys: [ConfigurationKey] = [
    .choice(
      "availability.selection", \.availability.shared.selection,
      "Whom a round may draw."),
    .integer(
      "availability.retry_seconds", 1...604_800, unit: "seconds",
      \.availability.shared.retrySeconds,
      "Time that the server waits when too few phones are available."),
  ]
}

/// What all sources of availability have.
package struct AvailabilitySettings: SharedSettings {
  package enum Selection: String, Codable, Sendable, CaseIterable { case available, sampled }

  package var selection = Selection.available
  package var retrySeconds = 600

  package init() {}
}

package typealias AvailabilityConfiguration = VariantChoice<AvailabilityGroup>

extension VariantChoice where Group == AvailabilityGroup {
  package static var all: [any AvailabilityModel.Type] { Group.all }
  /// Nil where all phones are always available.
  package var model: (any AvailabilityModel)? { value }
}

extension Configuration {
  /// Whether clients are drawn among those that are available, and not before anybody knows who is.
  package var drawsAvailable: Bool {
    simulatesTime && availability.model != nil && availability.shared.selection == .available
  }

  /// When phones may train by their own histories; nil where these do not decide it.
  package var restRule: PhoneAvailability? { availability.model as? PhoneAvailability }
}
