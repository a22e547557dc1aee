import Foundation
import Glibc

/// What a person's terminal can show.
enum Terminal {
  /// Columns of what the stream leads to; nil where lines may be of any length.
  ///
  /// It is asked each time: windows are resized. A file or a pipe has a width only where COLUMNS says
  /// so; the whole table goes into it otherwise.
  static func width(of descriptor: Int32) -> Int? {
    let wish = getenv("COLUMNS").flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
    guard isatty(descriptor) == 1 else { return wish }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return wish ?? 80
    }
    return Int(size.ws_col)
  }

  /// Whether a line can be written anew: not in a file, and not on a terminal without commands.
  static func canRewrite(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 && !isDumb }

  private static var isDumb: Bool {
    guard let kind = getenv("TERM") else { return true }
    return ["", "dumb"].contains(String(cString: kind))
  }

  // MARK: - Colour

  enum Colour: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  /// Only on a terminal that has colours, and not where NO_COLOR asks for none.
  static func hasColour(_ descriptor: Int32) -> Bool {
    guard canRewrite(descriptor) else { return false }
    return getenv("NO_COLOR").map { String(cString: $0).isEmpty } ?? true
  }

  static func painted(_ text: String, _ colour: Colour) -> String {
    "\u{1B}[1;\(colour.rawValue)m\(text)\u{1B}[0m"
  }

  /// The name of the program in front of a message, in the colour of the message.
  static func withColouredPrefix(_ message: String, _ colour: Colour) -> String {
    let prefix = "fedsim:"
    guard message.hasPrefix(prefix) else { return message }
    return painted(prefix, colour) + message.dropFirst(prefix.count)
  }

  /// The last words of a verdict.
  static func withColouredVerdicts(_ text: String) -> String {
    guard text.contains(" shown") else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      for (ending, colour) in [(": not shown.", Colour.yellow), (": shown.", .green)]
      where line.hasSuffix(ending) {
        let words = painted(String(ending.dropFirst(2).dropLast()), colour)
        return "\(line.dropLast(ending.count)): \(words)."
      }
      return String(line)
    }
    .joined(separator: "\n")
  }

  // MARK: - Width of a text

  /// Columns that a text takes: characters of East Asia and pictures take two.
  static func columns(_ text: String) -> Int {
    text.utf8.count == text.count
      ? text.utf8.count : text.reduce(0) { $0 + (isWide($1) ? 2 : 1) }
  }

  private static func isWide(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first else { return false }
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
      0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff,
      0x20000...0x3fffd:
      return true
    default: return false
    }
  }

  /// The beginning of a text, at most so many columns wide.
  static func cut(_ text: String, to width: Int) -> String {
    guard columns(text) > width else { return text }
    var (result, left) = ("", width - 1)
    for character in text {
      left -= isWide(character) ? 2 : 1
      guard left >= 0 else { break }
      result.append(character)
    }
    return width > 0 ? result + "…" : ""
  }

  /// The text in lines of at most so many columns, broken at spaces; a longer word has a line of its own.
  static func wrapped(_ text: String, to width: Int, indent: Int = 0) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      let next = line.isEmpty ? String(word) : "\(line) \(word)"
      if !line.isEmpty, columns(next) + (lines.isEmpty ? 0 : indent) > width {
        lines.append(line)
        line = String(word)
      } else {
        line = next
      }
    }
    lines.append(line)
    return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
  }

  /// A text of several lines, in which those that are too long are broken at spaces.
  ///
  /// What goes on stands below the beginning of its line, or below the text of a list item.
  ///
  /// - Parameter hang: columns by which it stands further to the right, in a list without bullets.
  static func filled(_ text: String, to width: Int, hang: Int = 0) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard columns(String(line)) > width else { return String(line) }
      let margin = line.prefix { $0 == " " }.count
      let rest = line.dropFirst(margin)
      let indent = margin + (rest.hasPrefix("* ") ? 2 : hang)
      // Too narrow for a margin: better long lines than one word in each.
      guard width - indent >= 20 else { return wrapped(String(line), to: width) }
      // The first words may hold a column of their own, whose width the spaces keep.
      let head = line.prefix(indent)
      let next = "\n" + String(repeating: " ", count: head.last == " " ? indent : margin)
      guard head.last == " " else {
        return head.prefix(margin)
          + wrapped(String(rest), to: width - margin, indent: hang).replacing("\n", with: next)
      }
      return head
        + wrapped(String(line.dropFirst(indent)), to: width - indent).replacing("\n", with: next)
    }
    .joined(separator: "\n")
  }
}
