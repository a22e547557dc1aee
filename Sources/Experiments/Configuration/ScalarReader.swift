import Federation
import Yams

/// One value of a file, read as what its key holds.
///
/// YAML 1.1 guesses a value's type from its looks: 010 is eight, 1:30 is ninety, 2024.10 is a
/// number. Here the key decides: a text is exactly the characters written, and a number is written
/// in decimal digits.
struct ScalarReader {
  let key: ConfigurationKey

  enum Answer {
    /// The value as we write it ourselves.
    case value(Node)
    case missing
    /// What it must be, and what to write instead; both as parts of a sentence.
    case wrong(wanted: String, advice: String)
  }

  func read(_ node: Node) -> Answer {
    if case .command = key.kind, let words = words(of: node) {
      return .value(.scalar(Self.text(CommandWords.line(of: words), node.mark)))
    }
    guard let scalar = node.scalar else { return .wrong(wanted: wanted, advice: "") }
    let isPlain = scalar.tag != Tag(.str) || scalar.style == .plain
    if isPlain, scalar.tag != Tag(.str), Self.nulls.contains(scalar.string) {
      return key.isOptional
        ? .value(.scalar(Node.Scalar("null", Tag(.null), .plain, scalar.mark))) : .missing
    }
    let text = scalar.string
    switch key.kind {
    case .text, .command, .choice:
      if case .choice(let words) = key.kind, !words.contains(text) {
        return .wrong(wanted: wanted, advice: advice(for: text))
      }
      // The words of a choice look like nothing else.
      if case .choice = key.kind {
        return .value(.scalar(Node.Scalar(text, .implicit, .any, scalar.mark)))
      }
      return .value(.scalar(Self.text(text, scalar.mark)))
    case .integer, .oneOf, .seed, .number, .flag:
      guard isPlain else {
        return .wrong(wanted: wanted, advice: ": remove the quotes around it")
      }
      guard let value = plain(text) else {
        return .wrong(wanted: wanted, advice: advice(for: text))
      }
      return .value(.scalar(Node.Scalar(value.text, Tag(value.tag), .any, scalar.mark)))
    }
  }

  /// A list of words, each as it is written.
  private func words(of node: Node) -> [String]? {
    guard let list = node.sequence, !list.isEmpty else { return nil }
    let words = list.compactMap { $0.scalar?.string }
    return words.count == list.count ? words : nil
  }

  /// A text so that nobody takes it for anything else, quoted only where it has to be.
  static func text(_ text: String, _ mark: Mark? = nil) -> Node.Scalar {
    let looksPlain = Node(text).tag == Tag(.str) && !text.isEmpty
    return looksPlain
      ? Node.Scalar(text, .implicit, .any, mark)
      : Node.Scalar(text, Tag(.str), .singleQuoted, mark)
  }

  private static let nulls: Set<String> = ["", "~", "null", "Null", "NULL"]

  // MARK: - Numbers and flags

  private static let longestNumber = 400

  private func plain(_ text: String) -> (text: String, tag: Tag.Name)? {
    switch key.kind {
    case .integer, .oneOf:
      (Self.whole(text) ?? Self.exact(text)).flatMap(Int.init).map { ("\($0)", .int) }
    case .seed: (Self.whole(text) ?? Self.exact(text)).flatMap(UInt64.init).map { ("\($0)", .int) }
    case .number: Self.number(text).map { ($0 == .infinity ? ".inf" : "\($0)", .float) }
    case .flag: Self.flags[text.lowercased()].map { ("\($0)", .bool) }
    case .text, .command, .choice: nil
    }
  }

  /// YAML 1.1 has these words, in lower or upper case or with a capital.
  private static let flags = [
    "true": true, "yes": true, "on": true, "false": false, "no": false, "off": false,
  ]

  /// Decimal digits with a sign, maybe; 1_000 groups them.
  ///
  /// No leading zeros: some read 010 as eight.
  private static func whole(_ text: String) -> String? {
    var scanner = NumberScanner(text)
    scanner.skip("+-")
    guard text.utf8.count <= longestNumber, scanner.whole(), scanner.isAtEnd else { return nil }
    return withoutGroups(text)
  }

  /// A whole number written as `1e3` or `100.0`, where a double holds it exactly.
  private static func exact(_ text: String) -> String? {
    guard let number = number(text), number == number.rounded(), abs(number) < 0x1p53 else {
      return nil
    }
    return "\(Int(number))"
  }

  private static func number(_ text: String) -> Double? {
    switch text.lowercased() {
    case ".inf", "+.inf", "inf", "+inf": return .infinity
    case "-.inf", "-inf": return -.infinity
    case ".nan", "nan": return .nan
    default: break
    }
    var scanner = NumberScanner(text)
    guard text.utf8.count <= longestNumber, scanner.number(), scanner.isAtEnd else { return nil }
    return Double(withoutGroups(text))
  }

  private static func withoutGroups(_ text: String) -> String {
    text.utf8.contains(UInt8(ascii: "_")) ? text.replacing("_", with: "") : text
  }

  // MARK: - Words

  /// What follows "must be".
  var wanted: String {
    switch key.kind {
    case .integer, .oneOf: "a whole number"
    case .seed: "a whole number of at least 0"
    case .number: "a number"
    case .flag: "true or false"
    case .text: "a text"
    case .command: "a list of words or one line"
    case .choice(let words): "one of \(words.joined(separator: ", "))"
    }
  }

  private func advice(for text: String) -> String {
    if case .choice(let words) = key.kind {
      let word = text.prefix(80).lowercased().replacing("-", with: "_")
      let near = KeySuggestion.nearest(word, words, atMost: max(1, word.count / 3))
      return near.map { "; the nearest is '\($0)'" } ?? ""
    }
    guard key.kind != .flag, text.count <= Self.longestNumber else { return "" }
    if let match = text.wholeMatch(of: /([-+]?)0+([0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?)/) {
      return ": write it without leading zeros (\(match.1)\(match.2))"
    }
    if text.wholeMatch(of: /[-+]?0[xXoObB][0-9a-fA-F_.pP+-]+/) != nil {
      return ": write it in decimal digits"
    }
    if text.wholeMatch(of: /[-+]?[0-9][0-9_.:]*/) != nil, text.contains(":") {
      return ": write one number in decimal digits"
    }
    if key.kind.type == "whole number" {
      if Self.whole(text) != nil { return ": it is out of range" }
      if let number = Self.number(text), number.isFinite, number == number.rounded() {
        return ": it is out of range"
      }
    }
    return ""
  }
}
