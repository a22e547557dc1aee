import Foundation

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
  private(set) var csv = "what,unit,median,low,high,runs\r\n"

  mutating func add(_ what: String, _ unit: String, _ sample: Sample) {
    func text(_ value: Double) -> String { String(format: "%.4g", value) }
    let name = what.padding(toLength: 58, withPad: " ", startingAt: 0)
    print("\(name) \(text(sample.median)) \(unit)  (\(text(sample.low)) … \(text(sample.high)))")
    csv += "\(what),\(unit),\(sample.median),\(sample.low),\(sample.high),\(sample.count)\r\n"
  }
}
