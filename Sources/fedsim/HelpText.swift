import Foundation

/// Help as it is shown: paragraphs filled to the width of the terminal, commands that can be pasted.
///
/// The texts of the verbs are written in lines of any length. Lines that begin at the margin are
/// paragraphs. Indented lines are kept as they are; a command among them that is too long goes on after
/// a backslash.
enum HelpText {
  /// So wide that the parser breaks no line.
  static let unbroken = 1 << 20
  private static let mostColumns = 100
  private static let fewestColumns = 40
  /// Where the parser begins what an option means.
  private static let labelWidth = 26

  static func columns() -> Int {
    let width = Terminal.width(of: STDOUT_FILENO) ?? 80
    return max(fewestColumns, min(mostColumns, width))
  }

  /// Whether a text is help: completion scripts and the version are none.
  static func isHelp(_ text: String) -> Bool { text.hasPrefix("OVERVIEW: ") }

  /// - Parameter text: as the parser gives it when nothing is broken.
  static func filled(_ text: String, to width: Int) -> String {
    var result: [String] = []
    var paragraph: [String] = []
    var isInSections = false
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
    func flush() {
      guard !paragraph.isEmpty else { return }
      result.append(Terminal.wrapped(paragraph.joined(separator: " "), to: width))
      paragraph = []
    }
    while let line = lines.popFirst() {
      if line.hasPrefix("USAGE: ") {
        isInSections = true
        flush()
        result += usage(line, width)
      } else if isInSections {
        result += section(line, width)
      } else if line.isEmpty {
        flush()
        result.append("")
      } else if line.hasPrefix(" ") {
        flush()
        var command = line
        while command.hasSuffix("\\"), let next = lines.popFirst() {
          command = command.dropLast().trimmingSuffix(" ") + " " + next.drop { $0 == " " }
        }
        result += indented(command, width)
      } else {
        paragraph.append(line)
      }
    }
    flush()
    return result.joined(separator: "\n")
  }

  /// The parts of a command, each with the options that belong together.
  private static func indented(_ line: String, _ width: Int) -> [String] {
    let indent = String(line.prefix { $0 == " " })
    guard Terminal.columns(line) > width else { return [line] }
    let text = String(line.dropFirst(indent.count))
    guard text.hasPrefix("fedsim ") || text.contains("| fedsim ") else {
      // A list: what goes on stands below the text, not below its name.
      return Terminal.wrapped(text, to: width - indent.count, indent: 2).split(separator: "\n")
        .map { indent + $0 }
    }
    var lines: [String] = []
    var current = ""
    for part in parts(of: text) {
      let next = current.isEmpty ? part : "\(current) \(part)"
      let room = width - indent.count - (lines.isEmpty ? 0 : 2) - 2
      if !current.isEmpty, Terminal.columns(next) > room {
        lines.append(current)
        current = part
      } else {
        current = next
      }
    }
    lines.append(current)
    return lines.enumerated().map { index, part in
      indent + (index > 0 ? "  " : "") + part + (index < lines.count - 1 ? " \\" : "")
    }
  }

  /// Words of a command, of which an option and its value are one; quotes hold words together.
  private static func parts(of command: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quote: Character?
    for character in command {
      if let open = quote {
        if character == open { quote = nil }
      } else if "'\"".contains(character) {
        quote = character
      }
      if character == " ", quote == nil {
        words.append(word)
        word = ""
      } else {
        word.append(character)
      }
    }
    words.append(word)
    return words.filter { !$0.isEmpty }.reduce(into: []) { parts, word in
      if let last = parts.last, last.hasPrefix("--"), !last.contains(" "), !word.hasPrefix("--") {
        parts[parts.count - 1] = "\(last) \(word)"
      } else {
        parts.append(word)
      }
    }
  }

  /// How a verb is called, broken between its options.
  static func usage(_ line: String, _ width: Int) -> [String] {
    var parts: [String] = []
    var depth = 0
    for word in line.split(separator: " ") {
      if depth > 0, let last = parts.popLast() {
        parts.append("\(last) \(word)")
      } else {
        parts.append(String(word))
      }
      depth += word.count { $0 == "[" } - word.count { $0 == "]" }
    }
    var lines: [String] = []
    var current = ""
    for part in parts {
      let next = current.isEmpty ? part : "\(current) \(part)"
      if !current.isEmpty, Terminal.columns(next) > width {
        lines.append(current)
        current = "       \(part)"
      } else {
        current = next
      }
    }
    return lines + [current]
  }

  /// A line of the lists of options and verbs: a label, and what it means beside or below it.
  private static func section(_ line: String, _ width: Int) -> [String] {
    guard Terminal.columns(line) > width else { return [line] }
    let label = line.prefix(labelWidth)
    let margin = String(repeating: " ", count: labelWidth)
    guard line.count > labelWidth, label.hasSuffix(" ") else {
      return Terminal.wrapped(line, to: width, indent: 4).split(separator: "\n").map(String.init)
    }
    let text = String(line.dropFirst(labelWidth))
    let lines = Terminal.wrapped(text, to: width - labelWidth).split(separator: "\n")
    return lines.enumerated().map { index, part in (index == 0 ? String(label) : margin) + part }
  }
}

extension StringProtocol {
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    var text = String(self)
    while text.last == character { text.removeLast() }
    return text
  }
}
