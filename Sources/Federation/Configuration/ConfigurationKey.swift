import Tables

/// What one key of an experiment file may hold.
///
/// The table of all keys is the one source of the ranges: validation, `fedsim explain` and
/// docs/experiment-file.md follow from it. Rules between keys are not here.
package struct ConfigurationKey: Sendable {
  package enum Kind: Equatable, Sendable {
    case integer(ClosedRange<Int>)
    /// One of a few whole numbers.
    case oneOf([Int])
    /// Any unsigned number of 64 bits.
    case seed
    case number(NumberRange)
    case flag
    /// One line of at most so many characters.
    case text(longest: Int)
    /// A command line of at most so many characters: one line, or a list of words.
    case command(longest: Int)
    /// A word from a list.
    case choice([String])
  }

  /// What a key holds in one configuration.
  package enum Value: Equatable, Sendable {
    case none
    case integer(Int)
    case unsigned(UInt64)
    case number(Double)
    case flag(Bool)
    case text(String)
  }

  /// In snake_case, with its groups: `training.local.learning_rate`.
  package let path: String
  package let kind: Kind
  /// Whether the key may be left out for good, which is written `null`.
  package let isOptional: Bool
  /// What the value counts or measures; empty where it has no unit.
  package let unit: String
  /// One sentence.
  package let meaning: String
  /// The value that a configuration has under this key.
  package let value: @Sendable (Configuration) -> Value
  /// The variants that have the key; empty for a key of every experiment.
  package var variants: [any Variant.Type] = []

  /// Its path without its groups.
  package var name: String { String(path.dropFirst(group.isEmpty ? 0 : group.count + 1)) }

  /// The path of its group; empty for a key that is in none.
  package var group: String { String(path[..<(path.lastIndex(of: ".") ?? path.startIndex)]) }

  /// What the key holds where nobody says otherwise.
  ///
  /// Of a key that several variants have, in the first of them.
  package var standard: Value { standard(of: variants.first) }

  private func standard(of variant: (any Variant.Type)?) -> Value {
    var configuration = Configuration()
    variant?.choose(in: &configuration)
    return value(configuration)
  }

  /// The same in words, where variants differ for each of them.
  package var standardText: String {
    let standards = variants.map { standard(of: $0) }
    guard standards.contains(where: { $0 != standards.first }) else { return "\(standard)" }
    return zip(standards, variants).map { "\($0) (\($1.name))" }.joined(separator: ", ")
  }

  /// Throws when the value of this key cannot be, whatever the rest of the experiment is.
  func check(_ configuration: Configuration) throws(SettingError) {
    let value = value(configuration)
    guard !kind.admits(value) else { return }
    throw SettingError(keyPath: path, problem: "must \(kind.rule), not \(value)")
  }
}

extension ConfigurationKey.Kind {
  /// Whether a value lies in the range; what is left out always does.
  package func admits(_ value: ConfigurationKey.Value) -> Bool {
    switch (self, value) {
    case (_, .none), (.seed, .unsigned), (.flag, .flag): true
    case (.integer(let range), .integer(let value)): range.contains(value)
    case (.oneOf(let values), .integer(let value)): values.contains(value)
    case (.number(let range), .number(let value)): range.contains(value)
    case (.text(let longest), .text(let text)):
      (1...longest).contains(text.count) && !text.unicodeScalars.contains { $0.value < 32 }
    case (.command(let longest), .text(let text)):
      // A word may be a script of several lines.
      (1...longest).contains(text.count)
        && !text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" && $0 != "\t" }
    case (.choice(let words), .text(let text)): words.contains(text)
    default: false
    }
  }

  /// The range as what follows "must", such as "lie in 1…4096".
  package var rule: String {
    switch self {
    case .integer(let range):
      // Beyond a million the upper limit only keeps arithmetic safe: the lower one says more.
      range.upperBound > 1 << 20
        ? "be at least \(range.lowerBound) and at most \(Self.shown(range.upperBound))"
        : "lie in \(range.lowerBound)…\(range.upperBound)"
    case .oneOf(let values): "be \(values.map(String.init).joined(separator: " or "))"
    case .seed: "lie in 0…\(UInt64.max)"
    case .number(let range): range.rule
    case .flag: "be true or false"
    case .text(let longest): "be one line of 1 to \(longest) characters"
    case .command(let longest): "be a list of words of 1 to \(longest) characters together"
    case .choice(let words): "be one of \(words.joined(separator: ", "))"
    }
  }

  /// The type in words.
  package var type: String {
    switch self {
    case .integer, .oneOf, .seed: "whole number"
    case .number: "number"
    case .flag: "true or false"
    case .text: "text"
    case .command: "list of words"
    case .choice: "word"
    }
  }

  private static func shown(_ number: Int) -> String {
    number > 1 << 30 && number.nonzeroBitCount == 1
      ? "2^\(number.trailingZeroBitCount)" : "\(number)"
  }
}

extension ConfigurationKey.Value: CustomStringConvertible {
  /// As an experiment file has it.
  package var description: String {
    switch self {
    case .none: "null"
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .number(let value): NumberRange.shown(value)
    case .flag(let value): "\(value)"
    case .text(let value):
      value.count > 60
        ? "'\(PrintableText.excerpt(value, longest: 60))'" : PrintableText.line(value)
    }
  }
}

// MARK: - The rows of the table

extension ConfigurationKey {
  static func integer(
    _ path: String, _ range: ClosedRange<Int>, unit: String = "",
    _ value: @escaping @Sendable (Configuration) -> Int, _ meaning: String
  ) -> Self {
    Self(path: path, kind: .integer(range), isOptional: false, unit: unit, meaning: meaning) {
      .integer(value($0))
    }
  }

  static func optionalInteger(
    _ path: String, _ range: ClosedRange<Int>, unit: String = "",
    _ value: @escaping @Sendable (Configuration) -> Setting<Int>, _ meaning: String
  ) -> Self {
    Self(path: path, kind: .integer(range), isOptional: true, unit: unit, meaning: meaning) {
      value($0).value.map(Value.integer) ?? .none
    }
  }

  static func number(
    _ path: String, _ range: NumberRange, unit: String = "",
    _ value: @escaping @Sendable (Configuration) -> Double, _ meaning: String
  ) -> Self {
    Self(path: path, kind: .number(range), isOptional: false, unit: unit, meaning: meaning) {
      .number(value($0))
    }
  }

  static func optionalNumber(
    _ path: String, _ range: NumberRange, unit: String = "",
    _ value: @escaping @Sendable (Configuration) -> Setting<Double>, _ meaning: String
  ) -> Self {
    Self(path: path, kind: .number(range), isOptional: true, unit: unit, meaning: meaning) {
      value($0).value.map(Value.number) ?? .none
    }
  }

  static func flag(
    _ path: String, _ value: @escaping @Sendable (Configuration) -> Bool, _ meaning: String
  ) -> Self {
    Self(path: path, kind: .flag, isOptional: false, unit: "", meaning: meaning) {
      .flag(value($0))
    }
  }

  static func optionalFlag(
    _ path: String, _ value: @escaping @Sendable (Configuration) -> Setting<Bool>,
    _ meaning: String
  ) -> Self {
    Self(path: path, kind: .flag, isOptional: true, unit: "", meaning: meaning) {
      value($0).value.map(Value.flag) ?? .none
    }
  }

  static func optionalCommand(
    _ path: String, longest: Int, _ value: @escaping @Sendable (Configuration) -> Setting<String>,
    _ meaning: String
  ) -> Self {
    Self(path: path, kind: .command(longest: longest), isOptional: true, unit: "", meaning: meaning)
    {
      value($0).value.map(Value.text) ?? .none
    }
  }

  static func optionalText(
    _ path: String, longest: Int, _ value: @escaping @Sendable (Configuration) -> Setting<String>,
    _ meaning: String
  ) -> Self {
    Self(path: path, kind: .text(longest: longest), isOptional: true, unit: "", meaning: meaning) {
      value($0).value.map(Value.text) ?? .none
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ path: String, _ value: @escaping @Sendable (Configuration) -> Choice, _ meaning: String
  ) -> Self {
    let words = Choice.allCases.map(\.rawValue)
    return Self(path: path, kind: .choice(words), isOptional: false, unit: "", meaning: meaning) {
      .text(value($0).rawValue)
    }
  }

  static func optionalChoice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ path: String, _ value: @escaping @Sendable (Configuration) -> Setting<Choice>,
    _ meaning: String
  ) -> Self {
    let words = Choice.allCases.map(\.rawValue)
    return Self(path: path, kind: .choice(words), isOptional: true, unit: "", meaning: meaning) {
      .none(or: value($0).value?.rawValue)
    }
  }
}

extension ConfigurationKey.Value {
  fileprivate static func none(or text: String?) -> Self { text.map(Self.text) ?? .none }
}
