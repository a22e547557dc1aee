import Glibc
import Tables

/// Columns of text: the first aligned left, numbers right.
///
/// A table that is wider than the terminal is made narrower in steps, and nothing of it is left out:
/// key paths in the heading lose their groups, headings are broken over several lines, columns that say
/// the same in every row become one line below, and what is still too wide goes into a second block.
struct TextTable {
  /// Cells of one line each; the first row is the header.
  private let rows: [[String]]
  private let width: Int?
  private static let gap = 2
  private static let narrowestText = 12

  /// The first row is the header.
  ///
  /// - Parameters:
  ///   - width: columns there are; nil for as many as the table wants.
  ///   - keys: leading columns that say what a row is; each block begins with them.
  static func render(
    _ rows: [[String]], width: Int? = Terminal.width(of: STDOUT_FILENO), keys: Int = 1
  ) -> String {
    guard let header = rows.first, !header.isEmpty else { return "" }
    // A cell is one line, whatever the file it comes from says.
    return TextTable(rows: rows.map { $0.map(PrintableText.line) }, width: width)
      .fitted(keys: min(max(1, keys), header.count))
  }

  // MARK: - Fitting

  private func fitted(keys: Int) -> String {
    guard let width, !fits(width) else { return text(Array(rows[0].indices), headings: rows[0]) }
    let headings = Self.shortened(rows[0])
    let narrow = TextTable(rows: [headings] + rows.dropFirst(), width: width)
    guard !narrow.fits(width) else {
      return narrow.text(Array(headings.indices), headings: headings)
    }
    let all = Array(headings.indices)
    if narrow.total(of: all, headings) <= width { return narrow.text(all, headings: headings) }
    // What the rows have in common does not tell them apart.
    let body = narrow.rows.dropFirst()
    let constant =
      body.count < 2
      ? [] : all.filter { column in body.allSatisfy { $0[column] == body.first?[column] } }
    let varying = all.filter { $0 == 0 || !constant.contains($0) }
    let same = constant.filter { $0 != 0 }.map { column in
      let value = body.first?[column] ?? ""
      return "\(headings[column]) \(value.isEmpty ? "–" : value)"
    }
    let note =
      same.isEmpty
      ? []
      : [
        "", Terminal.wrapped("In all rows: \(same.joined(separator: ", ")).", to: width, indent: 2),
      ]
    let blocks = narrow.blocks(of: varying, keys: keys, headings)
    return
      (blocks.map { narrow.text($0, headings: headings) }.joined(separator: "\n\n")
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + note)
      .joined(separator: "\n")
  }

  private func fits(_ width: Int) -> Bool {
    let whole = rows[0].indices.map { cells($0, rows[0][$0]) }
    return whole.reduce(0, +) + Self.gap * (whole.count - 1) <= width
  }

  /// Columns of the cells below, and of the heading as one line.
  private func cells(_ column: Int, _ heading: String) -> Int {
    max(
      Terminal.columns(heading), rows.dropFirst().map { Terminal.columns($0[column]) }.max() ?? 0)
  }

  /// As narrow as the column gets with its heading on several lines.
  private func narrowest(_ column: Int, _ heading: String) -> Int {
    let words = Self.words(of: heading).map(Terminal.columns).max() ?? 0
    return max(words, rows.dropFirst().map { Terminal.columns($0[column]) }.max() ?? 0)
  }

  private func total(of columns: [Int], _ headings: [String]) -> Int {
    columns.reduce(0) { $0 + narrowest($1, headings[$1]) } + Self.gap * max(0, columns.count - 1)
  }

  /// Columns that go together, each block with the key columns first, as long as these leave room.
  private func blocks(of columns: [Int], keys: Int, _ headings: [String]) -> [[Int]] {
    guard let width, total(of: columns, headings) > width else { return [columns] }
    var keys = columns.filter { $0 < keys }
    if total(of: keys, headings) > width * 2 / 3 { keys = Array(keys.prefix(1)) }
    var blocks: [[Int]] = []
    var block = keys
    for column in columns where !keys.contains(column) {
      if block.count > keys.count, total(of: block + [column], headings) > width {
        blocks.append(block)
        block = keys
      }
      block.append(column)
    }
    return blocks + [block]
  }

  /// `privacy.target_epsilon` as `target_epsilon`, where no other heading is the same then.
  private static func shortened(_ headings: [String]) -> [String] {
    let last = headings.map { heading in
      heading.contains(" ")
        ? heading : heading.split(separator: ".").last.map(String.init) ?? heading
    }
    return headings.indices.map { index in
      last.count { $0 == last[index] } == 1 ? last[index] : headings[index]
    }
  }

  // MARK: - Text

  /// The parts at which a heading may be broken; `_` and `.` stay at the end of their part.
  private static func words(of heading: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in heading {
      if character == " " {
        words.append(word)
        word = ""
        continue
      }
      word.append(character)
      if "_./".contains(character), word.count > 3 {
        words.append(word)
        word = ""
      }
    }
    return (words + [word]).filter { !$0.isEmpty }
  }

  /// The heading in lines of at most this many columns.
  private static func lines(of heading: String, width: Int) -> [String] {
    guard Terminal.columns(heading) > width else { return [heading] }
    var lines: [String] = []
    for word in words(of: heading) {
      let joins =
        lines.last.map { $0.hasSuffix("_") || $0.hasSuffix(".") || $0.hasSuffix("/") } ?? false
      let longer = lines.last.map { joins ? $0 + word : "\($0) \(word)" }
      if let longer, Terminal.columns(longer) <= width {
        lines[lines.count - 1] = longer
      } else {
        lines.append(word)
      }
    }
    return lines
  }

  /// The columns as they are, with headings on one line where there is room for all of them.
  private func text(_ columns: [Int], headings: [String]) -> String {
    let whole = columns.map { cells($0, headings[$0]) }
    let hasRoom =
      width.map { whole.reduce(0, +) + Self.gap * (columns.count - 1) <= $0 } ?? true
    var widths = hasRoom ? whole : columns.map { narrowest($0, headings[$0]) }
    // What no block has room for is broken at its spaces.
    let excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - (width ?? .max)
    let widest = widths.indices.max { widths[$0] < widths[$1] } ?? 0
    if excess > 0 { widths[widest] = max(Self.narrowestText, widths[widest] - excess) }
    let broken = zip(columns, widths).map { Self.lines(of: headings[$0], width: $1) }
    let depth = broken.map(\.count).max() ?? 1
    // Headings stand on the rule.
    let head = (0..<depth).map { line in
      broken.map { lines in
        let index = line - (depth - lines.count)
        return index < 0 ? "" : lines[index]
      }
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    let body = rows.dropFirst().flatMap { row in
      Self.lines(columns.map { row[$0] }, widths, broken: excess > 0 ? widest : nil)
    }
    return (head.map { Self.line($0, widths) } + [rule] + body).joined(separator: "\n")
  }

  /// A row as lines of text: one, unless a cell is broken.
  private static func lines(_ cells: [String], _ widths: [Int], broken: Int?) -> [String] {
    guard let broken, Terminal.columns(cells[broken]) > widths[broken] else {
      return [line(cells, widths)]
    }
    return Terminal.wrapped(cells[broken], to: widths[broken]).split(separator: "\n").enumerated()
      .map { index, part in
        var row = index == 0 ? cells : cells.map { _ in "" }
        row[broken] = String(part)
        return line(row, widths)
      }
  }

  private static func line(_ cells: [String], _ widths: [Int]) -> String {
    zip(cells, widths).enumerated().map { index, cell in
      let padding = String(repeating: " ", count: max(0, cell.1 - Terminal.columns(cell.0)))
      return index == 0 ? cell.0 + padding : padding + cell.0
    }
    .joined(separator: "  ")
  }
}
