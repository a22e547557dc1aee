import Tables

/// A figure: what stands on its axes, its lines, and in words what is drawn.
package struct Figure: Equatable, Sendable {
  package var kind: FigureKind
  /// For a report: what the bands and the dashed lines are.
  package var caption: String
  package var horizontal: Axis
  package var vertical: Axis
  package var series: [Series]
}

/// One axis; its column in the data file has `scale` left out.
package struct Axis: Equatable, Sendable {
  package var column: String
  /// With the unit.
  package var label: String
  /// Units of the column per unit of the axis are 1 ÷ scale.
  package var scale = 1.0
  /// Base of a logarithmic axis.
  package var logarithm: Int?
  /// What a value can be at all; intervals end there.
  package var bounds: ClosedRange<Double>?

  package static func accuracy(of split: String) -> Axis {
    let people = split == "new_clients" ? "new clients" : "future"
    return Axis(
      column: "accuracy_top1", label: "top-1 accuracy, \(people) (%)", scale: 100,
      bounds: 0...1)
  }

  fileprivate func clamped(_ value: Double) -> Double {
    guard let bounds else { return value }
    return min(max(value, bounds.lowerBound), bounds.upperBound)
  }

  static let round = Axis(column: "round", label: "round")

  /// Bytes in the largest decimal unit of which there is at least one.
  static func bytes(upTo largest: Double, column: String, label: String) -> Axis {
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    let (size, unit) = units.first { $0.0 <= largest } ?? (1, "bytes")
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

  package var name: String
  package var mark: Mark
  package var look: Look
  /// Whether the legend shows it.
  package var isNamed = true
  package var points: [Point]
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
