import Tables

/// What shows that the times of a log must be read otherwise than they were so far.
struct FoundTimes: Error, Sendable {
  var format: TimeFormat
  /// The row that shows it, counted through all files.
  var line: Int
  var text: String
  /// Whether it shows only that numbers such as `0.45` beside a date are parts of the day.
  var areFractions = false
  /// Where that is: `FILE:LINE`, and as part of a sentence.
  var place = ""
  var words = ""

  func placed(_ places: LogPlaces) -> FoundTimes {
    var found = self
    found.place = places.place(of: line)
    found.words = places.words(for: line)
    return found
  }
}

/// Dates with the day first and dates with the month first in one log.
struct DateConflict {
  /// The first of the log, and the first of the other order.
  var first: DateEvidence
  var other: DateEvidence
  /// Rows of dates that are days in one order only, and in both.
  var rows: OrderRows

  func error(_ places: LogPlaces) -> UsageLogError {
    let isOther = rows[other.order] <= rows[first.order]
    // Those of which there are fewer are the mistake.
    let (few, most) = isOther ? (other, first) : (first, other)
    let remedy = rows[few.order] == 1 ? "mend that row" : "mend the dates"
    return UsageLogError(
      .badInput,
      "\(places.place(of: few.line)): '\(few.text)' has the \(few.order.first) first, but "
        + "\(most.words(places)) has the \(most.order.first) first (\(counted(rows[few.order], "row")) "
        + "against \(rows[most.order]); \(rows.either) more can be read in either order); \(remedy), or choose "
        + "one order with --time-format \(most.order.optionName) or \(few.order.optionName), which makes rows "
        + "of the other order bad rows")
  }
}

/// How many rows have dates of which order.
struct OrderRows {
  private(set) var dayFirst = 0
  private(set) var monthFirst = 0
  /// Days in either order.
  var either = 0

  subscript(_ order: DateOrder) -> Int { order == .dayFirst ? dayFirst : monthFirst }

  mutating func add(_ order: DateOrder) {
    if order == .dayFirst { dayFirst += 1 } else { monthFirst += 1 }
  }
}

/// A date that is one in one order only.
struct DateEvidence: Sendable {
  var order: DateOrder
  var line: Int
  var text: String
  /// Where it stands, as part of a sentence; empty where the line tells.
  var place = ""

  func words(_ places: LogPlaces) -> String {
    "'\(text)' on \(place.isEmpty ? places.words(for: line) : place)"
  }
}

extension DateOrder {
  /// What comes first.
  var first: String { self == .dayFirst ? "day" : "month" }

  var optionName: String { self == .dayFirst ? "day_first" : "month_first" }
}
