import Yams

extension ConfigurationLoader {
  /// Removes a key from what the user gave.
  mutating func remove(_ keyPath: String) {
    user = Self.removing(keyPath.split(separator: ".").map(String.init)[...], from: user)
  }

  private static func removing(_ keys: ArraySlice<String>, from node: Node) -> Node {
    guard let key = keys.first else { return node }
    let rest = keys.dropFirst()
    return node.replacing(
      key, with: rest.isEmpty ? nil : node.child(key).map { removing(rest, from: $0) })
  }
}
