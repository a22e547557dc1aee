import Foundation
import RunResults
import Tables

/// Text as HTML, between tags and in an attribute in double quotes.
func escaped(_ text: String) -> String {
  var result = ""
  // A browser obeys characters that turn the direction of what follows as a terminal does.
  for scalar in PrintableText.lines(text).unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// A table whose columns a reader can sort by.
struct PageTable {
  /// One cell: what is shown, and the number it is sorted by.
  struct Cell {
    var text: String
    var number: Double?

    static func text(_ text: String) -> Cell { Cell(text: text) }

    static func percent(_ value: Double?) -> Cell {
      guard let value, value.isFinite else { return Cell(text: "–") }
      return Cell(text: String(format: "%.1f %%", 100 * value), number: value)
    }

    /// A share and its interval in percent.
    static func percent(_ estimate: Estimate?) -> Cell {
      guard let estimate else { return Cell(text: "–") }
      guard let low = estimate.low, let high = estimate.high else {
        return .percent(estimate.value)
      }
      return Cell(
        text: String(
          format: "%.1f %% [%.1f, %.1f]", 100 * estimate.value, 100 * low, 100 * high),
        number: estimate.value)
    }

    /// A difference of shares, in points with its interval.
    static func difference(_ estimate: Estimate?) -> Cell {
      guard let estimate else { return Cell(text: "–") }
      return Cell(text: estimate.text(isSigned: true), number: estimate.value)
    }

    static func number(_ value: Double?, _ format: String = "%.4g") -> Cell {
      guard let value, value.isFinite else { return Cell(text: "–") }
      return Cell(text: String(format: format, value), number: value)
    }

    /// Four digits, rounded up: a claim may not look better than it is.
    static func epsilon(_ value: Double?) -> Cell {
      guard let value, value.isFinite, value > 0 else { return .number(value) }
      let unit = pow(10, log10(value).rounded(.down) - 3)
      return Cell(
        text: String(format: "%.4g", (value / unit - 1e-9).rounded(.up) * unit), number: value)
    }

    static func bytes(_ value: Double?) -> Cell {
      guard let value else { return Cell(text: "–") }
      let (size, unit) = ResultWords.byteUnit(upTo: value)
      return Cell(text: String(format: "%.3g \(unit)", value / size), number: value)
    }

    /// A setting: sorted as a number where it is one; a dash for one that is not set.
    static func setting(_ text: String?, of key: String = "") -> Cell {
      guard let text, KeyLabel.plain(text) != "null" else { return Cell(text: "–") }
      let plain = KeyLabel.plain(text)
      return Cell(text: KeyLabel.value(plain, of: key), number: Double(plain))
    }
  }

  var columns: [String]
  var rows: [[Cell]] = []
  /// What a reader who only hears the page is told of it.
  var name = "Table"

  /// Columns that are empty in every row are left out.
  var html: String {
    let shown = columns.indices.filter { column in rows.contains { $0[column].text != "–" } }
    let numeric = Set(shown.filter { column in rows.contains { $0[column].number != nil } })
    func align(_ column: Int) -> String { numeric.contains(column) ? " class=\"number\"" : "" }
    let head = shown.map { "<th scope=\"col\"\(align($0))>\(escaped(columns[$0]))</th>" }.joined()
    let body = rows.map { row in
      let cells = shown.map { column in
        let value = row[column].number.map { " data-value=\"\($0)\"" } ?? ""
        return "<td\(align(column))\(value)>\(escaped(row[column].text))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    return """
      <div class="scroll" role="region" tabindex="0" aria-label="\(escaped(name))"><table class="sortable"><thead><tr>\(head)</tr></thead>
      <tbody>\(body.joined(separator: "\n"))</tbody></table></div>
      """
  }
}
