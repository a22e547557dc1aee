import Federation

/// JSON whose objects keep the order of their members.
indirect enum SchemaValue: Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral
{
  case text(String)
  /// As it is written.
  case number(String)
  case flag(Bool)
  case null
  case list([SchemaValue])
  case object([(name: String, value: SchemaValue)])

  init(stringLiteral value: String) { self = .text(value) }
  init(booleanLiteral value: Bool) { self = .flag(value) }
  init(integerLiteral value: Int) { self = .number("\(value)") }

  static func number(_ value: Double) -> Self { .number(NumberRange.shown(value)) }

  /// Indented by two blanks; short lists of values stay on a line.
  func text(_ indent: String = "") -> String {
    let deeper = indent + "  "
    switch self {
    case .text(let text): return Self.quoted(text)
    case .number(let text): return text
    case .flag(let flag): return flag ? "true" : "false"
    case .null: return "null"
    case .list(let values):
      guard values.contains(where: \.isNested) else {
        return "[" + values.map { $0.text() }.joined(separator: ", ") + "]"
      }
      return "[\n" + values.map { deeper + $0.text(deeper) }.joined(separator: ",\n")
        + "\n\(indent)]"
    case .object(let members):
      guard !members.isEmpty else { return "{}" }
      return "{\n"
        + members.map { deeper + Self.quoted($0.name) + ": " + $0.value.text(deeper) }
        .joined(separator: ",\n") + "\n\(indent)}"
    }
  }

  private var isNested: Bool {
    switch self {
    case .list, .object: true
    case .text, .number, .flag, .null: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
