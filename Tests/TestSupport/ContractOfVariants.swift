import Federation
import Foundation
import Testing

/// What every variant of the configuration keeps: a name and keys of its own that can be written and read.
package func checkVariant<V: Variant>(
  _ variant: V, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let name = V.name
  #expect(
    name.first?.isLowercase == true
      && name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" },
    "'\(name)' is no name in snake_case", sourceLocation: sourceLocation)
  var names = Set<String>()
  for key in V.keys {
    #expect(
      key.path == "\(V.Group.path).\(key.name)" && names.insert(key.name).inserted,
      "\(key.path) is no key of its own", sourceLocation: sourceLocation)
    #expect(
      key.variants.contains { ObjectIdentifier($0) == ObjectIdentifier(V.self) },
      "\(key.path) is a key of another variant",
      sourceLocation: sourceLocation)
    #expect(
      key.meaning.hasSuffix(".") && !key.meaning.contains("\n"), "\(key.path): no sentence",
      sourceLocation: sourceLocation)
  }
  // What an experiment file says comes back from it: its keys are the properties.
  let encoded = try JSONEncoder().encode(variant)
  #expect(
    try JSONDecoder().decode(V.self, from: encoded) == variant, "\(name): settings get lost",
    sourceLocation: sourceLocation)
  let written = try JSONSerialization.jsonObject(with: encoded) as? [String: Any] ?? [:]
  #expect(
    Set(written.keys.map(snakeCase)) == names,
    "\(name): every setting is a key and every key a setting", sourceLocation: sourceLocation)
  guard V.Group.variants.contains(where: { $0 == V.self }) else { return }
  // Of one that is registered.
  #expect(
    V.Group.variants.filter { $0.name == name }.count == 1, "two variants are called \(name)",
    sourceLocation: sourceLocation)
  for key in V.keys {
    #expect(
      key.kind.admits(key.standard) && (key.isOptional || key.standard != .none),
      "\(key.path): the standard value is not allowed", sourceLocation: sourceLocation)
    #expect(
      key.decides != nil, "\(key.path): its group is missing in ConfigurationAspect.swift",
      sourceLocation: sourceLocation)
  }
}

private func snakeCase(_ name: String) -> String {
  name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
}
