extension TimeCount {
  /// Seconds since 1970 of a number in this unit; nil where it is too large.
  func seconds(_ number: DecimalNumber) -> Int64? {
    number.microseconds(unit).map { ($0 - start * 1_000_000) / 1_000_000 }
  }
}

/// 2010 to 2049: a number that is such a time in one unit is none in most others.
private let daysOfPhones: ClosedRange<Int64> = 1_262_304_000...2_524_607_999

/// In which units of `--time-format` a number is a time of our days, as the rest of a sentence; empty where
/// it is none in any.
func likelyUnits(_ number: DecimalNumber) -> String {
  let likely = TimeCount.allCases.filter { count in
    count.seconds(number).map(daysOfPhones.contains) ?? false
  }
  guard !likely.isEmpty else { return "" }
  let names = likely.map { "\($0.form.name) (--time-format \($0.rawValue))" }
  return "; it looks like \(names.joined(separator: " or "))"
}

/// Why a number is out of range, with the unit that it is more likely in.
func reasonForRange(_ text: Field, _ format: TimeFormat?) -> String {
  let unread = "'\(excerpt(text))' is not a time between 1970 and 9999"
  guard case .count(let count) = format, let number = DecimalNumber(text) else { return unread }
  return "\(unread) in \(count.form.name)\(likelyUnits(number))"
}
