import Foundation
import Glibc

/// Several measurements of one thing.
struct Sample {
  private let sorted: [Double]

  init(_ values: [Double]) {
    precondition(!values.isEmpty)
    sorted = values.sorted()
  }

  var median: Double { sorted[sorted.count / 2] }
  var low: Double { sorted[0] }
  var high: Double { sorted[sorted.count - 1] }
  var count: Int { sorted.count }
}

/// The figures, printed as they come and kept for the CSV file.
struct Table {
  private(set) var csv = "what,unit,median,low,high,runs,target\r\n"

  /// - Parameters:
  ///   - target: what the figure should not exceed, where there is such a number.
  ///   - floor: what it should reach.
  mutating func add(
    _ what: String, _ unit: String, _ sample: Sample, target: Double? = nil,
    atLeast floor: Double? = nil
  ) {
    func text(_ value: Double) -> String { String(format: "%.4g", value) }
    let name = what.padding(toLength: 66, withPad: " ", startingAt: 0)
    let limit =
      target.map { "  at most \(text($0))" } ?? floor.map { "  at least \(text($0))" } ?? ""
    print(
      "\(name) \(text(sample.median)) \(unit)  (\(text(sample.low)) … \(text(sample.high)))\(limit)"
    )
    // A line at a time, into a pipe as well.
    fflush(nil)
    let quoted = what.contains(",") ? "\"\(what)\"" : what
    csv += "\(quoted),\(unit),\(sample.median),\(sample.low),\(sample.high),\(sample.count),"
    csv += (target ?? floor).map { "\($0)\r\n" } ?? "\r\n"
  }
}
