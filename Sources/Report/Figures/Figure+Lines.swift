/// Which lines are drawn, and what is said of those that coincide or lie far away.
extension Figure {
  /// A line as it is drawn: one for all that are the same.
  struct DrawnLine: Equatable {
    var series: Series
    var title: String
  }

  /// Lines that are equal in every point are drawn once, under all their names.
  ///
  /// The data file keeps each.
  var drawnLines: [DrawnLine] {
    var lines: [DrawnLine] = []
    var titles: [[String]] = []
    for series in series {
      let same = lines.firstIndex { Self.coincide($0.series, series) }
      guard let same, series.isNamed == lines[same].series.isNamed else {
        lines.append(DrawnLine(series: series, title: series.title))
        titles.append([series.title])
        continue
      }
      titles[same].append(series.title)
    }
    return zip(lines, titles).map { line, titles in
      DrawnLine(
        series: line.series,
        title: annotated(Self.joined(titles, ending: " (identical)"), line.series))
    }
  }

  private static func coincide(_ one: Series, _ other: Series) -> Bool {
    !one.points.isEmpty && one.points == other.points && one.mark == other.mark
  }

  private static func joined(_ titles: [String], ending: String) -> String {
    guard titles.count > 1 else { return titles.first ?? "" }
    let both = "\(titles[0]) and \(titles[1])\(ending)"
    return titles.count == 2 && both.count <= 42
      ? both : "\(titles[0]) (and \(titles.count - 1) identical)"
  }

  /// A reference outside the drawn range keeps its place in the legend, with its value.
  private func annotated(_ title: String, _ series: Series) -> String {
    guard let range = verticalRange, series.isReference,
      let low = series.points.map(\.y).min(), let high = series.points.map(\.y).max(),
      high < range.lowerBound || low > range.upperBound
    else { return title }
    let value = Self.shown((low + high) / 2 * vertical.scale)
    return "\(title): \(value) (\(high < range.lowerBound ? "below" : "above"))"
  }

  /// How far above and below its main lines a figure shows references, as a part of their extent.
  private static let reach = 1.0

  /// The drawn part of the vertical axis, in the units of the column; nil where all of it is drawn.
  ///
  /// The main lines and their bands decide. A reference is drawn if it lies no further from them than
  /// they extend, but for at least 5 units of the axis; the legend has the values of the others.
  var verticalRange: ClosedRange<Double>? {
    if let window { return window.lowerBound / vertical.scale...window.upperBound / vertical.scale }
    guard vertical.logarithm == nil, let main = extent(of: series.filter { !$0.isReference }) else {
      return nil
    }
    let reach = max(Self.reach * (main.upperBound - main.lowerBound), 5 / vertical.scale)
    var (low, high) = (main.lowerBound, main.upperBound)
    var isCut = false
    for reference in series.filter(\.isReference) {
      guard let own = extent(of: [reference]) else { continue }
      if own.lowerBound >= main.lowerBound - reach, own.upperBound <= main.upperBound + reach {
        (low, high) = (min(low, own.lowerBound), max(high, own.upperBound))
      } else {
        isCut = true
      }
    }
    guard isCut, low < high else { return nil }
    let margin = 0.06 * (high - low)
    return vertical.clamped(low - margin)...vertical.clamped(high + margin)
  }

  private func extent(of series: [Series]) -> ClosedRange<Double>? {
    let values = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }.flatMap {
      point in
      let margin = point.margin ?? 0
      return [vertical.clamped(point.y - margin), vertical.clamped(point.y + margin)]
    }
    .filter(\.isFinite)
    guard let low = values.min(), let high = values.max() else { return nil }
    return low...high
  }

  /// Three digits, as an axis has them.
  static func shown(_ value: Double) -> String {
    let rounded = (value * 10).rounded() / 10
    return value.magnitude >= 10 && rounded == rounded.rounded()
      ? "\(Int(rounded))" : value.magnitude >= 1 ? "\(rounded)" : Axis.tick(value)
  }
}
