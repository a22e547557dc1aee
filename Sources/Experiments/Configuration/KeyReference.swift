import Federation
import Tables
import UsageLog

/// One key of the experiment file in words and numbers.
package struct KeyDescription: Encodable, Sendable {
  package var key: String
  /// The variants that have the key; nil for a key of every experiment.
  var algorithm: String?
  package var type: String
  /// As the experiment file has it; `null` for a key that is left out.
  package var standard: String
  package var range: String
  package var unit: String?
  package var meaning: String
  package var mayBeNull: Bool
  /// The words or numbers to choose from.
  var choices: [String]?
  var minimum: Double?
  var minimumIncluded: Bool?
  var maximum: Double?
  var maximumIncluded: Bool?
  var mayBeInfinite: Bool?
  var longest: Int?

  package init(_ key: ConfigurationKey) {
    self.key = key.path
    algorithm = key.variants.isEmpty ? nil : key.variants.map { $0.name }.joined(separator: ", ")
    type = key.kind.type
    standard = key.standardText
    range = key.kind.rangeInWords
    unit = key.unit.isEmpty ? nil : key.unit
    meaning = key.meaning
    mayBeNull = key.isOptional
    switch key.kind {
    case .integer(let range):
      (minimum, minimumIncluded) = (Double(range.lowerBound), true)
      (maximum, maximumIncluded) = (Double(range.upperBound), true)
    case .seed:
      (minimum, minimumIncluded) = (0, true)
      (maximum, maximumIncluded) = (Double(UInt64.max), true)
    case .number(let range):
      let ends = range.ends
      (minimum, minimumIncluded) = (ends.low, ends.hasLow)
      (maximum, maximumIncluded) = (ends.high, ends.hasHigh)
      mayBeInfinite = range.contains(.infinity)
    case .oneOf(let values): choices = values.map(String.init)
    case .choice(let words): choices = words
    case .flag: choices = ["true", "false"]
    case .text(let longest): self.longest = longest
    }
  }

  private enum CodingKeys: String, CodingKey {
    case key, algorithm, type, range, unit, meaning, mayBeNull, choices, minimum, minimumIncluded
    case maximum, maximumIncluded, mayBeInfinite, longest
    case standard = "default"
  }
}

/// What `fedsim explain` and docs/experiment-file.md say about keys.
package enum KeyReference {
  /// The key with this path, or those of the group; all for an empty path.
  package static func keys(of path: String) throws -> [ConfigurationKey] {
    if path.isEmpty { return Configuration.keys }
    if let key = Configuration.key(path) { return [key] }
    let group = Configuration.keys.filter { $0.path.hasPrefix("\(path).") }
    guard group.isEmpty else { return group }
    // Nothing longer is near to a key of ours.
    let wanted = String(path.prefix(80))
    let known =
      Configuration.keys.map(\.path) + ConfigurationGroup.meanings.map(\.path)
      + Configuration.variantGroups.flatMap { $0.variants.map { $0.name } }
    func distance(_ candidate: String) -> Int {
      // Many remember the last part alone.
      let last = candidate.split(separator: ".").last.map(String.init) ?? candidate
      return min(editDistance(wanted, candidate), editDistance(wanted, last) + 1)
    }
    let nearest = known.min { distance($0) < distance($1) } ?? ""
    throw ExperimentError(
      .usage,
      "there is no key '\(PrintableText.excerpt(path))'; the nearest is '\(nearest)'.")
  }

  package static func groupMeaning(_ path: String) -> String? {
    ConfigurationGroup.meanings.first { $0.path == path }?.meaning
  }

  /// All that is known about one key, as lines.
  package static func paragraph(on key: ConfigurationKey) -> String {
    let description = KeyDescription(key)
    var lines = [
      description.key, "  \(description.meaning)", "  type:    \(description.type)",
      "  range:   \(description.range)\(key.isOptional ? ", or null to leave it out" : "")",
    ]
    if let unit = description.unit { lines.append("  unit:    \(unit)") }
    lines.append("  default: \(description.standard)")
    return lines.joined(separator: "\n")
  }

  /// docs/experiment-file.md.
  package static func markdown() -> String {
    var text = """
      # Keys of an experiment file

      <!-- Written by `fedsim explain --markdown`; a test compares the two. -->

      An experiment is one YAML file of at most 1 MB. Every key has a default, so a file holds what differs
      from it. Unknown keys, values of another type and values outside the range are errors before
      anything runs. `fedsim explain KEY` says the same on the command line.

      How values are written:

      * A whole number is written in decimal digits, with a sign if need be; `1_000` is 1000. `010`, `0x1F`,
        `1:30` and `1e3` are errors, since YAML 1.1 and 1.2 read them differently.
      * A number is written as `0.05`, `5e-2` or `.inf`, without leading zeros.
      * `true` and `false` may also be written `yes`, `no`, `on` and `off`.
      * A text is taken as it stands, even when it looks like a number: `path: 2024.10` is the folder 2024.10.
        Quotes are needed where YAML needs them, as around `#` after a blank. After `--set KEY=` a text is
        everything that was typed, without one pair of quotes around it.
      * `null`, `~` or nothing leaves a key out where the range says so.
      * An alias (`*name`) may stand for a value; merging groups with `<<`, tags, and keys that are lists or
        groups are errors.

      """
    var groups: [String] = []
    for key in Configuration.keys {
      let group = key.path.split(separator: ".").dropLast().joined(separator: ".")
      if !groups.contains(group) { groups.append(group) }
    }
    for group in groups {
      text += "\n## \(group.isEmpty ? "The experiment" : "`\(group)`")\n\n"
      if let meaning = groupMeaning(group) { text += "\(meaning)\n\n" }
      text += "| key | meaning | type | range | unit | default |\n|---|---|---|---|---|---|\n"
      for key in Configuration.keys
      where key.path.split(separator: ".").dropLast().joined(separator: ".") == group {
        let row = KeyDescription(key)
        let name = key.path.split(separator: ".").last ?? ""
        let range = row.range + (row.mayBeNull ? ", or null" : "")
        text += "| `\(name)` | \(row.meaning) | \(row.type) | \(range) | \(row.unit ?? "") | "
        text += "`\(row.standard)` |\n"
      }
    }
    return text
  }
}

extension ConfigurationKey.Kind {
  /// The rule as a range, without its verb.
  fileprivate var rangeInWords: String {
    for verb in ["lie in ", "lie ", "be one of ", "be "] where rule.hasPrefix(verb) {
      return String(rule.dropFirst(verb.count))
    }
    return rule
  }
}
