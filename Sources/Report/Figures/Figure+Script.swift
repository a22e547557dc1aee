import Foundation

extension Figure {
  /// Width of a column of a paper, 8.5 cm at 100 pixels an inch.
  private static let width = 340
  private static let font = "DejaVu Sans,Verdana,sans-serif"
  /// Okabe and Ito's colours, told apart by everybody, but for yellow, which is hard to see on
  /// white; black and grey for what is compared with.
  private static let colors = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F",
  ]
  private static let pointTypes = [7, 5, 9, 11, 13, 6, 4, 8]

  /// The gnuplot script; runs by itself in a folder with the data file.
  package var script: String { drawable.text }

  private var text: String {
    let name = kind.rawValue
    return """
      # \(GnuplotText.comment("\(kind.title). \(caption)"))
      # Change what you like and run `gnuplot \(name).gp` in this folder to draw it again.

      data = '\(name).csv'
      set datafile separator comma
      set datafile missing NaN
      set datafile commentschars ''
      set encoding utf8
      only(name, wanted) = strcol('series') eq name ? column(wanted) : NaN

      \(lineTypes)

      set border 3 lc rgb "#808080"
      set tics nomirror textcolor rgb "#404040"
      set grid y lt 1 lc rgb "#D0D0D0" lw 0.5 dt 1
      set style fill transparent solid \(opacity) noborder
      set key below left Left reverse noenhanced samplen 2.5 maxcols \(legendColumns)
      set bmargin \(bottomMargin)
      set xlabel \(GnuplotText.quoted(horizontal.label)) offset 0,0.7 noenhanced textcolor rgb "#000000"
      set ylabel \(GnuplotText.quoted(vertical.label)) noenhanced textcolor rgb "#000000"
      \(scales)
      set terminal svg size \(Self.width),\(height) dynamic background "#FFFFFF" font "\(Self.font),8"
      set output '\(name).svg'
      plot \(curves.joined(separator: ", \\\n  "))

      set terminal pngcairo size \(3 * Self.width),\(3 * height) background "#FFFFFF" \\
        fontscale 3 linewidth 3 pointscale 3 font "DejaVu Sans,8"
      set output '\(name).png'
      replot
      set output

      """
  }

  private var lineTypes: String {
    zip(Self.colors, Self.pointTypes).enumerated().map { index, style in
      "set linetype \(index + 1) lc rgb \"\(style.0)\" lw 1.5 pt \(style.1) ps 0.4"
    }
    .joined(separator: "\n")
  }

  private var scales: String {
    var lines: [String] = []
    for (axis, name) in [(horizontal, "x"), (vertical, "y")] {
      if let base = axis.logarithm { lines.append("set logscale \(name) \(base)") }
    }
    let places = Set(series.filter { $0.mark != .line }.flatMap(\.points).map(\.x))
    // Decades are too far apart for an axis that ends anywhere.
    if horizontal.logarithm != 10, places.count > 1 { lines.append("set autoscale xfix") }
    if let place = places.first, places.count == 1 {
      lines.append("set xtics (\(Self.tic(place * horizontal.scale)))")
    }
    // A single place or height would leave an axis without extent.
    for (name, values, axis) in [
      ("x", series.flatMap(\.points).map(\.x), horizontal),
      ("y", series.flatMap(\.points).map(\.y), vertical),
    ] {
      guard let value = values.first, values.allSatisfy({ $0 == value }), value != 0 else {
        continue
      }
      let place = value * axis.scale
      lines.append("set \(name)range [\(place * 0.9):\(place * 1.1)]")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func tic(_ place: Double) -> String {
    place == place.rounded() && place.magnitude < 1e15
      ? "\(Int(place))" : String(format: "%.3g", place)
  }

  private var named: [Series] { series.filter(\.isNamed) }

  private var legendColumns: Int {
    (named.map(\.name.count).max() ?? 0) > 17 ? 1 : 2
  }

  private var legendRows: Int { (named.count + legendColumns - 1) / legendColumns }

  private var height: Int { 222 + 11 * legendRows }

  /// Lines of text below the axis; what gnuplot reckons itself depends on the underscores of a label.
  private var bottomMargin: String {
    String(format: "%.2f", 3 + 1.02 * Double(legendRows))
  }

  /// Bands first, so that they lie below every line.
  private var curves: [String] {
    bands.map { band in
      curve(
        band, columns: [term("low", vertical), term("high", vertical)],
        style: "filledcurves lt \(band.look.color) notitle")
    }
      + series.flatMap(lines)
  }

  private var bands: [Series] {
    series.filter { series in
      series.mark == .markedLine && series.points.count { $0.margin != nil } > 1
    }
  }

  /// Many bands lie over one another.
  private var opacity: Double { bands.count <= 2 ? 0.2 : bands.count <= 4 ? 0.12 : 0.06 }

  private func lines(_ series: Series) -> [String] {
    let title = series.isNamed ? "title \(GnuplotText.quoted(series.name))" : "notitle"
    var look = "lt \(series.look.color) dt \(series.look.dash)"
    if isCovered(series) { look += " lw 3 ps 0.7" } else if series.look.isThin { look += " lw 1" }
    let y = term(vertical.column, vertical)
    switch series.mark {
    case .line: return [curve(series, columns: [y], style: "lines \(look) \(title)")]
    case .steps: return [curve(series, columns: [y], style: "steps \(look) \(title)")]
    case .markedLine:
      return [curve(series, columns: [y], style: "linespoints \(look) \(title)")]
    case .points:
      let bars = curve(
        series, columns: [y, term("low", vertical), term("high", vertical)],
        style: "yerrorbars lt \(series.look.color) notitle")
      return (series.points.contains { $0.margin != nil } ? [bars] : [])
        + [curve(series, columns: [y], style: "points \(look) \(title)")]
    }
  }

  /// Whether a later line lies on this one, which then shows on both sides of it.
  private func isCovered(_ series: Series) -> Bool {
    let lines = self.series.filter { $0.mark == .markedLine }
    guard let index = lines.firstIndex(of: series) else { return false }
    let heights = self.series.flatMap(\.points).map(\.y)
    let extent = (heights.max() ?? 0) - (heights.min() ?? 0)
    return lines[(index + 1)...].contains { other in
      other.points.map(\.x) == series.points.map(\.x)
        && zip(other.points, series.points).allSatisfy { abs($0.y - $1.y) <= 0.01 * extent }
    }
  }

  private func curve(_ series: Series, columns: [String], style: String) -> String {
    let name = GnuplotText.quoted(GnuplotText.cell(series.name))
    let x = "only(\(name), \(GnuplotText.quoted(GnuplotText.cell(horizontal.column))))"
    let places = [factor(horizontal) + x] + columns
    return "data using \(places.map { "(\($0))" }.joined(separator: ":")) with \(style)"
  }

  private func term(_ column: String, _ axis: Axis) -> String {
    "\(factor(axis))column(\(GnuplotText.quoted(GnuplotText.cell(column))))"
  }

  private func factor(_ axis: Axis) -> String {
    axis.scale == 1 ? "" : "\(axis.scale) * "
  }
}
