import Federation

/// A JSON Schema (draft 2020-12) of experiment files, from the table of keys.
///
/// It holds types, ranges, words and which keys a variant has. Rules between other keys are not in it:
/// `fedsim validate` knows them.
package enum ExperimentSchema {
  private typealias Members = [(name: String, value: SchemaValue)]

  /// docs/experiment.schema.json.
  package static func text() -> String { schema.text() + "\n" }

  private static var schema: SchemaValue {
    .object([
      ("$schema", "https://json-schema.org/draft/2020-12/schema"),
      ("title", "fedsim experiment"),
      ("description", "One experiment of fedsim. Every key has a default."),
      ("type", "object"),
      ("additionalProperties", false),
      (
        "patternProperties",
        .object([("^x-", .object([("description", "Ignored: a place for YAML anchors.")]))])
      ),
      (
        "properties",
        .object(
          members(of: "") + [
            ("sweep", sweep),
            (
              "extends",
              .object([
                ("description", "The experiment file, or files, whose keys this one changes."),
                ("type", .list(["string", "array"])),
              ])
            ),
          ])
      ),
      (
        "$defs",
        .object(Configuration.keys.map { ($0.path, value(of: $0)) })
      ),
    ])
  }

  // MARK: - Groups

  /// Keys and groups directly below a path, in the order of the table.
  private static func members(of path: String) -> Members {
    var members: Members = []
    for key in Configuration.keys {
      guard path.isEmpty || key.path.hasPrefix("\(path).") else { continue }
      let rest = key.path.dropFirst(path.isEmpty ? 0 : path.count + 1)
      let name = String(rest.prefix { $0 != "." })
      guard !members.contains(where: { $0.name == name }) else { continue }
      let own = path.isEmpty ? name : "\(path).\(name)"
      members.append((name, own == key.path ? reference(to: key) : group(own)))
    }
    return members
  }

  private static func group(_ path: String) -> SchemaValue {
    let meaning = KeyReference.groupMeaning(path) ?? ""
    if let slot = Configuration.variantGroups.first(where: { $0.path == path }) {
      return .object([
        ("description", .text(meaning)),
        ("oneOf", .list(slot.names.map { variant($0, of: slot) } + [.object([("type", "null")])])),
      ])
    }
    return .object([
      ("description", .text(meaning)),
      ("type", .list(["object", "null"])),
      ("additionalProperties", false),
      ("properties", .object(members(of: path))),
    ])
  }

  /// The keys of one variant; only that of the standard variant need not be named.
  private static func variant(_ name: String, of slot: VariantSlot) -> SchemaValue {
    let nameKey = String(slot.nameKey.dropFirst(slot.path.count + 1))
    let meaning =
      Configuration.key(slot.nameKey)?.choices.first { $0.word == name }?.meaning ?? ""
    let hasShared = slot.variants.contains { $0.name == name }
    let own = slot.keys.filter { key in
      key.variants.contains { $0.name == name }
        || hasShared && slot.sharedKeys.contains(key.name)
    }
    let properties: Members =
      [(nameKey, .object([("const", .text(name)), ("description", .text(meaning))]))]
      + own.map { ($0.name, reference(to: $0)) }
    let members: Members = [
      ("title", .text(name)),
      ("type", "object"),
      ("additionalProperties", false),
      ("properties", .object(properties)),
    ]
    return .object(
      name == slot.standardName ? members : members + [("required", .list([.text(nameKey)]))])
  }

  // MARK: - Values

  private static func reference(to key: ConfigurationKey) -> SchemaValue {
    .object([("$ref", .text("#/$defs/\(key.path)"))])
  }

  private static func value(of key: ConfigurationKey) -> SchemaValue {
    let unit = key.unit.isEmpty ? "" : " Unit: \(key.unit)."
    var members: Members = [("description", .text(key.meaning + unit))]
    members += rule(of: key)
    if let standard = standard(of: key) { members.append(("default", standard)) }
    return .object(members)
  }

  private static func rule(of key: ConfigurationKey) -> Members {
    let none: [SchemaValue] = key.isOptional ? ["null"] : []
    func type(_ names: SchemaValue...) -> (name: String, value: SchemaValue) {
      let all = names + none
      return ("type", all.count == 1 ? all[0] : .list(all))
    }
    switch key.kind {
    case .integer(let range):
      return [
        type("integer"), ("minimum", .number("\(range.lowerBound)")),
        ("maximum", .number("\(range.upperBound)")),
      ]
    case .oneOf(let values):
      return [("enum", .list(values.map { .number("\($0)") } + (key.isOptional ? [.null] : [])))]
    case .seed:
      return [type("integer"), ("minimum", 0), ("maximum", .number("\(UInt64.max)"))]
    case .number(let range):
      let ends = range.ends
      let low: Members = [(ends.hasLow ? "minimum" : "exclusiveMinimum", .number(ends.low))]
      let high: Members = [(ends.hasHigh ? "maximum" : "exclusiveMaximum", .number(ends.high))]
      // Readers of YAML 1.1 take 1e-5 for a text.
      let exponent: Members = [("pattern", "^[-+]?[0-9]+(\\.[0-9]*)?[eE][-+]?[0-9]+$")]
      guard range.contains(.infinity) else {
        return [type("number", "string")] + low + high + exponent
      }
      // YAML's .inf is a number for some readers and a text for others; JSON has neither.
      return [
        (
          "anyOf",
          .list([
            .object([type("number", "string")] + low + high + exponent),
            .object([("type", "number"), ("exclusiveMinimum", .number("1.7e308"))]),
            .object([("enum", .list([".inf", "inf"]))]),
          ])
        )
      ]
    case .flag: return [type("boolean")]
    case .text(let longest):
      // A text is taken as it is, even where YAML reads it as a number.
      return [
        type("string", "number", "boolean"), ("minLength", 1), ("maxLength", .number("\(longest)")),
      ]
    case .command(let longest):
      let word = SchemaValue.object([("type", .list(["string", "number", "boolean"]))])
      return [
        type("string", "array"), ("minLength", 1), ("maxLength", .number("\(longest)")),
        ("minItems", 1), ("items", word),
      ]
    case .choice:
      let words = key.choices.map {
        SchemaValue.object([("const", .text($0.word)), ("description", .text($0.meaning))])
      }
      return [("oneOf", .list(words + (key.isOptional ? [.object([("const", .null)])] : [])))]
    }
  }

  private static func standard(of key: ConfigurationKey) -> SchemaValue? {
    // Variants that share a key may differ in its default.
    guard key.standardText == "\(key.standard)" else { return nil }
    return switch key.standard {
    case .none: .null
    case .integer(let value): .number("\(value)")
    case .unsigned(let value): .number("\(value)")
    case .number(let value): value.isFinite ? .number(value) : nil
    case .flag(let value): .flag(value)
    case .text(let value): .text(value)
    }
  }

  // MARK: - Sweep

  private static var sweep: SchemaValue {
    let lists: Members = Configuration.keys.filter { $0.path != "seed" }.map { key in
      (key.path, .object([("type", "array"), ("minItems", 1), ("items", reference(to: key))]))
    }
    let seeds = SchemaValue.object([
      ("description", "A list of seeds, or how many to count from the file's seed."),
      (
        "oneOf",
        .list([
          .object([("type", "integer"), ("minimum", 1), ("maximum", 10_000)]),
          .object([
            ("type", "array"), ("minItems", 1),
            ("items", .object([("$ref", "#/$defs/seed")])),
          ]),
        ])
      ),
    ])
    let paired = SchemaValue.object([
      ("description", "Lists of equal length that advance together."), ("type", "object"),
      ("minProperties", 2), ("additionalProperties", false),
      (
        "properties",
        .object(
          [("seed", .object([("type", "array"), ("items", .object([("$ref", "#/$defs/seed")]))]))]
            + lists)
      ),
    ])
    let changes = SchemaValue.object([
      ("type", .list(["object", "null"])), ("additionalProperties", false),
      (
        "properties",
        .object(
          Configuration.keys.map { ($0.path, reference(to: $0)) }
            + ConfigurationGroup.meanings.map { ($0.path, .object([("type", "object")])) })
      ),
    ])
    return .object([
      ("description", "Values of other keys that are varied: the Cartesian product of all lists."),
      ("type", .list(["object", "null"])),
      ("additionalProperties", false),
      (
        "properties",
        .object(
          [("seed", seeds)] + lists + [
            ("paired", paired),
            (
              "variants",
              .object([
                ("description", "Named changes."), ("type", "object"),
                ("additionalProperties", changes),
              ])
            ),
            (
              "random",
              .object([
                ("description", "A number of points drawn from ranges and lists."),
                ("type", "object"),
              ])
            ),
            (
              "tuning",
              .object([
                (
                  "description",
                  "A random number of trials, so that the best one has a known epsilon."
                ),
                ("type", "object"),
              ])
            ),
          ])
      ),
    ])
  }
}
