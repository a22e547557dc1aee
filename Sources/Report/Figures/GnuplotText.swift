import RunResults
import Tables

/// Text of anybody's in a gnuplot script and in the data it reads.
///
/// Names come from files that others wrote, and gnuplot runs what stands between backticks, also
/// within double quotes. Every text of a script goes through `quoted` or `comment`.
enum GnuplotText {
  /// A string of gnuplot, in single quotes, in which nothing has a meaning but the quote itself.
  static func quoted(_ text: String) -> String {
    let text = shown(text)
    guard text.unicodeScalars.first == "'" else {
      let doubled = text.unicodeScalars.map { $0 == "'" ? "''" : String($0) }.joined()
      return "'\(doubled)'"
    }
    // gnuplot takes a doubled quote at the very beginning for an empty string.
    return "\"\(numbered(text))\""
  }

  private static func numbered(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
      // Digits as well: gnuplot would read them as more of the number before them.
      guard scalar.isASCII, !isLetter else { return String(scalar) }
      let digits = String(scalar.value, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }.joined()
  }

  /// A string of several lines, in double quotes, in which nothing has a meaning but the line ends: every
  /// character that could have one is given by its number.
  static func quoted(lines: [String]) -> String {
    "\"\(lines.map { numbered(shown($0)) }.joined(separator: "\\n"))\""
  }

  /// One line behind a `#`.
  static func comment(_ text: String) -> String {
    shown(text).unicodeScalars.map { $0 == "`" ? "'" : String($0) }.joined()
  }

  /// Without control characters, and without backslashes: one at the end of a line would join the
  /// next line to it.
  private static func shown(_ text: String) -> String {
    PrintableText.line(text).unicodeScalars.map { $0 == "\\" ? "∖" : String($0) }.joined()
  }

  /// A name that gnuplot finds again in a data file: without what CSV would have to quote, which
  /// gnuplot does not undo, and without what it drops or cuts itself.
  static func plain(_ name: String) -> String {
    let longest = 200
    let shown = shown(name).unicodeScalars.map { scalar in
      switch scalar {
      case ",": ";"
      case "\"": "'"
      default: String(scalar)
      }
    }
    let text = shown.joined()
    let start = text.drop { $0.isWhitespace }
    let trimmed = String(start.prefix(longest)) + (start.count > longest ? "…" : "")
    // This word means that there is no value.
    return trimmed == "NaN" ? "(NaN)" : trimmed
  }

  /// A text as gnuplot finds it in the data file.
  static func cell(_ plain: String) -> String { CSVCell.text(plain).rendered }
}

extension Figure {
  /// The figure with names that can stand in a data file, each its own, and with the points that
  /// have a place.
  var drawable: Figure {
    var figure = self
    // The script selects rows by name: two lines of one name would be drawn into one.
    let names = GroupNames.unique(series.map { GnuplotText.plain($0.name) })
    for index in series.indices {
      figure.series[index].name = names[index]
      figure.series[index].points.removeAll { !$0.x.isFinite || !$0.y.isFinite }
    }
    figure.horizontal.column = GnuplotText.plain(horizontal.column)
    figure.vertical.column = GnuplotText.plain(vertical.column)
    let places = figure.series.flatMap(\.points).map(\.x)
    if isOverRounds, figure.horizontal.ticks.isEmpty, let low = places.min(),
      let high = places.max(),
      high - low <= 10
    {
      // There is no half of a round.
      figure.horizontal = figure.horizontal.labelled(
        at: Array(stride(from: low, through: high, by: 1)))
    }
    return figure
  }
}
