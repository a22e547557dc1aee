import Tables

/// How fast phones compute and how fast they reach the network: a variant, or none for no simulated time.
package protocol DeviceModel: Variant where Group == DeviceGroup {
  /// The least memory that training needs, in bytes; 0 for none.
  var minimumMemoryBytes: Double { get }
}

/// Phones whose speeds are drawn by keyed streams, each from a log-normal distribution.
///
/// σ = 0.9 of the speed: the FP32 scores of the 333 phone models in the list of AI-Benchmark that FLASH
/// (Yang et al., WWW 2021) publishes have 0.93, one vote per model. The median is that of LeNet-5 trained on
/// three phones at 16 examples a batch. Medians of the bandwidths, and all that is said of memory, are assumptions.
package struct LogNormalDevices: DeviceModel {
  package static let name = "lognormal"

  package var flopsPerSecond = 2e9
  package var sigma = 0.9
  package var downBitsPerSecond = 2e7
  package var upBitsPerSecond = 5e6
  package var bandwidthSigma = 1.0
  package var memoryBytes = 6e9
  package var memorySigma = 0.5
  package var minimumMemoryBytes = 0.0

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "flops_per_second", .positive(1...1e18), unit: "FLOP/s", of: Self.self, \.flopsPerSecond,
      "Median speed of a phone that trains, in floating-point operations per second."),
    .number(
      "sigma", .closed(0...5), of: Self.self, \.sigma,
      "Standard deviation of the logarithm of the speed; 0 makes all phones equally fast."),
    .number(
      "down_bits_per_second", .positive(1...1e18), unit: "bit/s", of: Self.self,
      \.downBitsPerSecond, "Median bandwidth from the server to a phone."),
    .number(
      "up_bits_per_second", .positive(1...1e18), unit: "bit/s", of: Self.self, \.upBitsPerSecond,
      "Median bandwidth from a phone to the server."),
    .number(
      "bandwidth_sigma", .closed(0...5), of: Self.self, \.bandwidthSigma,
      "Standard deviation of the logarithm of both bandwidths; one draw decides both."),
    .number(
      "memory_bytes", .positive(1...1e18), unit: "bytes", of: Self.self, \.memoryBytes,
      "Median memory of a phone."),
    .number(
      "memory_sigma", .closed(0...5), of: Self.self, \.memorySigma,
      "Standard deviation of the logarithm of the memory."),
    .number(
      "minimum_memory_bytes", .closed(0...1e18), unit: "bytes", of: Self.self,
      \.minimumMemoryBytes,
      "Memory that training needs. A phone with less is never available."),
  ]
}

/// Phones whose speeds are in a CSV file: `client, flops_per_second, down_bits_per_second,
/// up_bits_per_second`.
package struct ListedDevices: DeviceModel {
  package static let name = "file"

  package var path = Setting<String>()

  package init() {}

  package var minimumMemoryBytes: Double { 0 }

  package static let keys: [ConfigurationKey] = [
    .optionalText(
      "path", longest: 4_096, of: Self.self, \.path,
      "CSV file with one row per client. A relative path starts at the folder of the experiment "
        + "file.")
  ]

  private enum CodingKeys: String, CodingKey { case path }
}

/// How fast phones are: a variant, with the keys of that source alone.
package enum DeviceGroup: VariantGroup {
  package static let all: [any DeviceModel.Type] = [LogNormalDevices.self, ListedDevices.self]

  package static let path = "devices"
  package static let nameKey = "source"
  package static let meaning =
    "Where the speeds of the phones come from; without them time is not simulated."
  package static var variants: [any Variant.Type] { all }
  package static let none: String? = "none"
  package static var standard: (any DeviceModel)? { nil }
  package static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable {
    \.devices
  }

  package typealias Shared = DeviceSettings

  package static let sharedKeys: [ConfigurationKey] = [
    .number(
      "devices.overhead_seconds", .closed(0...1e6), unit: "seconds",
      \.devices.shared.overheadSeconds,
      "Time that a phone needs in every round beside transfers and training.")
  ]
}

/// What all phones have.
package struct DeviceSettings: SharedSettings {
  package var overheadSeconds = 5.0

  package init() {}
}

package typealias DeviceConfiguration = VariantChoice<DeviceGroup>

extension VariantChoice where Group == DeviceGroup {
  package static var all: [any DeviceModel.Type] { Group.all }
  /// Nil where time is not simulated.
  package var model: (any DeviceModel)? { value }
}

extension Configuration {
  /// Whether rounds take virtual time.
  package var simulatesTime: Bool { devices.model != nil }
}
