/// One cell of a CSV file (RFC 4180); numbers in the shortest form that reads back the same.
package enum CSVCell: Equatable, Sendable {
  case text(String)
  case integer(Int)
  case number(Double)
  case empty

  /// The cell as a file has it: a text that a spreadsheet would take for a formula has an apostrophe
  /// before it, which `CSVTable` takes away again.
  package var rendered: String {
    guard case .text(let text) = self, Self.isFormula(text) else { return quoted }
    return CSVCell.text("'\(text)").quoted
  }

  /// The cell as people read it, with the quotes of CSV.
  package var quoted: String {
    switch self {
    case .text(let text):
      // Scalars, not characters: a combining mark hides a comma from a search for characters.
      let scalars = text.unicodeScalars
      guard scalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
      let quoted = scalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
      return "\"\(quoted)\""
    case .integer(let value): return "\(value)"
    // 3.0 is written 3: shortest, and the same to every reader.
    case .number(let value) where value == value.rounded() && value.magnitude < 1e15:
      return "\(Int(value))"
    case .number(let value) where value.isNaN: return "nan"
    case .number(let value): return "\(value)"
    case .empty: return ""
    }
  }

  /// Text without the apostrophe that `rendered` puts before a formula.
  static func withoutGuard(_ text: String) -> String {
    guard text.unicodeScalars.first == "'" else { return text }
    let rest = String(text.unicodeScalars.dropFirst())
    return isFormula(rest) ? rest : text
  }

  /// Whether a spreadsheet may run this text: it begins with a sign that opens a formula, after
  /// blanks and quotes if any, and is no number.
  ///
  /// Quotes count as nothing, so a text that begins with an apostrophe and a formula is guarded as
  /// well: taking one apostrophe away always gives the text that was written.
  static func isFormula(_ text: String) -> Bool {
    let first = text.unicodeScalars.first { scalar in
      !"'\"\u{FEFF}".unicodeScalars.contains(scalar)
        && (!scalar.properties.isWhitespace || "\t\r\n".unicodeScalars.contains(scalar))
    }
    guard let first, "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first) else { return false }
    return Double(text) == nil
  }
}
