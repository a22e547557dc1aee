import Federation
import Tables
import Yams

/// From the tree of a file to an experiment.
extension ConfigurationLoader {
  func decoded() throws -> Configuration {
    let variant = try variant
    var values = variant.values
    var problems: [ExperimentError] = []
    replace(&values, by: user, at: [], variant, &problems)
    do {
      // A key with a mistake has its default here, so that the others can be checked as well.
      let configuration = try Configuration(from: ValueDecoder(values: values))
      problems += rangeProblems(configuration)
      if let all = ExperimentError(all: problems.sorted(by: isEarlier)) { throw all }
      return configuration
    } catch let error as DecodingError {
      throw ExperimentError(all: problems) ?? typeError(error)
    }
  }

  /// Takes over what is right, and adds what is wrong to the problems.
  private func replace(
    _ values: inout [String: Node], by user: Node, at keys: [String],
    _ variant: ConfigurationVariant, _ problems: inout [ExperimentError]
  ) {
    let path = keys.joined(separator: ".")
    guard let known = variant.groups[path] else {
      note(&problems) { values[path] = try value(user, at: path) }
      return
    }
    guard let given = user.mapping else {
      problems.append(
        ExperimentError(
          .invalidConfiguration,
          "\(place(of: path)): \(path) is a group of keys (\(known.joined(separator: ", "))), not a "
            + "value."))
      return
    }
    for (keyNode, value) in given {
      let key = keyNode.scalar?.string ?? ""
      // A place for anchors, which other keys refer to.
      if keys.isEmpty, key.hasPrefix("x-") { continue }
      guard known.contains(key) else {
        note(&problems) {
          try refuseKeyOfAnotherVariant(key, in: path)
          throw unknownKey(
            keys + [key], among: known + (keys.isEmpty ? ["sweep", Self.extends] : []))
        }
        continue
      }
      replace(&values, by: value, at: keys + [key], variant, &problems)
    }
  }

  /// What the file says, with every default filled in.
  func merged() throws -> Node {
    let variant = try variant
    var values = variant.values
    var problems: [ExperimentError] = []
    replace(&values, by: user, at: [], variant, &problems)
    if let all = ExperimentError(all: problems) { throw all }
    return Self.tree(variant.defaults, of: values, below: "")
  }

  private static func tree(_ node: Node, of values: [String: Node], below path: String) -> Node {
    guard let mapping = node.mapping else { return values[path] ?? node }
    return Node(
      mapping.map { key, value in
        let inner = (path.isEmpty ? "" : "\(path).") + (key.scalar?.string ?? "")
        return (key, tree(value, of: values, below: inner))
      })
  }

  /// `place` defaults to where the key stands.
  func unknownKey(
    _ path: [String], among known: [String], place: String? = nil,
    setting names: [String: String] = [:]
  ) -> ExperimentError {
    // Nothing that long is near to a key of ours.
    let key = String((path.last ?? "").prefix(80))
    let joined = path.joined(separator: ".")
    let group = path.dropLast().joined(separator: ".")
    // Of a variant, no keys but its own.
    let own = try? keysOfVariant(in: group, setting: names)
    let known = own?.keys ?? known
    let isName = path.count > 1 && Self.wordsForNames.contains(key)
    let name = isName ? known.first(where: Self.wordsForNames.contains) : nil
    let near =
      name.map { ["\(group).\($0)"] } ?? KeySuggestion.keys(near: key, in: group, among: known)
    var advice = KeySuggestion.advice(near, group: group, known: known)
    if group.isEmpty, let words = KeySuggestion.advice(onTopLevel: key) { advice = words }
    if let own, !near.contains(where: { $0.hasPrefix("\(group).") }) {
      advice = (near.isEmpty ? "" : "\(advice); ") + own.advice
    }
    return ExperimentError(
      .invalidConfiguration,
      "\(place ?? self.place(of: joined)): unknown key '\(PrintableText.excerpt(joined))'; \(advice)."
    )
  }

  /// The value of one key as we write it ourselves.
  func value(_ node: Node, at keyPath: String) throws -> Node {
    guard let key = Configuration.key(keyPath) else { return node }
    let reader = ScalarReader(key: key)
    switch reader.read(node) {
    case .value(let value): return value
    case .missing:
      throw ExperimentError(
        .invalidConfiguration, "\(place(of: keyPath)): \(keyPath) has no value; give one.")
    case .wrong(let wanted, let advice):
      let found = node.scalar.map { PrintableText.excerpt($0.string, longest: 60) }
      throw ExperimentError(
        .invalidConfiguration,
        "\(place(of: keyPath)): \(keyPath) must be \(wanted), not '\(found ?? "a group or list")'"
          + "\(advice).")
    }
  }

  /// Of a value that its key's table let through: none is known.
  private func typeError(_ error: DecodingError) -> ExperimentError {
    let context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
      }
    let keyPath = context.codingPath.map { snakeCase($0.stringValue) }.joined(separator: ".")
    return ExperimentError(
      .invalidConfiguration, "\(place(of: keyPath)): \(keyPath) has a value of another type.")
  }
}
