import Foundation

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
  /// One group per combination of the varied keys but `ignored`: numbers in ascending order, anything
  /// else in the order of the runs, which is that of the file.
  package func groups(ignoring ignored: (String) -> Bool = { _ in false }) -> [RunGroup] {
    let keys = withoutWhatVariantsDecide(varied.filter { !ignored($0) })
    var groups: [[String]: [Run]] = [:]
    for run in runs { groups[keys.map { run.settings[$0] ?? "–" }, default: []].append(run) }
    let names = names(of: groups)
    let ranks = keys.map(ranks)
    func place(_ values: [String]) -> [Int] { zip(ranks, values).map { $0[$1] ?? 0 } }
    return groups.sorted { place($0.key).lexicographicallyPrecedes(place($1.key)) }.map {
      values, runs in
      let label = zip(shortNames(of: keys), values).map { key, value in
        key == Self.variant ? value : "\(key) = \(KeyLabel.plain(value))"
      }
      return RunGroup(
        label: names[values] ?? label.joined(separator: "; "),
        title: names[values] ?? Self.title(keys, values), runs: runs)
    }
  }

  private static func title(_ keys: [String], _ values: [String]) -> String {
    let headings = keys.map(KeyLabel.title)
    var words: [String] = []
    for (key, value) in zip(keys, values) {
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
      let value = run.settings[key] ?? "–"
      if !values.contains(value) { values.append(value) }
    }
    let numbers = values.map { Double(KeyLabel.plain($0)) }
    if zip(values, numbers).allSatisfy({ $1 != nil || ["null", "–"].contains($0) }) {
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
}
