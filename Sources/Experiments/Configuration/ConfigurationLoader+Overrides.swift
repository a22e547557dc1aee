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

  mutating func apply(_ override: String) throws {
    let equals = override.firstIndex(of: "=") ?? override.endIndex
    let keyPath = String(override[..<equals])
    let keys = keyPath.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard equals != override.endIndex, !keys.contains("") else {
      throw ExperimentError(
        .invalidConfiguration, "--set \(override): write it as key.path=value.")
    }
    let text = String(override[override.index(after: equals)...])
    let value: Node
    do {
      value = try Yams.compose(yaml: text) ?? Node("null", Tag(.null))
    } catch {
      throw ExperimentError(.invalidConfiguration, "--set \(override): the value is not YAML.")
    }
    let place = "--set \(override)"
    try refuseGroupGivenAsValue(on: sweepKeys(keys), place: place)
    overrides.append(Override(keyPath: keyPath, place: place))
    user = Self.setting(value, at: sweepKeys(keys)[...], in: user)
    try normalizeSweep()
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
            + "('\(node.string ?? "a list")'), so it has no key '\(key)'; make it a group of keys "
            + "there, or set all of it.")
      }
      guard let next = node[key] else { return }
      node = next
    }
  }

  static func setting(_ value: Node, at keys: ArraySlice<String>, in node: Node) -> Node {
    guard let key = keys.first else { return value }
    var node = node.mapping != nil ? node : Node([(Node, Node)]())
    node[key] = setting(value, at: keys.dropFirst(), in: node[key] ?? Node([(Node, Node)]()))
    return node
  }
}
