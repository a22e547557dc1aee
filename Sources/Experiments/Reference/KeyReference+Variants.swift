import Federation

/// One variant, such as an algorithm or a rule of aggregation, and the keys that experiments with it have.
package struct ExplainedVariant: Sendable {
  /// The key that names it.
  var nameKey: String
  var name: String
  /// Its own, then those of all variants of the group.
  package var keys: [ConfigurationKey]

  /// What `fedsim explain NAME` says.
  package var text: String {
    let title = "\(nameKey): \(name)"
    guard !keys.isEmpty else { return "\(title) has no keys of its own." }
    return ([title] + keys.map { KeyReference.paragraph(on: $0) }).joined(separator: "\n\n")
  }
}

extension KeyReference {
  /// The variants of this name; two groups may have one each.
  package static func variants(named name: String) -> [ExplainedVariant] {
    Configuration.variantGroups.compactMap { group in
      guard let variant = group.variants.first(where: { $0.name == name }) else { return nil }
      let shared = group.keys.filter { key in
        key.path.split(separator: ".").last.map { group.sharedKeys.contains(String($0)) } == true
      }
      return ExplainedVariant(nameKey: group.nameKey, name: name, keys: variant.keys + shared)
    }
  }
}
