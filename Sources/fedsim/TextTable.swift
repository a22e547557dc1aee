import Tables

/// Columns of text: the first aligned left, numbers right.
enum TextTable {
  /// The first row is the header.
  static func render(_ rows: [[String]]) -> String {
    // A cell is one line, whatever the file it comes from says.
    let rows = rows.map { $0.map(PrintableText.line) }
    guard let header = rows.first else { return "" }
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }
      .joined(separator: "  ")
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
  }
}
