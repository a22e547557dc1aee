/// One of several ways to do something, with keys of its own in an experiment file.
///
/// The value holds the settings. A variant is registered in its group.
package protocol Variant: Codable, Equatable, Sendable {
  associatedtype Group: VariantGroup
  /// As the group's key of names says it.
  static var name: String { get }
  /// Keys of its own in the group.
  static var keys: [ConfigurationKey] { get }
  /// With the standard settings.
  init()
}

extension Variant {
  package static var keys: [ConfigurationKey] { [] }

  func equals(_ other: any Variant) -> Bool { (other as? Self) == self }

  /// Gives the group of a configuration this variant, with its standard settings.
  static func choose(in configuration: inout Configuration) {
    Group.choose(Self(), in: &configuration)
  }
}

/// A group of keys that names one of several variants and has the keys of that variant alone.
///
/// A new group is one type like `AlgorithmGroup`, a property of `Configuration` and its line in
/// `Configuration.variantGroups`.
package protocol VariantGroup: Sendable {
  /// What the rest of the program gets: `any Algorithm`, or an optional where `none` is a name.
  associatedtype Value: Sendable
  /// Keys that every variant of the group has.
  associatedtype Shared: SharedSettings = NoSharedSettings

  /// Of the group: `algorithm`.
  static var path: String { get }
  /// Its key that says which variant: `name`.
  static var nameKey: String { get }
  /// What that key means.
  static var meaning: String { get }
  static var variants: [any Variant.Type] { get }
  /// The name that stands for no variant; nil where there is always one.
  static var none: String? { get }
  /// Where nobody says otherwise.
  static var standard: Value { get }
  /// Whether the file that a run writes has the group even where it is as nobody said otherwise.
  static var isAlwaysWritten: Bool { get }
  /// The rows of `Shared` in the table of keys.
  static var sharedKeys: [ConfigurationKey] { get }
  /// Where a configuration has it.
  static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable { get }
}

extension VariantGroup {
  package static var none: String? { nil }
  package static var isAlwaysWritten: Bool { false }
  package static var sharedKeys: [ConfigurationKey] { [] }

  /// All rows of the group in the table of keys.
  static var keys: [ConfigurationKey] {
    let names = (none.map { [$0] } ?? []) + variants.map { $0.name }
    let choice = choice
    let name = ConfigurationKey(
      path: "\(path).\(nameKey)", kind: .choice(names), isOptional: false, unit: "",
      meaning: meaning
    ) { .text($0[keyPath: choice].name) }
    return [name] + sharedKeys + ConfigurationKey.merged(variants.flatMap { $0.keys })
  }

  static func choose(_ variant: (any Variant)?, in configuration: inout Configuration) {
    guard let value = value(variant) else { preconditionFailure("a variant of another group") }
    configuration[keyPath: choice].value = value
  }

  /// A variant of the group, or nil for none, as the rest of the program gets it.
  static func value(_ variant: (any Variant)?) -> Value? { variant as? Value }
}

/// What all variants of a group have.
package protocol SharedSettings: Codable, Equatable, Sendable {
  init()
}

package struct NoSharedSettings: SharedSettings {
  package init() {}
}
