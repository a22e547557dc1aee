/// The variant that an experiment has of a group, and what all variants of the group share.
package struct VariantChoice<Group: VariantGroup>: Codable, Equatable, Sendable {
  package var value: Group.Value
  package var shared = Group.Shared()

  package init(_ value: Group.Value = Group.standard) { self.value = value }

  /// The variant of this name, with its standard settings; nil where there is none of this name.
  package init?(named name: String) {
    let type = Group.variants.first { $0.name == name }
    guard type != nil || name == Group.none, let value = Group.value(type.map { $0.init() }) else {
      return nil
    }
    self.value = value
  }

  /// Nil for none.
  var variant: (any Variant)? { value as? any Variant }

  package var name: String { variant.map { type(of: $0).name } ?? Group.none ?? "" }

  package static func == (left: Self, right: Self) -> Bool {
    guard left.shared == right.shared else { return false }
    return switch (left.variant, right.variant) {
    case (nil, nil): true
    case (let left?, let right?): left.equals(right)
    default: false
    }
  }

  private struct NameKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The name, and beside it the keys of the group and those of that variant.
  package init(from decoder: any Decoder) throws {
    let key = NameKey(stringValue: Group.nameKey)
    let container = try decoder.container(keyedBy: NameKey.self)
    let name = try container.decode(String.self, forKey: key)
    guard let standard = Self(named: name),
      let value = Group.value(try standard.variant.map { try type(of: $0).init(from: decoder) })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container, debugDescription: "no \(Group.path) '\(name)'")
    }
    self.value = value
    shared = try Group.Shared(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: NameKey.self)
    try container.encode(name, forKey: NameKey(stringValue: Group.nameKey))
    try shared.encode(to: encoder)
    try variant?.encode(to: encoder)
  }
}

/// A group of variants, whatever it is about.
package struct VariantSlot: Sendable {
  /// Of the group: `algorithm`.
  package let path: String
  /// Of its key of names: `algorithm.name`.
  package let nameKey: String
  package let names: [String]
  /// Where nobody says otherwise.
  package let standardName: String
  package let isAlwaysWritten: Bool
  package let keys: [ConfigurationKey]
  /// Names of the keys that all variants share.
  package let sharedKeys: [String]
  package let variants: [any Variant.Type]
  private let currentName: @Sendable (Configuration) -> String
  private let chooseNamed: @Sendable (String, inout Configuration) -> Bool

  init<Group: VariantGroup>(_ group: Group.Type) {
    let choice = Group.choice
    path = Group.path
    nameKey = "\(Group.path).\(Group.nameKey)"
    names = (Group.none.map { [$0] } ?? []) + Group.variants.map { $0.name }
    standardName = VariantChoice<Group>().name
    isAlwaysWritten = Group.isAlwaysWritten
    keys = Group.keys
    sharedKeys = Group.sharedKeys.compactMap { $0.path.split(separator: ".").last.map(String.init) }
    variants = Group.variants
    currentName = { $0[keyPath: choice].name }
    chooseNamed = { name, configuration in
      guard let chosen = VariantChoice<Group>(named: name) else { return false }
      configuration[keyPath: choice].value = chosen.value
      return true
    }
  }

  /// The name of the variant that a configuration has.
  package func name(in configuration: Configuration) -> String { currentName(configuration) }

  /// Gives a configuration the variant of this name, with its standard settings; false where there is none
  /// of this name.
  @discardableResult
  package func choose(_ name: String, in configuration: inout Configuration) -> Bool {
    chooseNamed(name, &configuration)
  }
}

extension Configuration {
  /// All groups of variants, in the order in which files are written.
  package static let variantGroups: [VariantSlot] = [
    VariantSlot(AlgorithmGroup.self), VariantSlot(PersonalisationGroup.self),
    VariantSlot(AggregatorGroup.self), VariantSlot(AttackGroup.self),
    VariantSlot(DeviceGroup.self), VariantSlot(AvailabilityGroup.self),
    VariantSlot(ScheduleGroup.self),
  ]
}
