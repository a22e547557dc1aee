/// What a number in a column for zones is meant as, and how it becomes one that is read; nil where it is
/// neither minutes nor hours.
private func unitOfOffset(_ text: String) -> String? {
  guard let value = Double(text), value != 0, abs(value) <= 900 else { return nil }
  let isHours = abs(value) <= 14
  guard (isHours ? value * 4 : value / 15).truncatingRemainder(dividingBy: 1) == 0 else {
    return nil
  }
  let (unit, factor) = isHours ? ("hours", 3600) : ("minutes", 60)
  return
    "it looks like an offset in \(unit), and numbers are read as seconds east of UTC; multiply the column by "
    + "\(factor) (\(Int(value * Double(factor)))), or write \(LogZone(offset: Int64(value * Double(factor))).name)"
}

/// The zones that the rows of a log name, each looked up once.
struct TimeZones {
  /// What times without a zone are times of; nil where they are the phone's own.
  let source: ZoneClock?
  private var words = ByteInterner()
  /// By word of a column; nil where the word is no zone.
  private var clocks: [ZoneClock?] = []
  private var names = ByteInterner()
  /// By name within a time.
  private var named: [NamedZone] = []

  private enum NamedZone {
    case offset(Int64)
    case place(ZoneClock)
    /// An abbreviation of several zones.
    case unclear
    case unknown
  }

  init(source: ZoneClock?) {
    self.source = source
  }

  /// The clock that a field of the column for zones names; an empty one leaves it to `fallback`.
  mutating func clock(
    of field: Field, fallback: ZoneClock?
  ) throws(RowParser.Rejection) -> ZoneClock? {
    guard !field.isEmpty else {
      guard let fallback else {
        throw RowParser.Rejection(
          reason: "the time zone is empty; --timezone gives one to such rows")
      }
      return fallback
    }
    let word = words.intern(field)
    if word == clocks.count {
      clocks.append(LogZone(reading: trimmed(words.string(word)[...])).map(ZoneClock.init))
    }
    guard let clock = clocks[word] else {
      throw RowParser.Rejection(
        reason: "'\(excerpt(field))' is an unknown time zone: "
          + (unitOfOffset(trimmed(words.string(word)[...]))
            ?? "it must be a name such as Europe/Berlin, an offset such as +05:30, or seconds in whole quarters "
            + "of an hour such as 19800"))
    }
    return clock
  }

  /// Makes a time local: an instant is what the clock shows then, and a wall clock stays.
  ///
  /// Without a clock, everything stays as it is written.
  mutating func makeLocal(
    _ time: inout LoggedTime, _ clock: ZoneClock?, _ text: Field, line: Int,
    _ facts: inout TimeFacts
  ) throws(RowParser.Rejection) {
    switch time.zone {
    case .offset(let offset):
      guard let clock else {
        facts.offsetRows += 1
        return
      }
      Self.convert(&time, offset: offset, to: clock, &facts)
    case .name(let start, let end):
      let name = Field(rebasing: text[start..<end])
      let zone = zone(named: name)
      if case .unknown = zone {
        throw RowParser.Rejection(reason: reasonForNoTime(text, .unknownZone))
      }
      guard let clock else {
        facts.offsetRows += 1
        return
      }
      switch zone {
      case .offset(let offset): Self.convert(&time, offset: offset, to: clock, &facts)
      case .place(let place): Self.convert(&time, from: place, to: clock, &facts)
      case .unclear, .unknown:
        throw RowParser.Rejection(
          reason:
            "'\(excerpt(name))' in '\(excerpt(text))' stands for several time zones, so that the "
            + "time cannot be converted; write its offset, such as +01:00")
      }
    case .none:
      guard let clock, let source else {
        facts.wallRows += 1
        return
      }
      Self.convert(&time, from: source, to: clock, &facts)
    }
  }

  private static func convert(
    _ time: inout LoggedTime, from place: ZoneClock, to clock: ZoneClock, _ facts: inout TimeFacts
  ) {
    let seconds = floorSeconds(time.instant)
    let reading = place.utc(ofLocal: seconds)
    switch reading {
    case .once: break
    case .repeated: facts.unclearRows += 1
    case .skipped: facts.skippedRows += 1
    }
    convert(&time, offset: seconds - reading.utc, to: clock, &facts)
  }

  /// - Parameter offset: of the time as it is written.
  private static func convert(
    _ time: inout LoggedTime, offset: Int64, to clock: ZoneClock, _ facts: inout TimeFacts
  ) {
    let utc = time.instant - offset * 1_000_000
    let (local, isRepeated) = clock.offset(at: floorSeconds(utc))
    time.instant = utc + local * 1_000_000
    facts.convertedRows += 1
    if isRepeated { facts.repeatedRows += 1 }
  }

  private static func floorSeconds(_ microseconds: Int64) -> Int64 {
    microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
  }

  private mutating func zone(named field: Field) -> NamedZone {
    let index = names.intern(field)
    if index == named.count {
      let name = names.string(index)
      if let offset = zoneAbbreviations[name.uppercased()] {
        named.append(offset.map { .offset($0 * 60) } ?? .unclear)
      } else if name.contains("/"), let zone = LogZone(reading: name) {
        named.append(.place(ZoneClock(zone)))
      } else {
        named.append(.unknown)
      }
    }
    return named[index]
  }
}
