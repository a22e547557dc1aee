/// The times a log may carry: from 1970 to the end of 9999, the last year of four digits.
let loggedTimes: ClosedRange<Int64> = 0...253_402_300_799

/// Seconds since 1970-01-01 00:00 on the local clock, or nil when the text is no time.
///
/// `YYYY-MM-DDTHH:MM[:SS[.fff]]`, with a space for the T if need be and with or without a zone: the
/// wall clock counts as written and the zone is not applied. Unix seconds or milliseconds (numbers
/// from 10^11 on) get `utcOffset` added.
func parseLocalTime(_ text: Field, utcOffset: Int64) -> Int64? {
  let isCalendar = text.count >= 16 && text[4] == UInt8(ascii: "-")
  guard let time = isCalendar ? parseCalendarTime(text) : parseUnixTime(text, utcOffset),
    loggedTimes.contains(time)
  else { return nil }
  return time
}

private func parseCalendarTime(_ text: Field) -> Int64? {
  guard let year = number(text, 0, digits: 4), let month = number(text, 5, digits: 2),
    let day = number(text, 8, digits: 2), let hour = number(text, 11, digits: 2),
    let minute = number(text, 14, digits: 2),
    text[7] == UInt8(ascii: "-"), text[13] == UInt8(ascii: ":"),
    text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "),
    (1...12).contains(month), (1...daysInMonth(month, of: year)).contains(day),
    hour < 24, minute < 60
  else { return nil }
  var second: Int64 = 0
  var position = 16
  if text.count > position, text[position] == UInt8(ascii: ":") {
    // 60 is a leap second, which the local clock of a phone never shows as more than :59.
    guard let seconds = number(text, position + 1, digits: 2), seconds <= 60 else { return nil }
    second = min(seconds, 59)
    position += 3
    if text.count > position, text[position] == UInt8(ascii: ".") {
      position += 1
      while position < text.count, isDigit(text[position]) { position += 1 }
    }
  }
  guard isZone(text, from: position) else { return nil }
  return ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
}

private func parseUnixTime(_ text: Field, _ utcOffset: Int64) -> Int64? {
  var value: Int64 = 0
  var position = 0
  while position < text.count, isDigit(text[position]) {
    guard position < 15 else { return nil }
    value = value * 10 + Int64(text[position] - UInt8(ascii: "0"))
    position += 1
  }
  guard position > 0 else { return nil }
  if position < text.count, text[position] == UInt8(ascii: ".") {
    position += 1
    while position < text.count, isDigit(text[position]) { position += 1 }
  }
  guard position == text.count else { return nil }
  let seconds = value >= 100_000_000_000 ? value / 1000 : value
  return seconds + utcOffset
}

/// Whether the rest is empty, `Z`, or an offset such as `+02:00`, `-0500` or `+01`.
private func isZone(_ text: Field, from start: Int) -> Bool {
  var rest = text[start...]
  if rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
  guard let sign = rest.first else { return true }
  if sign == UInt8(ascii: "Z") { return rest.count == 1 }
  guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return false }
  let digits = rest.dropFirst().filter { $0 != UInt8(ascii: ":") }
  return (digits.count == 2 || digits.count == 4) && digits.allSatisfy(isDigit)
}

@inline(__always)
private func isDigit(_ byte: UInt8) -> Bool {
  byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

@inline(__always)
private func number(_ text: Field, _ start: Int, digits: Int) -> Int64? {
  guard start + digits <= text.count else { return nil }
  var value: Int64 = 0
  for position in start..<(start + digits) {
    guard isDigit(text[position]) else { return nil }
    value = value * 10 + Int64(text[position] - UInt8(ascii: "0"))
  }
  return value
}

private func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days of the proleptic Gregorian calendar since 1970-01-01, for years from 0 on.
///
/// Years run from March so that the leap day comes last (Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms", https://howardhinnant.github.io/date_algorithms.html).
private func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
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
/// it; nil when the text is neither.
package func localTime(_ text: String) -> Int64? {
  let bytes = Array((text.utf8.count == 10 && text.contains("-") ? text + "T00:00" : text).utf8)
  return bytes.withUnsafeBufferPointer { parseLocalTime($0, utcOffset: 0) }
}

/// `YYYY-MM-DDTHH:MM:SS`.
package func localTimeText(_ time: Int64) -> String {
  var bytes: [UInt8] = []
  appendLocalTime(time, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}
