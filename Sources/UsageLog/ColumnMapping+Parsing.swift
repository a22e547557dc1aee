import Tables

/// Reading a mapping that a user typed.
extension ColumnMapping {
  /// Reads `client=user_id,time=timestamp,…`.
  ///
  /// Blanks around a name do not count. A name in double quotes may hold a comma, a double quote
  /// stands twice in it; `#3` is the third column; `role=` with no name leaves that role out, and
  /// `role=""` is the column whose name is empty.
  package init(parsing text: String) throws(UsageLogError) {
    var columns: [ColumnRole: Column] = [:]
    for entry in try Self.entries(of: text) {
      guard let role = ColumnRole(rawValue: entry.role) else {
        let roles = ColumnRole.allCases.map(\.rawValue)
        throw UsageLogError(
          .usage,
          "'\(PrintableText.line(entry.role))' in --columns is not a column that this program reads"
            + suggestion(for: entry.role, among: roles) + "; it reads "
            + roles.joined(separator: ", "))
      }
      guard let column = entry.column, columns[role] == nil else {
        throw UsageLogError(
          .usage,
          "--columns must give '\(role.rawValue)' once, as \(role.rawValue)=HEADER")
      }
      if column != .absent, column != .header("none"),
        let other = ColumnRole.allCases.first(where: { columns[$0] == column })
      {
        throw UsageLogError(
          .usage,
          "--columns gives \(column.shown) to both \(other.rawValue) and \(role.rawValue); "
            + "a column has one meaning")
      }
      columns[role] = column
    }
    self.init(columns)
  }

  private static func entries(of text: String) throws(UsageLogError)
    -> [(role: String, column: Column?)]
  {
    var entries: [(role: String, column: Column?)] = []
    var rest = text[...]
    while !rest.isEmpty {
      let end = rest.firstIndex { $0 == "=" || $0 == "," } ?? rest.endIndex
      let role = trimmed(rest[..<end])
      guard end < rest.endIndex, rest[end] == "=" else {
        if !role.isEmpty { entries.append((role, nil)) }
        rest = rest[end...].dropFirst()
        continue
      }
      rest = rest[end...].dropFirst().drop(while: isBlank)
      if rest.first == "\"" {
        entries.append((role, .header(trimmed(try quotedName(&rest, role)[...]))))
        continue
      }
      let name = trimmed(rest.prefix { $0 != "," })
      rest = rest.drop { $0 != "," }.dropFirst()
      if name.isEmpty {
        entries.append((role, .absent))
      } else if name.first == "#", let position = Int(name.dropFirst()), position > 0 {
        entries.append((role, .position(position)))
      } else {
        entries.append((role, .header(name)))
      }
    }
    return entries
  }

  /// Takes a name in quotes and the comma after it.
  private static func quotedName(_ rest: inout Substring, _ role: String) throws(UsageLogError)
    -> String
  {
    var name = ""
    rest.removeFirst()
    while let character = rest.popFirst() {
      guard character == "\"" else {
        name.append(character)
        continue
      }
      if rest.first == "\"" {
        name.append("\"")
        rest.removeFirst()
        continue
      }
      rest = rest.drop(while: isBlank)
      if rest.isEmpty || rest.removeFirst() == "," { return name }
      break
    }
    throw UsageLogError(
      .usage,
      "--columns must give the quoted name of '\(PrintableText.line(role))' as \(PrintableText.line(role))=\"NAME\", with "
        + "every double quote of the name twice")
  }
}

extension ColumnMapping.Column {
  /// How messages name it.
  var shown: String {
    switch self {
    case .header(let name): quoted(name)
    case .position(let position): "#\(position)"
    case .absent: "nothing"
    }
  }
}

/// Blanks, and the marks that editors leave at the start of a file.
private func isBlank(_ character: Character) -> Bool {
  character.isWhitespace || character == "\u{FEFF}" || character == "\u{200B}"
}

func trimmed(_ text: Substring) -> String {
  var text = text.drop(while: isBlank)
  while let last = text.last, isBlank(last) { text.removeLast() }
  return String(text)
}

func quoted(_ name: String) -> String { "'\(PrintableText.line(name))'" }
