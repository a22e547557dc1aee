import Foundation

extension Figure {
  private static let font = "DejaVu Sans,Verdana,sans-serif"
  /// Okabe and Ito's colour-blind-safe colours, but for yellow, which is hard to see on white; black
  /// and grey for what is compared with.
  private static let colors = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F",
  ]
  private static let pointTypes = [7, 5, 9, 11, 13, 6, 4, 8]

  /// The gnuplot script; runs by itself in a folder with the data file.
  package var script: String { script(for: .paper) }

  package func script(for medium: FigureMedium) -> String {
    FigureScript(drawable, for: medium).text
  }

  var lineTypes: String {
    zip(Self.colors, Self.pointTypes).enumerated().map { index, style in
      "set linetype \(index + 1) lc rgb \"\(style.0)\" lw 1.5 pt \(style.1) ps 0.4"
    }
    .joined(separator: "\n")
  }

  static var fonts: String { font }
}

/// A figure as a gnuplot script.
private struct FigureScript {
  private let figure: Figure
  private let medium: FigureMedium
  private let layout: FigureLayout
  private let lines: [Figure.DrawnLine]

  init(_ figure: Figure, for medium: FigureMedium) {
    self.figure = figure
    self.medium = medium
    lines = figure.drawnLines
    layout = FigureLayout(
      titles: lines.filter(\.series.isNamed).map(\.title.count), medium: medium)
  }

  private var horizontal: Axis { figure.horizontal }
  private var vertical: Axis { figure.vertical }

  var text: String {
    let name = figure.kind.rawValue
    let forest = figure.kind.isOfRows ? ForestScript(figure, for: medium) : nil
    let (width, height) = forest?.sizes ?? (layout.width, layout.height)
    let size = layout.fontSize
    return """
      # \(GnuplotText.comment("\(figure.kind.title). \(figure.caption)"))
      # Change what you like and run `gnuplot \(name).gp` in this folder to draw it again.

      data = '\(name).csv'
      set datafile separator comma
      set datafile missing NaN
      set datafile commentschars ''
      set encoding utf8
      set minussign
      only(name, wanted) = strcol('series') eq name ? column(wanted) : NaN

      \(figure.lineTypes)

      \(forest?.settings ?? settings)
      set terminal svg size \(width),\(height) dynamic background "#FFFFFF" font "\(Figure.fonts),\(size)"
      set output '\(name).svg'
      plot \((forest?.curves ?? curves).joined(separator: ", \\\n  "))

      set terminal pngcairo size \(3 * width),\(3 * height) background "#FFFFFF" \\
        fontscale 3 linewidth 3 pointscale 3 font "DejaVu Sans,\(size)"
      set output '\(name).png'
      replot

      set terminal pdfcairo size \(inches(width)),\(inches(height)) background "#FFFFFF" \\
        fontscale 0.72 linewidth 0.72 pointscale 0.72 font "DejaVu Sans,\(size)"
      set output '\(name).pdf'
      replot
      set output

      """
  }

  private var settings: String {
    """
    set border 3 lc rgb "#808080"
    set tics nomirror textcolor rgb "#404040"
    set grid y lt 1 lc rgb "#D0D0D0" lw 0.5 dt 1
    set style fill transparent solid \(opacity) noborder
    set key at screen 0.01, screen \(layout.legendTop) left top Left reverse noenhanced samplen 2.5 \\
      horizontal maxcols \(layout.legendColumns)
    set bmargin at screen \(layout.bottomMargin)
    set xlabel \(label(horizontal)) offset 0,0.7 noenhanced textcolor rgb "#000000"
    set ylabel \(label(vertical)) noenhanced textcolor rgb "#000000"
    set format x '%h'
    \(scales)
    """
  }

  private func label(_ axis: Axis) -> String { GnuplotText.quoted(axis.fullLabel) }

  private func inches(_ pixels: Int) -> String { String(format: "%.2fin", Double(pixels) / 100) }

  private var scales: String {
    var rows: [String] = []
    for (axis, name) in [(horizontal, "x"), (vertical, "y")] {
      if let base = axis.logarithm { rows.append("set logscale \(name) \(base)") }
      if !axis.ticks.isEmpty {
        let ticks = axis.ticks.map {
          "\(GnuplotText.quoted($0.text)) \($0.place * axis.scale)"
        }
        rows.append("set \(name)tics (\(ticks.joined(separator: ", "))) noenhanced")
      }
    }
    let places = Set(figure.series.filter { $0.mark != .line }.flatMap(\.points).map(\.x))
    // Decades are too far apart for an axis that ends anywhere.
    if places.count > 1, horizontal.logarithm != 10 || !horizontal.ticks.isEmpty {
      rows.append("set autoscale xfix")
      rows.append("set offsets graph 0.02, graph 0.02, 0, 0")
    }
    if let place = places.first, places.count == 1, horizontal.ticks.isEmpty {
      rows.append("set xtics (\(Axis.tick(place * horizontal.scale)))")
    }
    if let least {
      rows.append("drawable(value) = value > \(least) ? value : \(least)")
      rows.append("set yrange [\(least):]")
      rows.append("set format y '%g'")
    } else if vertical.logarithm != nil {
      rows.append("drawable(value) = value")
    }
    if let range = figure.verticalRange {
      rows.append(
        "set yrange [\(range.lowerBound * vertical.scale):\(range.upperBound * vertical.scale)]")
    }
    // A single place or height would leave an axis without extent.
    for (name, values, axis) in [
      ("x", figure.series.flatMap(\.points).map(\.x), horizontal),
      ("y", figure.series.flatMap(\.points).map(\.y), vertical),
    ] {
      guard let value = values.first, values.allSatisfy({ $0 == value }), value != 0 else {
        continue
      }
      let ends = [value * axis.scale * 0.9, value * axis.scale * 1.1].sorted()
      rows.append("set \(name)range [\(ends[0]):\(ends[1])]")
    }
    return rows.map { $0 + "\n" }.joined()
  }

  /// Bands first, so that they lie below every line.
  private var curves: [String] {
    var named = 0
    let drawn = lines.flatMap { line -> [String] in
      guard line.series.isNamed else { return drawing(line.series, title: nil) }
      named += 1
      return drawing(line.series, title: named <= layout.named ? line.title : nil)
    }
    let more = "… and \(layout.unnamed) more, in the CSV file"
    let note =
      layout.unnamed == 0 ? [] : ["keyentry with lines lc rgb '#FFFFFF' title '\(more)'"]
    return bands.map { band in
      curve(
        band, columns: [term("low", vertical, isEnd: true), term("high", vertical)],
        style: "filledcurves lt \(band.look.color) notitle")
    } + drawn + note
  }

  private var bands: [Series] {
    lines.map(\.series).filter { series in
      series.mark == .markedLine && series.points.count { $0.margin != nil } > 1
    }
  }

  /// Many bands lie over one another.
  private var opacity: Double { bands.count <= 2 ? 0.2 : bands.count <= 4 ? 0.12 : 0.06 }

  private func drawing(_ series: Series, title text: String?) -> [String] {
    let title = text.map { "title \(GnuplotText.quoted(shortened($0)))" } ?? "notitle"
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
        series, columns: [y, term("low", vertical, isEnd: true), term("high", vertical)],
        style: "yerrorbars lt \(series.look.color) notitle")
      return (series.points.contains { $0.margin != nil } ? [bars] : [])
        + [curve(series, columns: [y], style: "points \(look) \(title)")]
    }
  }

  /// A title as long as there is room for; where two would be cut to the same, their ends stay.
  private func shortened(_ title: String) -> String {
    let longest = layout.longestTitle
    guard title.count > longest else { return title }
    let start = title.prefix(longest - 1)
    let isShared =
      lines.count { $0.series.isNamed && $0.title.count > longest && $0.title.hasPrefix(start) } > 1
    return isShared
      ? "\(title.prefix(longest / 2 - 1))…\(title.suffix(longest - longest / 2))" : start + "…"
  }

  /// Whether a later line lies on this one, which then shows on both sides of it.
  private func isCovered(_ series: Series) -> Bool {
    let marked = lines.map(\.series).filter {
      $0.mark == .markedLine || $0.mark == .line && !$0.isReference && $0.points.count > 2
    }
    guard let index = marked.firstIndex(of: series) else { return false }
    let heights = figure.series.flatMap(\.points).map(\.y)
    let extent = (heights.max() ?? 0) - (heights.min() ?? 0)
    return marked[(index + 1)...].contains { other in
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

  private func term(_ column: String, _ axis: Axis, isEnd: Bool = false) -> String {
    let value = "\(factor(axis))column(\(GnuplotText.quoted(GnuplotText.cell(column))))"
    // An interval that reaches 0 has no end on an axis of logarithms.
    return isEnd && axis.logarithm != nil ? "drawable(\(value))" : value
  }

  /// Least height on an axis of logarithms; nil for another axis and without a place on it.
  private var least: Double? {
    guard vertical.logarithm != nil else { return nil }
    return figure.series.flatMap(\.points).map(\.y).filter { $0 > 0 && $0.isFinite }.min()
      .map { $0 * vertical.scale / 2 }
  }

  private func factor(_ axis: Axis) -> String {
    axis.scale == 1 ? "" : "\(axis.scale) * "
  }
}
