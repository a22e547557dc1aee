import Federation
import Tables
import Yams

/// What `--set` and the points of a sweep change in what the file says.
extension ConfigurationLoader {
  /// The last override of this key, of a group around it or of a key within it.
  func override(of keyPath: String) -> Override? {
    overrides.last { override in
      "\(keyPath).".hasPrefix("\(override.keyPath).")
        || "\(override.keyPath).".hasPrefix("\(keyPath).")
    }
  }

  /// `sweep.variants.NAME` and the longest key path of an experiment; names may have dots.
  private static let deepestKeyPath = 64

  mutating func apply(_ override: String) throws {
    let equals = override.firstIndex(of: "=") ?? override.endIndex
    let keyPath = String(override[..<equals])
    let keys = keyPath.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let place = "--set \(PrintableText.excerpt(override))"
    guard equals != override.endIndex, !keys.contains("") else {
      throw ExperimentError(.invalidConfiguration, "\(place): write it as key.path=value.")
    }
    guard keys.count <= Self.deepestKeyPath else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(place): no key path has \(keys.count) parts; look for the one "
          + "you mean with `fedsim explain`.")
    }
    guard keys[0] != Self.extends else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(place): only a file can extend others; write `extends: base.yaml` into one.")
    }
    let value = try value(
      of: keyPath, String(override[override.index(after: equals)...]), place: place)
    try refuseGroupGivenAsValue(on: sweepKeys(keys), place: place)
    overrides.append(Override(keyPath: keyPath, place: place))
    let before = user
    user = Self.setting(value, at: sweepKeys(keys)[...], in: user)
    dropKeysOfVariant(replacedAt: keyPath, before: before)
    try normalizeSweep()
  }

  /// Throws for the keys that were typed and that no experiment has.
  func refuseUnknownOverrides() throws {
    var problems: [ExperimentError] = []
    for override in overrides {
      let keys = override.keyPath.split(separator: ".").map(String.init)
      guard let first = keys.first, first != "sweep", !first.hasPrefix("x-") else { continue }
      var known = try ConfigurationVariant.everything()
      for (depth, key) in keys.enumerated() {
        guard let next = known[key] else {
          // What is below a value is refused where the value is read.
          guard let group = known.mapping else { break }
          let problem = unknownKey(
            Array(keys[...depth]), among: group.keys.compactMap(\.string), place: override.place)
          if !problems.contains(problem) { problems.append(problem) }
          break
        }
        known = next
      }
    }
    if let all = ExperimentError(all: problems) { throw all }
  }

  /// The value of a key of text is what was typed, to the last character; any other is YAML.
  private func value(of keyPath: String, _ text: String, place: String) throws -> Node {
    if let key = Configuration.key(keyPath) {
      switch key.kind {
      case .command where text.hasPrefix("["): break
      case .text, .command: return .scalar(Self.typed(text, isOptional: key.isOptional))
      default: break
      }
    }
    do throws(YAMLText.Problem) {
      return try YAMLText.compose(text) ?? Node("null", Tag(.null))
    } catch {
      throw ExperimentError(
        .invalidConfiguration, "\(place): the value is not YAML (\(error.sentence)).")
    }
  }

  /// `null` leaves the key out, and one pair of quotes around the whole is taken off, as in a file.
  private static func typed(_ text: String, isOptional: Bool) -> Node.Scalar {
    if isOptional, ["null", "~", ""].contains(text) {
      return Node.Scalar("null", Tag(.null), .plain)
    }
    for quote in ["'", "\""] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote)
    {
      // A quoted value is read by the rules of YAML, with its escapes.
      if let quoted = try? YAMLText.compose(text)?.scalar {
        return ScalarReader.text(quoted.string)
      }
    }
    return ScalarReader.text(text)
  }

  /// A key within something that the file gives a value would silently replace that value.
  func refuseGroupGivenAsValue(on keys: [String], place: String) throws {
    var node = user
    for (depth, key) in keys.enumerated() {
      guard node.mapping != nil || node.tag == Tag(.null) else {
        let group = keys[..<depth].joined(separator: ".")
        throw ExperimentError(
          .invalidConfiguration,
          "\(place): \(self.place(of: group)) gives \(group) as a value "
            + "('\(PrintableText.excerpt(node.string ?? "a list"))'), so it has no key '\(key)'; make it a group of keys "
            + "there, or set all of it.")
      }
      guard let next = node.child(key) else { return }
      node = next
    }
  }

  static func setting(_ value: Node, at keys: ArraySlice<String>, in node: Node) -> Node {
    guard let key = keys.first else { return value }
    let empty = Node([(Node, Node)]())
    let node = node.mapping != nil ? node : empty
    return node.replacing(
      key, with: setting(value, at: keys.dropFirst(), in: node.child(key) ?? empty))
  }
}
