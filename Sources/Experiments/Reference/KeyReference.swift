import Federation
import Foundation
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
  /// What the words mean.
  var choiceMeanings: [String: String]?
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
    case .choice(let words):
      choices = words
      choiceMeanings = Dictionary(uniqueKeysWithValues: key.choices.map { ($0.word, $0.meaning) })
    case .flag: choices = ["true", "false"]
    case .text(let longest), .command(let longest): self.longest = longest
    }
  }

  private enum CodingKeys: String, CodingKey {
    case key, algorithm, type, range, unit, meaning, mayBeNull, choices, choiceMeanings, minimum
    case minimumIncluded, maximum, maximumIncluded, mayBeInfinite, longest
    case standard = "default"
  }
}

/// What `fedsim explain` and docs/experiment-file.md say about keys.
package enum KeyReference {
  /// The key with this path, or those of the group; all for an empty path, and none where there is
  /// neither.
  package static func keys(of path: String) -> [ConfigurationKey] {
    if path.isEmpty { return Configuration.keys }
    if let key = Configuration.key(path) { return [key] }
    return Configuration.keys.filter { $0.path.hasPrefix("\(path).") }
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
    let width = key.choices.map(\.word.count).max() ?? 0
    lines += key.choices.map { choice in
      "  \(choice.word.padding(toLength: width, withPad: " ", startingAt: 0)): \(choice.meaning)"
    }
    return lines.joined(separator: "\n")
  }

  /// What the words mean that keys of a group take.
  private static func choiceLists(of group: String) -> String {
    Configuration.keys.filter { $0.group == group && !$0.choices.isEmpty }.map { key in
      "\n`\(key.path)`:\n\n"
        + key.choices.map { "* `\($0.word)`: \($0.meaning)\n" }.joined()
    }.joined()
  }

  /// docs/experiment-file.md.
  package static func markdown() -> String {
    var text = """
      # Keys of an experiment file

      <!-- Written by `fedsim explain --markdown`; a test compares the two. -->

      An experiment is one YAML file of at most 1 MB. Every key has a default, so a file holds only what differs
      from it. An unknown key, a value of the wrong type and a value outside the range are errors before
      anything runs. The same on the command line:

      ```sh
      fedsim explain training.rounds   # one key
      fedsim explain privacy           # a group of keys
      fedsim explain krum              # a variant, with its keys
      fedsim explain update_norm       # a column of a CSV file; also predictors, figures and exit codes
      ```

      **In an editor.** [experiment.schema.json](experiment.schema.json) is a JSON Schema of these files (draft
      2020-12). Editors with the YAML language server complete, explain and check keys when the file begins with the
      path or address of the schema:

      ```yaml
      # yaml-language-server: $schema=experiment.schema.json
      name: mine
      ```

      ```sh
      fedsim explain --schema > experiment.schema.json
      ```

      `fedsim validate FILE` checks more: rules between keys are not in the schema.

      **How values are written**

      * A whole number is written in decimal digits, with an optional sign; `1_000` and `1e3` are 1000. `010`,
        `0x1F` and `1:30` are errors, because YAML 1.1 and 1.2 read them differently.
      * A number is written as `0.05`, `5e-2` or `.inf`, without leading zeros.
      * `true` and `false` may also be written as `yes`, `no`, `on` and `off`.
      * A text is taken as it is, even when it looks like a number: `path: 2024.10` is the folder 2024.10.
        It needs quotes where YAML needs them, for example around ` #`. After `--set KEY=` a text is
        everything that was typed, without one pair of quotes around it.
      * `null`, `~` or an empty value leaves a key out, where its range says so.
      * An alias (`*name`) may stand for a value. Merging groups with `<<`, tags, and keys that are lists or
        groups are errors.

      A word in brackets, such as (synthetic), names the setting with which a key has an effect. The group `sweep`
      varies other keys: [sweeps.md](sweeps.md).

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
      text += choiceLists(of: group)
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
