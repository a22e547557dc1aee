/// The times a log may carry: from 1970 to the end of 9999, the last year of four digits.
let loggedTimes: ClosedRange<Int64> = 0...253_402_300_799

private func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days of the proleptic Gregorian calendar since 1970-01-01, for years from 0 on; nil when there is
/// no such day.
///
/// Years run from March so that the leap day comes last (Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms", https://howardhinnant.github.io/date_algorithms.html).
func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
  guard (1...12).contains(month), (1...daysInMonth(month, of: year)).contains(day) else {
    return nil
  }
  let year = month <= 2 ? year - 1 : year
  let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
}

/// Appends `YYYY-MM-DDTHH:MM:SS`.
func appendLocalTime(_ time: Int64, to bytes: inout [UInt8]) {
  precondition(loggedTimes.contains(time), "a log holds times from 1970 to 9999")
  let (days, secondOfDay) = time.quotientAndRemainder(dividingBy: 86_400)
  // The inverse of `daysSince1970`, from the same source.
  let shifted = days + 719_468
  let era = shifted / 146_097
  let dayOfEra = shifted % 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let marchMonth = (5 * dayOfYear + 2) / 153
  let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

  func append(_ value: Int64, digits: Int) {
    var divisor: Int64 = digits == 4 ? 1000 : 10
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }
  append(year, digits: 4)
  bytes.append(UInt8(ascii: "-"))
  append(month, digits: 2)
  bytes.append(UInt8(ascii: "-"))
  append(dayOfYear - (153 * marchMonth + 2) / 5 + 1, digits: 2)
  bytes.append(UInt8(ascii: "T"))
  append(secondOfDay / 3600, digits: 2)
  bytes.append(UInt8(ascii: ":"))
  append(secondOfDay / 60 % 60, digits: 2)
  bytes.append(UInt8(ascii: ":"))
  append(secondOfDay % 60, digits: 2)
}

/// Seconds since 1970-01-01 00:00 on the local clock of `YYYY-MM-DD` or of a time as a log may carry
/// it; nil when the text is neither, or names a zone, which the phone's clock does not know.
package func localTime(_ text: String) -> Int64? {
  let bytes = Array((text.utf8.count == 10 && text.contains("-") ? text + "T00:00" : text).utf8)
  return bytes.withUnsafeBufferPointer { LoggedTime($0) }.flatMap {
    $0.form == .zoned || !$0.isInRange ? nil : $0.instant / 1_000_000
  }
}

/// Days since 1970 of `YYYY-MM-DD`; nil when the text is no such day.
package func localDay(_ text: String) -> Int64? {
  guard text.utf8.count == 10, text.contains("-") else { return nil }
  return localTime(text).map { $0 / 86_400 }
}

/// `YYYY-MM-DDTHH:MM:SS`.
package func localTimeText(_ time: Int64) -> String {
  var bytes: [UInt8] = []
  appendLocalTime(time, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}
