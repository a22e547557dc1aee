/// What groups of runs are called, and which group a name means.
package enum GroupNames {
  /// The keys that the name of each group has to say beside its base, such as the name of a variant.
  ///
  /// - Parameters:
  ///   - bases: of the groups.
  ///   - keys: in which the groups differ.
  ///   - values: of each group, in the order of the keys.
  ///   - isShort: says only what tells groups of one base apart; otherwise every key that the bases leave
  ///     open.
  /// - Returns: indices of keys, for each group.
  package static func keys(
    beside bases: [String], _ keys: [String], values: [[String]], isShort: Bool
  ) -> [[Int]] {
    guard isShort else {
      let groups = Dictionary(grouping: zip(bases, values), by: \.0).values
      let open = keys.indices.filter { index in
        groups.contains { group in Set(group.map { $0.1[index] }).count > 1 }
      }
      return bases.map { _ in open }
    }
    var parts = bases.map { [$0] }
    var telling: [Int] = []
    for index in keys.indices where Set(parts).count < parts.count {
      let finer = zip(parts, values).map { $0 + [$1[index]] }
      guard Set(finer).count > Set(parts).count else { continue }
      (parts, telling) = (finer, telling + [index])
    }
    return bases.indices.map { group in
      var like = bases.indices.filter { bases[$0] == bases[group] }
      return telling.filter { index in
        let before = like.count
        like.removeAll { values[$0][index] != values[group][index] }
        // Whose experiment it is is said of all, so that nobody has to guess it of the others.
        return like.count < before || keys[index] == "name"
      }
    }
  }

  /// The names with a number behind those that are there already.
  package static func unique(_ names: [String]) -> [String] {
    var taken = Set<String>()
    return names.map { name in
      var own = name
      var count = 1
      while !taken.insert(own).inserted {
        count += 1
        own = "\(name) (\(count))"
      }
      return own
    }
  }

  /// The group that a name means; nil where it means none, or several.
  ///
  /// - Parameter names: all that a group is called, the clearest first.
  package static func index(of wanted: String, among names: [[String]]) -> Int? {
    let depth = names.map(\.count).max() ?? 0
    for isExact in [true, false] {
      for place in 0..<depth {
        let found = names.indices.filter { index in
          guard place < names[index].count else { return false }
          let name = names[index][place]
          return isExact ? name == wanted : name.lowercased() == wanted.lowercased()
        }
        if found.count == 1 { return found[0] }
      }
    }
    return nil
  }

  private static let mostNamed = 8

  /// One sentence about a name that means no group.
  package static func unknown(_ wanted: String, among names: [String]) -> String {
    let more = names.count > mostNamed ? "; and \(names.count - mostNamed) more" : ""
    return "--reference \(wanted): means none of the groups, or several; name one of them: "
      + names.prefix(mostNamed).map { "'\($0)'" }.joined(separator: "; ") + more + "."
  }

  /// A value for telling groups apart: what a variant has not is what is set to nothing.
  package static func value(_ text: String?) -> String {
    guard let text, !["", "null", "~"].contains(text) else { return "null" }
    return text
  }
}
