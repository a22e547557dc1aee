import Foundation
import RunResults

/// Runs that differ in nothing but the seed, or in what an axis shows.
package struct RunGroup: Sendable {
  /// What sets the group apart, such as `cohort_size = 50`; empty when there is only one group.
  package var label: String
  /// The same for people: `Clients per round = 50`.
  package var title: String
  package var runs: [Run]

  package init(label: String, title: String? = nil, runs: [Run]) {
    self.label = label
    self.title = title ?? label
    self.runs = runs
  }
}

extension RunSet {
  /// One group per combination of the varied keys but `ignored`.
  ///
  /// Numbers are in ascending order, anything else in the order of the runs, which is that of the file;
  /// variants of several folders are in the order of the runs. No two groups have one label.
  package func groups(ignoring ignored: (String) -> Bool = { _ in false }) -> [RunGroup] {
    let keys = withoutWhatVariantsDecide(varied.filter { !ignored($0) })
    var groups: [[String]: [Run]] = [:]
    var order: [[String]] = []
    for run in runs {
      let values = keys.map { GroupNames.value(run.settings[$0]) }
      if groups[values] == nil { order.append(values) }
      groups[values, default: []].append(run)
    }
    let ofSeveral = isOfSeveral && keys.contains(Self.variant)
    if !ofSeveral {
      let ranks = keys.map(ranks)
      func place(_ values: [String]) -> [Int] { zip(ranks, values).map { $0[$1] ?? 0 } }
      order.sort { place($0).lexicographicallyPrecedes(place($1)) }
    }
    let names = names(of: groups)
    let shown = ofSeveral ? tellingKeys(keys, order) : order.map { _ in Array(keys.indices) }
    let short = shortNames(of: keys)
    let found = zip(order, shown).map { values, shown in
      let label = shown.map { index in
        keys[index] == Self.variant
          ? values[index] : "\(short[index]) = \(KeyLabel.plain(values[index]))"
      }
      return RunGroup(
        label: names[values] ?? label.joined(separator: "; "),
        title: names[values] ?? Self.title(shown.map { keys[$0] }, shown.map { values[$0] }),
        runs: groups[values] ?? [])
    }
    let labels = GroupNames.unique(found.map(\.label))
    let titles = GroupNames.unique(found.map(\.title))
    return zip(found, zip(labels, titles)).map {
      RunGroup(label: $1.0, title: $1.1, runs: $0.runs)
    }
  }

  /// Of groups of several folders, the keys that tell them apart: the variant, and what else it takes.
  private func tellingKeys(_ keys: [String], _ values: [[String]]) -> [[Int]] {
    guard let variant = keys.firstIndex(of: Self.variant) else { return [] }
    let others = keys.indices.filter { $0 != variant }
    let telling = GroupNames.keys(
      beside: values.map { $0[variant] }, others.map { keys[$0] },
      values: values.map { values in others.map { values[$0] } }, isShort: true)
    return telling.map { [variant] + $0.map { others[$0] } }
  }

  private static func title(_ keys: [String], _ values: [String]) -> String {
    let headings = keys.map(KeyLabel.title)
    var words: [String] = []
    for (key, value) in zip(keys, values) {
      if key == "name" {
        words.append(value)
        continue
      }
      let isAmbiguous = headings.count { $0 == KeyLabel.title(of: key) } > 1
      let word =
        key == variant
        ? value : isAmbiguous ? "\(key) = \(value)" : KeyLabel.setting(key, value)
      if !words.contains(word) { words.append(word) }
    }
    return words.joined(separator: ", ")
  }

  /// The place of each value of a key.
  private func ranks(of key: String) -> [String: Int] {
    var values: [String] = []
    for run in runs {
      let value = GroupNames.value(run.settings[key])
      if !values.contains(value) { values.append(value) }
    }
    let numbers = values.map { Double(KeyLabel.plain($0)) }
    if zip(values, numbers).allSatisfy({ $1 != nil || $0 == "null" }) {
      // What is left out comes last.
      values = zip(values, numbers).sorted { ($0.1 ?? .infinity) < ($1.1 ?? .infinity) }.map(\.0)
    }
    return Dictionary(zip(values, 0...)) { first, _ in first }
  }

  /// The column in which a sweep names its variants.
  static let variant = "variant"

  /// A named variant stands for the keys it sets.
  private func withoutWhatVariantsDecide(_ keys: [String]) -> [String] {
    guard keys.contains(Self.variant) else { return keys }
    return keys.filter { $0 == Self.variant || !isDecidedByVariants($0) }
  }

  /// Whether runs of one variant agree on this key; variants of another experiment are others.
  func isDecidedByVariants(_ key: String, of experiments: Bool = false) -> Bool {
    guard varied.contains(Self.variant) else { return false }
    return Dictionary(grouping: runs) { run in
      [run.settings[Self.variant], experiments ? run.settings["name"] : nil]
    }.values.allSatisfy { runs in
      Set(runs.map { GroupNames.value($0.settings[key]) }).count == 1
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
}
