extension LocalClock {
  /// Midnight at which a day begins, in local seconds since 1970.
  ///
  /// Nil unless the text is a day from 1970 to 9999, written as `2026-01-31`.
  package static func day(named text: String) -> Int64? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2],
      text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (48...57).contains($0) }),
      let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2]),
      year >= 1970, (1...12).contains(month)
    else { return nil }
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...lengths[Int(month) - 1]).contains(day) else { return nil }
    // Leap days before this year, counted from year 0.
    func leapDays(before year: Int64) -> Int64 {
      (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400
    }
    let days =
      365 * (year - 1970) + leapDays(before: year) - leapDays(before: 1970)
      + lengths[..<Int(month - 1)].reduce(0, +) + day - 1
    return days * Self.day
  }
}
