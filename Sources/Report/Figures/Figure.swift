import Tables

/// A figure: what stands on its axes, its lines, and in words what is drawn.
package struct Figure: Equatable, Sendable {
  package var kind: FigureKind
  /// For a report: what the bands and the dashed lines are.
  package var caption: String
  package var horizontal: Axis
  package var vertical: Axis
  package var series: [Series]
  /// The part of the accuracies or differences that is drawn, in the units of their axis; nil for what they
  /// need.
  package var window: ClosedRange<Double>?

  package init(
    kind: FigureKind, caption: String, horizontal: Axis, vertical: Axis, series: [Series]
  ) {
    self.kind = kind
    self.caption = caption
    self.horizontal = horizontal
    self.vertical = vertical
    self.series = series
  }

  /// Whether it goes over rounds.
  package var isOverRounds: Bool { horizontal.column == Axis.round.column }

  /// The figure without what was before a round; nil where nothing would be left of it.
  package func starting(fromRound round: Double) -> Figure? {
    var figure = self
    for index in series.indices {
      // A line across begins where the others do.
      if series[index].isAcross {
        figure.series[index].points[0].x = max(round, series[index].points[0].x)
      }
      figure.series[index].points.removeAll { $0.x < round }
    }
    figure.series.removeAll { $0.points.isEmpty || $0.isAcross && $0.points.count < 2 }
    return figure.series.contains { !$0.isAcross } ? figure : nil
  }
}

extension Series {
  /// Whether it is a horizontal line between two ends.
  fileprivate var isAcross: Bool {
    mark == .line && points.count == 2 && points[0].y == points[1].y
  }
}

/// One axis; its column in the data file has `scale` left out.
package struct Axis: Equatable, Sendable {
  package var column: String
  /// In words, with the unit.
  package var label: String
  /// Units of the column per unit of the axis are 1 ÷ scale.
  package var scale = 1.0
  /// Base of a logarithmic axis.
  package var logarithm: Int?
  /// What a value can be at all; intervals end there.
  package var bounds: ClosedRange<Double>?
  /// Where the axis has its labels; empty leaves that to gnuplot.
  package var ticks: [Tick] = []

  package init(
    column: String, label: String, scale: Double = 1, logarithm: Int? = nil,
    bounds: ClosedRange<Double>? = nil
  ) {
    self.column = column
    self.label = label
    self.scale = scale
    self.logarithm = logarithm
    self.bounds = bounds
  }

  /// A place on an axis, in the units of the column, and what stands there.
  package struct Tick: Equatable, Sendable {
    package var place: Double
    package var text: String
  }

  package static func accuracy(of split: String) -> Axis {
    let label =
      split == "new_clients" ? "Accuracy, held-out clients (%)" : "Top-1 accuracy (%)"
    return Axis(column: "accuracy_top1", label: label, scale: 100, bounds: 0...1)
  }

  func clamped(_ value: Double) -> Double {
    guard let bounds else { return value }
    return min(max(value, bounds.lowerBound), bounds.upperBound)
  }

  static let round = Axis(column: "round", label: "Round")

  /// Bytes in the largest decimal unit of which there is at least one.
  static func bytes(upTo largest: Double, column: String, label: String) -> Axis {
    let (size, unit) = ResultWords.byteUnit(upTo: largest)
    return Axis(column: column, label: "\(label) (\(unit))", scale: 1 / size)
  }
}

/// One line of a figure, or single points.
package struct Series: Equatable, Sendable {
  package enum Mark: Sendable {
    case line, markedLine, steps
    /// Points with error bars.
    case points
  }

  /// In the data file.
  package var name: String
  /// In the legend.
  package var title: String
  package var mark: Mark
  package var look: Look
  /// Whether the legend shows it.
  package var isNamed = true
  /// Whether it is there to be compared with: it does not open the range of the axis far.
  package var isReference = false
  package var points: [Point]

  package init(
    name: String, title: String? = nil, mark: Mark, look: Look, isNamed: Bool = true,
    isReference: Bool = false, points: [Point]
  ) {
    self.name = name
    self.title = title ?? name
    self.mark = mark
    self.look = look
    self.isNamed = isNamed
    self.isReference = isReference
    self.points = points
  }
}

/// Colour and dashes.
package struct Look: Equatable, Sendable {
  /// From 1; `black` is the ceiling's.
  package var color: Int
  package var dash = 1
  package var isThin = false

  static let black = 7
  static let grey = 8
  static let colors = 6

  /// The look of the line with this index among its like.
  static func group(_ index: Int) -> Look {
    // Dash types 2, 4, 3 and 5 of gnuplot are easy to tell apart at this size.
    let dashes = [1, 2, 4, 3, 5]
    return Look(color: index % colors + 1, dash: dashes[index / colors % dashes.count])
  }
}

package struct Point: Equatable, Sendable {
  package var x: Double
  package var y: Double
  /// Half the width of the 95 % interval.
  package var margin: Double?

  package init(x: Double, y: Double, margin: Double? = nil) {
    self.x = x
    self.y = y
    self.margin = margin
  }
}

extension Figure {
  /// What is drawn, in words: for the caption of a paper.
  package var captionFile: String { "\(kind.title). \(PrintableText.line(caption))\n" }

  /// The data file: what the script draws, in the units of the column names.
  package var dataFile: String {
    let (horizontal, vertical, series) = (
      drawable.horizontal, drawable.vertical, drawable.series
    )
    var rows = [["series", horizontal.column, vertical.column, "low", "high"].map(CSVCell.text)]
    for series in series {
      rows += series.points.map { point in
        [
          .text(series.name), .number(point.x), .number(point.y),
          point.margin.map { .number(vertical.clamped(point.y - $0)) } ?? .empty,
          point.margin.map { .number(vertical.clamped(point.y + $0)) } ?? .empty,
        ]
      }
    }
    return rows.map { $0.map(\.rendered).joined(separator: ",") + "\r\n" }.joined()
  }
}
