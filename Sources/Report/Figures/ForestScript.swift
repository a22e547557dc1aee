import Foundation

/// A figure of one row per group, as a gnuplot script: a point and its interval beside a line at 0.
struct ForestScript {
  private let figure: Figure
  private let medium: FigureMedium

  init(_ figure: Figure, for medium: FigureMedium) {
    self.figure = figure
    self.medium = medium
  }

  private var size: Int { medium.fontSize }

  /// A longer name goes on in the next line.
  private var longestLine: Int { medium == .paper ? 34 : 22 }
  private static let mostLines = 4

  private var count: Int { figure.series.count }

  /// The names, in lines.
  private var names: [[String]] { figure.series.map { lines(of: $0.title) } }

  private func lines(of title: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in title.split(separator: " ", omittingEmptySubsequences: true) {
      // A word that fills more than a line is broken.
      var word = String(word)
      while word.count > longestLine {
        if !line.isEmpty { lines.append(line) }
        lines.append(String(word.prefix(longestLine)))
        (word, line) = (String(word.dropFirst(longestLine)), "")
      }
      if !line.isEmpty, line.count + 1 + word.count > longestLine {
        lines.append(line)
        line = word
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    if !line.isEmpty { lines.append(line) }
    guard lines.count > Self.mostLines else { return lines.isEmpty ? [""] : lines }
    // Names of the same kind differ at their beginnings and at their ends.
    return lines.prefix(2) + ["…"] + lines.suffix(Self.mostLines - 3)
  }

  /// Pixels of the longest line of a name, and of the space around it.
  private var nameWidth: Double {
    0.78 * Double(size * (names.flatMap { $0 }.map(\.count).max() ?? 0)) + 20
  }

  /// Wide enough for the names and for the plot beside them.
  private var width: Int {
    nameWidth > 0.55 * Double(medium.width) ? medium.largestWidth : medium.width
  }

  /// Between labels of the axis, in its units, so that there is room for each.
  private var step: Double {
    let values = figure.series.flatMap(\.points).flatMap { point in
      [point.x * 0, point.y - (point.margin ?? 0), point.y + (point.margin ?? 0)]
    }
    let extent =
      figure.window.map { $0.upperBound - $0.lowerBound }
      ?? ((values.max() ?? 0) - (values.min() ?? 0)) * figure.vertical.scale
    guard extent > 0, extent.isFinite else { return 1 }
    let labels = max(2, (Double(width) - nameWidth) / (7 * Double(size)))
    let power = pow(10, log10(extent / labels).rounded(.up))
    return [0.2, 0.5, 1].map { $0 * power }.first { extent / $0 <= labels } ?? power
  }

  private var height: Int {
    let lines = names.map(\.count).max() ?? 1
    let row = Int((1.9 + 1.3 * Double(lines - 1)) * Double(size))
    return 5 * size + row * count + 20
  }

  var settings: String {
    let rows = zip(names, 1...).map { "\(name($0)) \($1)" }.joined(separator: ", ")
    let window = figure.window.map { "set xrange [\($0.lowerBound):\($0.upperBound)]\n" } ?? ""
    return """
      set border 1 lc rgb "#808080"
      set tics nomirror textcolor rgb "#404040"
      set grid x lt 1 lc rgb "#D0D0D0" lw 0.5 dt 1
      unset key
      set ytics scale 0 (\(rows)) noenhanced
      set yrange [\(count).6:0.4]
      set lmargin at screen \(String(format: "%.3f", nameWidth / Double(width)))
      set format x '%h'
      \(window)set xtics \(String(format: "%.6g", step))
      set xlabel \(GnuplotText.quoted(figure.vertical.label)) noenhanced textcolor rgb "#000000"
      set arrow from 0, graph 0 to 0, graph 1 nohead lt \(Look.black) lw 0.7 dt 2
      set offsets graph 0.05, graph 0.05, 0, 0
      """
  }

  private func name(_ lines: [String]) -> String {
    lines.count == 1 ? GnuplotText.quoted(lines[0]) : GnuplotText.quoted(lines: lines)
  }

  var sizes: (width: Int, height: Int) { (width, height) }

  var curves: [String] {
    func column(_ name: String, _ scale: Double) -> String {
      let factor = scale == 1 ? "" : "\(scale) * "
      return "\(factor)column(\(GnuplotText.quoted(GnuplotText.cell(name))))"
    }
    return figure.series.flatMap { series -> [String] in
      let name = GnuplotText.quoted(GnuplotText.cell(series.name))
      let value = GnuplotText.quoted(GnuplotText.cell(figure.vertical.column))
      let scale = figure.vertical.scale
      let x = "(\(scale == 1 ? "" : "\(scale) * ")only(\(name), \(value)))"
      let y = "(\(column(figure.horizontal.column, 1)))"
      let ends = ["low", "high"].map { "(\(column($0, scale)))" }.joined(separator: ":")
      let look = "lt \(series.look.color)"
      let point = "data using \(x):\(y) with points \(look) ps 0.7"
      guard series.points.contains(where: { $0.margin != nil }) else { return [point] }
      return ["data using \(x):\(y):\(ends) with xerrorbars \(look) ps 0.7 lw 1.5"]
    }
  }
}
