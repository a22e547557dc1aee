/// One cell of a CSV file (RFC 4180); numbers in the shortest form that reads back the same.
package enum CSVCell: Equatable, Sendable {
  case text(String)
  case integer(Int)
  case number(Double)
  case empty

  package var rendered: String {
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
}
