import Foundation
import Tables

/// The time zone of a phone: the name of a place, or a fixed offset from UTC.
package struct LogZone: Sendable, Equatable {
  /// As messages name it: `Europe/Berlin` or `+05:30`.
  package let name: String
  /// Seconds east of UTC; nil where the place's rules decide.
  package let offset: Int64?

  package init(offset: Int64) {
    self.offset = offset
    let (hours, minutes) = (offset.magnitude / 3600, offset.magnitude / 60 % 60)
    let seconds = offset.magnitude % 60
    func pair(_ value: UInt64) -> String { (value < 10 ? "0" : "") + "\(value)" }
    name =
      offset == 0
      ? "UTC"
      : (offset < 0 ? "-" : "+") + pair(hours) + ":" + pair(minutes)
        + (seconds > 0 ? ":" + pair(seconds) : "")
  }

  private init(place: String) {
    name = place
    offset = nil
  }

  /// Reads `Europe/Berlin`, `UTC`, `+05:30`, `GMT+01:00` or seconds east of UTC (`19800`).
  ///
  /// Places follow the rules that Foundation carries with it; the machine's own table is not used.
  package init(parsing text: String) throws(UsageLogError) {
    if let zone = Self(reading: text) {
      self = zone
      return
    }
    let shown = quoted(text)
    guard !text.utf8.allSatisfy({ isDigit($0) || [0x2B, 0x2D, 0x3A, 0x2E].contains($0) }) else {
      throw UsageLogError(
        .usage,
        "\(shown) is no offset from UTC: write it as +05:30, or in seconds that are whole quarters of an "
          + "hour (19800), or name a place such as Asia/Kolkata")
    }
    guard text.contains("/") else {
      throw UsageLogError(
        .usage,
        "\(shown) is an unknown time zone: name a place as in Europe/Berlin, or write UTC or an offset such as "
          + "+05:30; an abbreviation does not say when clocks change")
    }
    throw UsageLogError(
      .usage,
      "\(shown) is an unknown time zone"
        + suggestion(for: text, among: TimeZone.knownTimeZoneIdentifiers)
        + "; write an IANA name such as Europe/Berlin, UTC, or an offset such as +05:30")
  }

  /// Nil where the text is no zone.
  init?(reading text: String) {
    if text.contains("/") {
      let known = TimeZone.knownTimeZoneIdentifiers
      guard
        let place = TimeZone(identifier: text) == nil
          ? known.first(where: { $0.lowercased() == text.lowercased() }) : text
      else { return nil }
      self.init(place: place)
      return
    }
    var text = text
    // A column of whole numbers with gaps is often written as 19800.0.
    if text.hasSuffix(".0"), text.utf8.count > 2 { text.removeLast(2) }
    if let offset = offsetFromUTC(text), offset % 900 == 0 {
      self.init(offset: offset)
      return
    }
    let bytes = Array(text.utf8)
    let offset: Int64? = bytes.withUnsafeBufferPointer {
      var cursor = TextCursor($0)
      guard cursor.isAtLetter, let offset = cursor.offset(), cursor.isAtEnd else { return nil }
      return offset
    }
    guard let offset else { return nil }
    self.init(offset: offset)
  }
}

/// Local time minus UTC in seconds, of `-05:30`, `+1:00`, or seconds; nil where the text is none, or more
/// than a day.
package func offsetFromUTC(_ text: String) -> Int64? {
  let sign: Int64 = text.hasPrefix("-") ? -1 : 1
  let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
  guard digits.utf8.allSatisfy({ (48...58).contains($0) }) else { return nil }
  let parts = digits.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
  let seconds: Int64
  switch parts.count {
  case 1:
    // Few seconds are hours, mistyped: no place is so near to UTC.
    guard let value = parts[0], value == 0 || value >= 60, value <= 86_400 else { return nil }
    let (hours, minutes) = value.quotientAndRemainder(dividingBy: 100)
    // Four digits are hours and minutes, as in a time with a zone; 1800 and 3600 can only be seconds.
    let isClock = digits.utf8.count == 4 && hours <= 14 && minutes < 60
    seconds = sign * (isClock ? (hours * 60 + minutes) * 60 : value)
  case 2:
    guard let hours = parts[0], let minutes = parts[1], hours <= 24, minutes < 60 else {
      return nil
    }
    seconds = sign * (hours * 60 + minutes) * 60
  default: return nil
  }
  return ImportOptions.utcOffsets.contains(seconds) ? seconds : nil
}

/// What the clocks of one zone show.
///
/// A class because rows share what it has found out.
final class ZoneClock {
  let zone: LogZone
  private let place: TimeZone?
  /// Offsets by day since 1970 of UTC, in blocks of 512 days that are filled as they are asked for.
  private var blocks = [[Int32]](repeating: [], count: 128)
  /// The days on which the offset changes.
  private var changes: [Int64: Change] = [:]

  private struct Change {
    /// The first second of the new offset.
    var time: Int64
    var before: Int64
    var after: Int64
  }

  private static let unknown = Int32.max
  private static let changing = Int32.max - 1

  init(_ zone: LogZone) {
    self.zone = zone
    place = zone.offset == nil ? TimeZone(identifier: zone.name) : nil
  }

  /// Seconds east of UTC at a time since 1970, and whether the clock shows that local time twice.
  func offset(at seconds: Int64) -> (offset: Int64, isRepeated: Bool) {
    if let offset = zone.offset { return (offset, false) }
    let day = seconds / 86_400
    let block = Int(day >> 9)
    guard seconds >= 0, block < blocks.count else { return (ask(seconds), false) }
    if blocks[block].isEmpty { blocks[block] = [Int32](repeating: Self.unknown, count: 512) }
    var offset = blocks[block][Int(day & 511)]
    if offset == Self.unknown {
      offset = find(day)
      blocks[block][Int(day & 511)] = offset
    }
    guard offset == Self.changing, let change = changes[day] else { return (Int64(offset), false) }
    let distance = seconds - change.time
    let goneBack = change.before - change.after
    return (
      distance < 0 ? change.before : change.after, -goneBack <= distance && distance < goneBack
    )
  }

  /// The offset of a day, or the mark that it changes then.
  private func find(_ day: Int64) -> Int32 {
    var (low, high) = (day * 86_400, (day + 1) * 86_400)
    let (before, after) = (ask(low), ask(high))
    guard before != after else { return Int32(before) }
    while high - low > 1 {
      let middle = (low + high) / 2
      if ask(middle) == before { low = middle } else { high = middle }
    }
    changes[day] = Change(time: high, before: before, after: after)
    return Self.changing
  }

  private func ask(_ seconds: Int64) -> Int64 {
    Int64(place?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))) ?? 0)
  }

  /// What a local time is in UTC.
  enum LocalReading: Equatable {
    case once(Int64)
    /// The clock showed it twice: this is the first time.
    case repeated(Int64)
    /// The clock skipped it: this is what it would have been without the change.
    case skipped(Int64)

    var utc: Int64 {
      switch self {
      case .once(let utc), .repeated(let utc), .skipped(let utc): utc
      }
    }
  }

  func utc(ofLocal seconds: Int64) -> LocalReading {
    let before = offset(at: seconds - 86_400).offset
    let after = offset(at: seconds + 86_400).offset
    let first = seconds - max(before, after)
    guard before != after else { return .once(first) }
    let second = seconds - min(before, after)
    let fits = (
      offset(at: first).offset == max(before, after),
      offset(at: second).offset == min(before, after)
    )
    switch fits {
    case (true, true): return .repeated(first)
    case (true, false): return .once(first)
    case (false, true): return .once(second)
    case (false, false): return .skipped(seconds - before)
    }
  }
}

/// Abbreviations of zones, in minutes east of UTC; nil where they stand for several zones.
let zoneAbbreviations: [String: Int64?] = [
  "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120, "EEST": 180,
  "MSK": 180, "TRT": 180, "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360,
  "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "ADT": -180, "NST": -210,
  "NDT": -150, "BRT": -180, "ART": -180, "JST": 540, "KST": 540, "HKT": 480, "SGT": 480,
  "PHT": 480, "WIB": 420, "WITA": 480, "WIT": 540, "ICT": 420, "PKT": 300, "NPT": 345,
  "SAST": 120, "EAT": 180, "CAT": 120, "WAT": 60, "AWST": 480, "ACST": 570, "ACDT": 630,
  "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
  // China or North America; India, Ireland or Israel; Britain or Bangladesh; Atlantic or Arabia; …
  "CST": nil, "IST": nil, "BST": nil, "AST": nil, "GST": nil, "SST": nil, "WST": nil, "ECT": nil,
]
