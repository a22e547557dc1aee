import Foundation

/// Runs that differ in nothing but the seed, or in what an axis shows.
package struct RunGroup: Sendable {
  /// What sets the group apart, such as `cohort_size = 50`; empty when there is only one group.
  package var label: String
  package var runs: [Run]
}

extension RunSet {
  /// One group per combination of the varied keys but `ignored`, in ascending order.
  package func groups(ignoring ignored: (String) -> Bool = { _ in false }) -> [RunGroup] {
    let keys = withoutWhatVariantsDecide(varied.filter { !ignored($0) })
    var groups: [[String]: [Run]] = [:]
    for run in runs { groups[keys.map { run.settings[$0] ?? "–" }, default: []].append(run) }
    let names = names(of: groups)
    return groups.sorted { isAscending($0.key, $1.key) }.map { values, runs in
      let label = zip(shortNames(of: keys), values).map { key, value in
        key == Self.variant ? value : "\(key) = \(value)"
      }
      return RunGroup(label: names[values] ?? label.joined(separator: "; "), runs: runs)
    }
  }

  /// The column in which a sweep names its variants.
  private static let variant = "variant"

  /// A named variant stands for the keys it sets.
  private func withoutWhatVariantsDecide(_ keys: [String]) -> [String] {
    guard keys.contains(Self.variant) else { return keys }
    let variants = Dictionary(grouping: runs) { $0.settings[Self.variant] }.values
    return keys.filter { key in
      let isDecided = variants.allSatisfy { runs in Set(runs.map { $0.settings[key] }).count == 1 }
      return key == Self.variant || !isDecided
    }
  }

  /// Names of experiments where each group has its own and too many keys differ to list them.
  private func names(of groups: [[String]: [Run]]) -> [[String]: String] {
    guard groups.count > 1, (groups.first?.key.count ?? 0) > 2 else { return [:] }
    let names = groups.mapValues { Set($0.map { $0.settings["name"] ?? "" }) }
    let all = names.values.flatMap(\.self)
    let isClear = names.values.allSatisfy { $0.count == 1 && $0 != [""] }
    guard isClear, Set(all).count == all.count else { return [:] }
    return names.compactMapValues(\.first)
  }

  /// The last word of a key path, or the whole path where two would look the same.
  package func shortNames(of keys: [String]) -> [String] {
    let last = keys.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
    return zip(keys, last).map { key, name in last.count { $0 == name } > 1 ? key : name }
  }

  /// Numbers by value, anything else by letters.
  private func isAscending(_ left: [String], _ right: [String]) -> Bool {
    for (one, other) in zip(left, right) where one != other {
      guard let first = Double(one), let second = Double(other) else { return one < other }
      return first < second
    }
    return false
  }
}
