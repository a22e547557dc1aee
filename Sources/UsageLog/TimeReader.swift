/// Reads the times of one log: finds out how they are written, and makes them local.
///
/// Dates such as `05/01/2026` are read as one order until a row shows which it is; when a row shows that
/// it is the other, the reading starts again.
struct TimeReader {
  private var timeColumn = 0
  private var dateColumn: Int?
  private var zoneColumn: Int?
  private let format: TimeFormat?
  /// What instants become local times of.
  private let zone: ZoneClock?
  private(set) var dates: DateColumn
  private var order = OrderState.open
  private var orderRows = OrderRows()
  /// The first date of another order than the one that was shown first.
  private var contradiction: DateEvidence?
  var zones: TimeZones
  var facts = TimeFacts()

  /// What is known about the order of day and month.
  private enum OrderState {
    /// No row asks for it.
    case open
    /// Rows were read with the day first, of which this is the first; nothing shows that it does.
    case assumed(line: Int, text: String, dayFirst: LoggedTime, monthFirst: LoggedTime)
    case shown(DateEvidence)
    case given(DateOrder)
  }

  init(_ options: ImportOptions) {
    zone = options.zone.map(ZoneClock.init)
    zones = TimeZones(source: options.sourceZone.map(ZoneClock.init))
    format = options.foundTimes?.format ?? options.timeFormat
    dates = DateColumn(format, readsFractions: options.foundFractions)
    guard case .order(let given) = format else { return }
    // What a row showed, later rows may contradict.
    order =
      options.foundTimes.map {
        .shown(DateEvidence(order: given, line: $0.line, text: $0.text, place: $0.words))
      } ?? .given(given)
  }

  /// Goes on with the rows of another file.
  mutating func begin(_ columns: ResolvedColumns) {
    timeColumn = columns.time
    dateColumn = columns.date
    zoneColumn = columns.timezone
  }

  /// The local time of a row, and the text that says it.
  ///
  /// - Parameter line: where the row stands, counted through all files.
  mutating func time(
    of reader: some RowReader, line: Int
  ) throws(RowParser.Rejection) -> (time: LoggedTime, text: Field) {
    var text = reader.field(timeColumn)
    var joined: DateColumn.Joined?
    if let dateColumn {
      joined = try dates.join(reader.field(dateColumn), text, line: line, &facts)
    }
    var time: LoggedTime
    if let joined {
      text = joined.text
      time = try parse(text, line: line, isJoined: true)
      if joined.isSerial { time.form = .excel }
    } else {
      time = try parse(text, line: line)
      if let dateColumn { dates.compare(reader.field(dateColumn), time, text, line: line) }
    }
    let clock: ZoneClock? =
      if let zoneColumn { try zones.clock(of: reader.field(zoneColumn), fallback: zone) } else {
        zone
      }
    if clock == nil, time.zone == .none || time.zone == .offset(0) {
      // It stands as it is written.
      if time.zone == .none { facts.wallRows += 1 } else { facts.countUTC(text, line) }
    } else {
      try zones.makeLocal(&time, clock, text, line: line, &facts)
    }
    guard time.isInRange else {
      throw RowParser.Rejection(reason: reasonForRange(text, format))
    }
    return (time, text)
  }

  /// - Parameter isJoined: whether it is a date with a time from two columns.
  private mutating func parse(
    _ text: Field, line: Int, isJoined: Bool = false
  ) throws(RowParser.Rejection) -> LoggedTime {
    let isSerial = format == .count(.excel) || format == .count(.excel1904)
    switch isJoined && isSerial ? nil : format {
    case nil, .order:
      if let time = LoggedTime(text) { return time }
      return try otherForm(text, line: line)
    case .iso:
      let time: LoggedTime?
      do throws(TimeProblem) {
        if let common = LoggedTime(text) {
          time = common
        } else {
          time = try WrittenTime(text).readings.dayFirst
        }
      } catch {
        throw RowParser.Rejection(reason: reasonForNoTime(text, error))
      }
      guard let time, time.form == .calendar || time.form == .zoned else {
        throw RowParser.Rejection(
          reason:
            "'\(excerpt(text))' is no date with the year first, which --time-format iso asks for")
      }
      return time
    case .count(let count): return try counted(text, count, line: line)
    case .pattern(let pattern):
      guard let time = pattern.time(text) else {
        throw RowParser.Rejection(
          reason: "'\(excerpt(text))' does not fit --time-format '\(pattern.text)'")
      }
      return time
    }
  }

  /// A time that is none of the common forms.
  private mutating func otherForm(
    _ text: Field, line: Int
  ) throws(RowParser.Rejection) -> LoggedTime {
    if let number = DecimalNumber(text), let count = number.count,
      let microseconds = number.microseconds(count.unit)
    {
      if number.hasExponent { facts.rounding.add(number, count, text, line: line) }
      return LoggedTime(microseconds, count.form, count.zone)
    }
    if let time = LoggedTime(ofJSON: text) { return time }
    let readings: (dayFirst: LoggedTime?, monthFirst: LoggedTime?)
    do throws(TimeProblem) { readings = try WrittenTime(text).readings } catch {
      throw RowParser.Rejection(reason: reasonForNoTime(text, error))
    }
    switch readings {
    case (nil, nil): throw RowParser.Rejection(reason: reasonForNoTime(text, .noSuchDay))
    case (let time?, nil): return try shown(.dayFirst, time, text, line)
    case (nil, let time?): return try shown(.monthFirst, time, text, line)
    case (let dayFirst?, let monthFirst?):
      guard dayFirst.instant != monthFirst.instant else { return dayFirst }
      orderRows.either += 1
      switch order {
      case .open:
        order = .assumed(
          line: line, text: excerpt(text), dayFirst: dayFirst, monthFirst: monthFirst)
      case .given(.monthFirst): return monthFirst
      case .shown(let evidence) where evidence.order == .monthFirst: return monthFirst
      default: break
      }
      return dayFirst
    }
  }

  /// A date that is one in this order only.
  private mutating func shown(
    _ order: DateOrder, _ time: LoggedTime, _ text: Field, _ line: Int
  ) throws(RowParser.Rejection) -> LoggedTime {
    orderRows.add(order)
    switch self.order {
    case .assumed where order == .monthFirst:
      throw RowParser.Rejection(
        reason: "'\(excerpt(text))' has the month first",
        end: FoundTimes(format: .order(order), line: line, text: excerpt(text)))
    case .open, .assumed:
      self.order = .shown(DateEvidence(order: order, line: line, text: excerpt(text)))
    case .given(let given):
      guard given == order else {
        throw RowParser.Rejection(
          reason:
            "'\(excerpt(text))' is no date with the \(given.first) first, as --time-format says")
      }
    case .shown(let evidence):
      // How many rows have which order shows at the end alone, which is where the import stops.
      if evidence.order != order, contradiction == nil {
        contradiction = DateEvidence(order: order, line: line, text: excerpt(text))
      }
    }
    return time
  }

  private mutating func counted(
    _ text: Field, _ count: TimeCount, line: Int
  ) throws(RowParser.Rejection) -> LoggedTime {
    guard let number = DecimalNumber(text) else {
      throw RowParser.Rejection(
        reason: "'\(excerpt(text))' is no number, which --time-format \(count.rawValue) asks for")
    }
    guard var microseconds = number.microseconds(count.unit) else {
      throw RowParser.Rejection(reason: reasonForRange(text, format))
    }
    if count.isSerial {
      facts.serialDays.add(number)
      microseconds = number.nearestSecond(microseconds)
    }
    if number.hasExponent || count.isSerial { facts.rounding.add(number, count, text, line: line) }
    return LoggedTime(microseconds - count.start * 1_000_000, count.form, count.zone)
  }
}

extension DecimalNumber {
  /// What it counts since 1970, which its size tells; nil where no unit has such numbers in our days.
  fileprivate var count: TimeCount? {
    switch wholeDigits {
    case ...10: .seconds
    case 13: .milliseconds
    case 16: .microseconds
    case 19: .nanoseconds
    default: nil
    }
  }

  /// Of days: the nearest whole second, if the digits that are there cannot tell it from the time.
  func nearestSecond(_ microseconds: Int64) -> Int64 {
    let nearest = (microseconds + 500_000) / 1_000_000 * 1_000_000
    // One more in the last digit; a spreadsheet cannot keep more than some microseconds.
    let step = max(1_000, exponent < -11 ? 0 : DecimalNumber.dayStep(exponent))
    return (nearest - microseconds).magnitude <= step ? nearest : microseconds
  }

  private static func dayStep(_ exponent: Int) -> UInt64 {
    (exponent..<0).reduce(UInt64(86_400_000_000)) { step, _ in step / 10 }
  }
}

extension TimeReader {
  /// Throws where dates can be read in two orders and nothing tells which, and where some show one order
  /// and some the other.
  func checkOrder(_ places: LogPlaces) throws(UsageLogError) {
    if case .shown(let first) = order, let contradiction {
      throw DateConflict(first: first, other: contradiction, rows: orderRows).error(places)
    }
    guard case .assumed(let line, let text, let dayFirst, let monthFirst) = order else { return }
    let readings = [dayFirst, monthFirst].map {
      String(localTimeText(max(0, $0.instant / 1_000_000)).prefix(10))
    }
    throw UsageLogError(
      .badInput,
      "\(places.place(of: line)): '\(text)' is \(readings[0]) with the day first and \(readings[1]) with "
        + "the month first, and none of \(orderRows.either) dates tells which; say it with --time-format "
        + "day_first or --time-format month_first")
  }

  /// What comes first, and how that is known; nil where no date asks for it.
  func orderWords(_ places: LogPlaces) -> String? {
    switch order {
    case .open, .assumed: nil
    case .shown(let evidence):
      "the \(evidence.order.first) first, as \(evidence.words(places)) shows"
    case .given(let order): "the \(order.first) first, as --time-format says"
    }
  }
}
