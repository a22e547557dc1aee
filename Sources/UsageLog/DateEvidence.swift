/// What shows that the times of a log must be read otherwise than they were so far.
struct FoundTimes: Error, Sendable {
  var format: TimeFormat
  /// The row that shows it, counted through all files.
  var line: Int
  var text: String
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

/// A date with the day first and one with the month first in one log.
struct DateConflict: Error, Sendable {
  var order: DateOrder
  var line: Int
  var text: String
  var other: DateEvidence

  func error(_ places: LogPlaces) -> UsageLogError {
    let (shown, options) = (other.order, [other.order, order].map(\.optionName))
    return UsageLogError(
      .badInput,
      "\(places.place(of: line)): '\(text)' has the \(order.first) first, but \(other.words(places)) has the "
        + "\(shown.first) first, so that dates such as 05/01/2026 can be read in two ways; mend the "
        + "dates, or choose one order with --time-format \(options[0]) or \(options[1]), which makes "
        + "rows of the other order bad rows")
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
