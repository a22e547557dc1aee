import ArgumentParser
import Foundation
import Tables

/// How a table is printed.
enum TableFormat: String, CaseIterable, ExpressibleByArgument {
  case text, markdown, latex, csv
}

/// A table for a paper or for another program: what stands in it, and its forms.
struct PaperTable {
  struct Column {
    /// For people, with the unit.
    var heading: String
    /// For programs, with the unit; one name for each value of a cell.
    var names: [String]
    var isText = false
  }

  struct Cell {
    /// For people.
    var text: String
    /// For programs: as many as the column has names.
    var values: [CSVCell]

    init(_ text: String, _ values: [CSVCell]) {
      self.text = text
      self.values = values
    }
  }

  var columns: [Column]
  var rows: [[Cell]]
  /// What a reader has to know, one sentence each.
  var notes: [String] = []

  /// The columns with these indices, in their order.
  func keeping(_ indices: [Int]) -> PaperTable {
    PaperTable(
      columns: indices.map { columns[$0] }, rows: rows.map { row in indices.map { row[$0] } },
      notes: notes)
  }

  /// Without a line end at the end, but for CSV.
  func text(as format: TableFormat) -> String {
    switch format {
    case .text: plain
    case .markdown: markdown
    case .latex: latex
    case .csv: csv
    }
  }

  private var plain: String {
    TextTable.render([columns.map(\.heading)] + rows.map { $0.map(\.text) })
  }

  private var csv: String {
    let lines =
      [columns.flatMap(\.names).map(CSVCell.text)] + rows.map { $0.flatMap(\.values) }
    return lines.map { $0.map(\.rendered).joined(separator: ",") + "\r\n" }.joined()
  }

  // MARK: - Markdown

  private var markdown: String {
    let head = columns.map { Self.markdown($0.heading) }
    let rule = columns.map { $0.isText ? "---" : "---:" }
    let body = rows.map { $0.map { Self.markdown($0.text) } }
    let table = ([head, rule] + body).map { "| \($0.joined(separator: " | ")) |" }
    return (table + (notes.isEmpty ? [] : [""]) + notes.map(Self.markdown))
      .joined(separator: "\n")
  }

  /// Text in which nothing has a meaning for Markdown.
  static func markdown(_ text: String) -> String {
    PrintableText.line(text).map { character in
      switch character {
      case "\\", "|", "*", "_", "`", "<", ">", "[", "]", "#", "~": "\\\(character)"
      case "&": "&amp;"
      default: String(character)
      }
    }.joined()
  }

  // MARK: - LaTeX

  private var latex: String {
    let shape = columns.map { $0.isText ? "l" : "r" }.joined()
    let lines = [
      "% needs \\usepackage{booktabs}", "\\begin{tabular}{\(shape)}", "\\toprule",
      Self.row(columns.map(\.heading)), "\\midrule",
    ]
    let end = ["\\bottomrule", "\\end{tabular}"]
    // Text below the table: a comment would be lost with the file.
    let text =
      notes.isEmpty
      ? []
      : ["", "\\par\\smallskip", "{\\footnotesize"] + notes.map(Self.latex) + ["\\par}"]
    return (lines + rows.map { Self.row($0.map(\.text)) } + end + text).joined(separator: "\n")
  }

  private static func row(_ cells: [String]) -> String {
    let cells = cells.map(latex)
    // A bracket after the end of a row would be its argument.
    let guarded = cells.first?.hasPrefix("[") == true ? "{}" : ""
    return guarded + cells.joined(separator: " & ") + " \\\\"
  }

  /// Text in which nothing has a meaning for LaTeX, in any encoding of fonts.
  static func latex(_ text: String) -> String {
    let text = PrintableText.line(text)
    var result = ""
    var previous: Character?
    for character in text {
      switch character {
      case "\\": result += "\\textbackslash{}"
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "<": result += "\\textless{}"
      case ">": result += "\\textgreater{}"
      case "|": result += "\\textbar{}"
      case "\"": result += "\\textquotedbl{}"
      case "ε": result += "$\\varepsilon$"
      case "δ": result += "$\\delta$"
      case "µ", "μ": result += "$\\mu$"
      case "∞": result += "$\\infty$"
      case "–": result += "--"
      case "…": result += "\\dots{}"
      case "†": result += "$^{\\dagger}$"
      // A sign and no hyphen, where a number follows that no word leads to.
      case "-" where previous == nil || previous == " " || previous == "[": result += "$-$"
      case "−": result += "$-$"
      default: result.append(character)
      }
      previous = character
    }
    return result
  }
}
