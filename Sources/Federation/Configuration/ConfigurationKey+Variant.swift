/// Rows of the keys of one variant, which have no value in experiments with another.
extension ConfigurationKey {
  private static func row<V: Variant>(
    _ name: String, _ kind: Kind, unit: String = "", isOptional: Bool = false, of variant: V.Type,
    _ meaning: String, _ value: @escaping @Sendable (V) -> Value
  ) -> Self {
    let choice = V.Group.choice
    var key = Self(
      path: "\(V.Group.path).\(name)", kind: kind, isOptional: isOptional, unit: unit,
      meaning: meaning
    ) { ($0[keyPath: choice].value as? V).map(value) ?? .none }
    key.variants = [variant]
    return key
  }

  /// One row for every path, which names the variants that have the key; they agree in its kind.
  static func merged(_ rows: [ConfigurationKey]) -> [ConfigurationKey] {
    var paths: [String] = []
    for row in rows where !paths.contains(row.path) { paths.append(row.path) }
    return paths.compactMap { path in
      let same = rows.filter { $0.path == path }
      guard let first = same.first else { return nil }
      var meanings: [(text: String, names: [String])] = []
      for row in same {
        if let known = meanings.firstIndex(where: { $0.text == row.meaning }) {
          meanings[known].names += row.variants.map { $0.name }
        } else {
          meanings.append((row.meaning, row.variants.map { $0.name }))
        }
      }
      let meaning = meanings.map { "\($0.text.dropLast()) (\($0.names.joined(separator: ", ")))." }
        .joined(separator: " ")
      var key = ConfigurationKey(
        path: path, kind: first.kind, isOptional: first.isOptional, unit: first.unit,
        meaning: meaning
      ) { configuration in
        same.lazy.map { $0.value(configuration) }.first { $0 != .none } ?? .none
      }
      key.variants = same.flatMap { $0.variants }
      return key
    }
  }

  package static func number<V: Variant>(
    _ name: String, _ range: NumberRange, unit: String = "", of variant: V.Type,
    _ value: @escaping @Sendable (V) -> Double, _ meaning: String
  ) -> Self {
    row(name, .number(range), unit: unit, of: variant, meaning) { .number(value($0)) }
  }

  package static func integer<V: Variant>(
    _ name: String, _ range: ClosedRange<Int>, unit: String = "", of variant: V.Type,
    _ value: @escaping @Sendable (V) -> Int, _ meaning: String
  ) -> Self {
    row(name, .integer(range), unit: unit, of: variant, meaning) { .integer(value($0)) }
  }

  package static func integer<V: Variant>(
    _ name: String, oneOf choices: [Int], of variant: V.Type,
    _ value: @escaping @Sendable (V) -> Int, _ meaning: String
  ) -> Self {
    row(name, .oneOf(choices), of: variant, meaning) { .integer(value($0)) }
  }

  package static func optionalInteger<V: Variant>(
    _ name: String, _ range: ClosedRange<Int>, unit: String = "", of variant: V.Type,
    _ value: @escaping @Sendable (V) -> Setting<Int>, _ meaning: String
  ) -> Self {
    row(name, .integer(range), unit: unit, isOptional: true, of: variant, meaning) {
      value($0).value.map(Value.integer) ?? .none
    }
  }

  package static func optionalNumber<V: Variant>(
    _ name: String, _ range: NumberRange, unit: String = "", of variant: V.Type,
    _ value: @escaping @Sendable (V) -> Setting<Double>, _ meaning: String
  ) -> Self {
    row(name, .number(range), unit: unit, isOptional: true, of: variant, meaning) {
      value($0).value.map(Value.number) ?? .none
    }
  }

  package static func optionalText<V: Variant>(
    _ name: String, longest: Int, of variant: V.Type,
    _ value: @escaping @Sendable (V) -> Setting<String>, _ meaning: String
  ) -> Self {
    row(name, .text(longest: longest), isOptional: true, of: variant, meaning) {
      value($0).value.map(Value.text) ?? .none
    }
  }

  package static func flag<V: Variant>(
    _ name: String, of variant: V.Type, _ value: @escaping @Sendable (V) -> Bool, _ meaning: String
  ) -> Self {
    row(name, .flag, of: variant, meaning) { .flag(value($0)) }
  }

  package static func choice<
    V: Variant, Choice: RawRepresentable<String> & CaseIterable & Sendable
  >(
    _ name: String, of variant: V.Type, _ value: @escaping @Sendable (V) -> Choice,
    _ meaning: String
  ) -> Self {
    row(name, .choice(Choice.allCases.map(\.rawValue)), of: variant, meaning) {
      .text(value($0).rawValue)
    }
  }
}
