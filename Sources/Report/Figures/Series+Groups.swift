import RunResults
import Statistics

extension RunGroup {
  /// Names the group's line in a data file.
  var lineName: String { label.isEmpty ? "federated" : label }

  /// And in a legend.
  var lineTitle: String { title.isEmpty ? ResultWords.predictor("federated") : title }
}

extension Series {
  /// What a group of runs measured, with marks, in the group's look; nil without points.
  ///
  /// A single point has a bar in place of a band, and no line in the legend.
  static func measured(_ group: RunGroup, _ index: Int, _ points: [Point]) -> Series? {
    guard !points.isEmpty else { return nil }
    return Series(
      name: group.lineName, title: group.lineTitle,
      mark: Set(points.map(\.x)).count > 1 ? .markedLine : .points, look: .group(index),
      points: points)
  }

  /// The mean of runs that have no place on the axis, as a line across; nil without values.
  static func across(
    _ range: ClosedRange<Double>, _ name: String, title: String, _ index: Int,
    meanOf values: [Double]
  ) -> Series? {
    guard let value = Interval(of: values) else { return nil }
    var look = Look.group(index)
    look.dash = 4
    return Series(
      name: name, title: title, mark: .line, look: look,
      points: [range.lowerBound, range.upperBound].map { Point(x: $0, y: value.mean) })
  }
}

extension Point {
  /// A measured number and its 95 % interval.
  init(x: Double, _ measured: Estimate) {
    self.init(x: x, y: measured.value, margin: measured.margin)
  }
}
