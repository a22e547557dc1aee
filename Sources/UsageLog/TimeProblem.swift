/// Why a text is no time.
enum TimeProblem: Error, Equatable {
  case unknown
  case dateOnly, timeOnly
  case shortYear, noYear
  case noSuchDay, noSuchTime
  /// The hour that stands with AM or PM does not go with it.
  case noSuchHalf
  case unknownZone
}

/// The forms that need no `--time-format`, for messages.
private let acceptedTimes =
  "2026-01-31 08:30:00, 31/01/2026 08:30, 1/31/2026 8:30 AM, Jan 31 2026 08:30, "
  + "2026-01-31T08:30:00+01:00, and Unix times"

/// Why a text is no time, as the rest of a sentence.
func reasonForNoTime(_ text: Field, _ problem: TimeProblem) -> String {
  let shown = "'\(excerpt(text))'"
  guard !text.isEmpty else { return "the time is empty" }
  switch problem {
  case .dateOnly: return "\(shown) is a date without a time of day; \(otherColumn)"
  case .timeOnly:
    return
      "\(shown) is a time of day without a date; name the column of the date with --columns date=HEADER"
  case .shortYear:
    return "\(shown) has a year of two digits; say how it is written with --time-format, such as "
      + "'%d/%m/%y %H:%M'"
  case .noYear: return "\(shown) has no year"
  case .noSuchDay: return "\(shown) has a day that no calendar has"
  case .noSuchTime: return "\(shown) has a time of day that no clock shows"
  case .noSuchHalf: return "\(shown) has an hour that does not go with AM or PM"
  case .unknownZone:
    return
      "\(shown) ends with a time zone this program does not know; write an offset such as +01:00"
  case .unknown: break
  }
  guard text.count > 10, text.allSatisfy(isDigit) else {
    if let number = DecimalNumber(text), number.digits + number.exponent > 10 || number.hasExponent
    {
      let hint = likelyUnits(number)
      return "\(shown) is no Unix time of our days"
        + (hint.isEmpty ? "; name its unit with --time-format, such as epoch_ms" : hint)
    }
    return
      "'\(excerpt(text))' is not a known time format: the import reads \(acceptedTimes); describe another "
      + "form with --time-format, such as '%d.%m.%Y %H:%M' (`fedsim data import --help` lists them all)"
  }
  let unread = "\(shown) is not a time between 1970 and 9999"
  if let hint = DecimalNumber(text).map(likelyUnits), !hint.isEmpty { return unread + hint }
  switch text.count {
  case 12 where WrittenNumber(text).flatMap(TimeUnit.shortSecond.seconds) != nil:
    return unread + ": it looks like YYMMDDHHMMSS; write years with four digits"
  case 12, 14, 17: return unread + ": \(text.count) digits are read as YYYYMMDDHHMM[SS[fff]]"
  case 13, 16, 19: return unread
  default:
    return unread
      + ": Unix times have up to 10 digits (seconds), 13 (milliseconds), 16 or 19, not \(text.count)"
  }
}

private let otherColumn =
  "take a column with both (--columns time=HEADER), or name the two columns (--columns "
  + "date=HEADER,time=HEADER)"
