/// How text from a file, which anybody may have written, is shown to a person.
///
/// Names in an experiment, a log or a CSV file can hold characters that a terminal obeys: ESC begins
/// a command, a carriage return overwrites the line, and some invisible ones turn the direction of
/// what follows. All of them are written as `\u{1B}`, so they can be seen and do nothing.
package enum PrintableText {
  /// One line: line ends and tabs are written out as well.
  package static func line(_ text: String) -> String {
    cleaned(text, isAllowed: { _, _ in false })
  }

  /// One line of a text that somebody else chose, as a part of a sentence: not too long either.
  package static func excerpt(_ text: String, longest: Int = 120) -> String {
    line(text.count > longest ? "\(text.prefix(longest))…" : text)
  }

  /// Line ends (LF, or CR and LF) and tabs stay, as in a table of several lines or in CSV.
  package static func lines(_ text: String) -> String {
    cleaned(text) { scalar, next in
      scalar == "\n" || scalar == "\t" || (scalar == "\r" && next == "\n")
    }
  }

  /// JSON of the same value: what an encoder leaves in strings although a terminal obeys it becomes
  /// `\u009b`.
  package static func json(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { isHidden($0) && $0 != "\n" }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      // Line ends stand between values; within strings the encoder has escaped them.
      guard isHidden(scalar), scalar != "\n", scalar != "\r", scalar != "\t" else {
        result.append(scalar)
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        result += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars
      }
    }
    return String(result)
  }

  private static func cleaned(
    _ text: String, isAllowed: (_ scalar: Unicode.Scalar, _ next: Unicode.Scalar?) -> Bool
  ) -> String {
    let scalars = text.unicodeScalars
    guard scalars.contains(where: isHidden) else { return text }
    var result = String.UnicodeScalarView()
    var last: Unicode.Scalar?
    for index in scalars.indices {
      let scalar = scalars[index]
      let after = scalars.index(after: index)
      let next = after < scalars.endIndex ? scalars[after] : nil
      if !isHidden(scalar) || isAllowed(scalar, next) || joins(scalar, after: last) {
        result.append(scalar)
      } else {
        result += written(scalar).unicodeScalars
      }
      last = scalar
    }
    return String(result)
  }

  private static func written(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "\\u{\(digits.count < 2 ? "0" : "")\(digits)}"
    }
  }

  /// Controls (C0, DEL, C1), format characters such as those that turn the direction, and line ends
  /// of Unicode's own.
  static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value > 0x7e || scalar.value < 0x20 else { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    // Fillers that are called letters and marks, but show nothing.
    default: return [0x115f, 0x1160, 0x3164, 0xffa0, 0x034f, 0x17b4, 0x17b5].contains(scalar.value)
    }
  }

  /// A zero-width (non-)joiner within a word of a script that needs it, or within an emoji.
  private static func joins(_ scalar: Unicode.Scalar, after last: Unicode.Scalar?) -> Bool {
    guard scalar == "\u{200C}" || scalar == "\u{200D}", let last else { return false }
    return last.value > 0x7e && !isHidden(last)
  }
}

/// A word of a command as a POSIX shell reads it, for commands that a person copies.
package func shellQuoted(_ word: String) -> String {
  let isPlain =
    !word.isEmpty && word.first != "-"
    && word.utf8.allSatisfy { byte in
      let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      return isLetter || isDigit || "/._-+=:,@%".utf8.contains(byte)
    }
  guard !isPlain else { return word }
  // Behind a dash it would be taken for an option.
  let name = word.first == "-" ? "./\(word)" : word
  // Scalars, not characters: a combining mark hides a quote from a search for characters.
  let quoted = name.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined()
  return "'\(quoted)'"
}
