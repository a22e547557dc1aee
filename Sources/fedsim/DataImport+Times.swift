import ArgumentParser
import UsageLog

/// How the times of a log are written, and whose clock they are.
struct TimeOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How times are written, where that is not found out: iso, day_first, month_first, epoch_s, epoch_ms, "
        + "epoch_us, epoch_ns, excel, excel_1904, apple, webkit, apple_ns, filetime, dotnet_ticks, or a "
        + "pattern as for strptime ('%d/%m/%Y %I:%M %p').", valueName: "name or pattern"))
  var timeFormat: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The time zone of the phones, as an IANA name (Europe/Berlin): instants become its local time, "
        + "with daylight saving.", valueName: "zone"))
  var timezone: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The phones' local time minus UTC, as -05:00 or in seconds, all year round; in place of --timezone.",
      valueName: "offset"))
  var utcOffset: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The zone of times that name none (such as UTC), where it is not the phones' own.",
      valueName: "zone"))
  var sourceTimezone: String?

  func validate() throws {
    if let utcOffset, offsetFromUTC(utcOffset) == nil {
      throw ValidationError(
        "--utc-offset '\(utcOffset)': write hours and minutes such as -05:00, or seconds in "
          + "-86400…86400, a day either way (an hour is 3600).")
    }
    guard timezone == nil || utcOffset == nil else {
      throw ValidationError("Give either --timezone or --utc-offset.")
    }
  }

  /// What the options say; throws where they make no sense.
  func apply(to options: inout ImportOptions) throws {
    options.timeFormat = try timeFormat.map { try TimeFormat(parsing: $0) }
    options.timeZone = try timezone.map { try LogZone(parsing: $0) }
    options.utcOffsetSeconds = utcOffset.flatMap(offsetFromUTC)
    options.sourceZone = try sourceTimezone.map { try LogZone(parsing: $0) }
    guard
      options.sourceZone == nil || timezone != nil || utcOffset != nil
        || options.columns.hasColumn(for: .timezone)
    else {
      throw UsageLogError(
        .usage,
        "--source-timezone needs the zone of the phones: give --timezone, --utc-offset or "
          + "--columns timezone=HEADER")
    }
  }

  /// The part of the help about times.
  static let discussion = """
    The format of times is detected, column by column:
      2026-01-31 08:30:00.125, 2026-01-31T08:30, 2026/1/31 8:30, 20260131083000
      31/01/2026 08:30, 31.1.2026 8:30, 31-01-2026 08.30.00, 1/31/2026 8:30 AM
      31 Jan 2026 08:30, Jan 31, 2026 at 8:30 a.m., 31/Jan/2026:08:30:00 +0100
      Sat, 31 Jan 2026 08:30:00 +0100, Sat Jan 31 08:30:00 GMT+01:00 2026
      Unix times in s, ms, µs or ns (up to 10, 13, 16 or 19 digits; 1.7698446E9)
      Excel serial dates (46053.35417)
      a date and a time of day, or a part of the day (0.354), in two columns:
        --columns date=Date,time=Time
    A zone may follow: Z, UTC, +01:00, GMT+1, CET, Europe/Berlin,
    +01:00[Europe/Berlin].

    Whether the day or the month comes first is taken from a date that has a
    number above 12, anywhere in the column. Where none has one, the import
    asks for --time-format day_first or month_first. Years of two digits need
    a pattern (%y). A date without a time of day is an unrecognised time.

    A time that says its offset (Z, +01:00, UTC, a Unix time) is an instant.
    --timezone, or --columns timezone=HEADER for a zone or offset in each row,
    makes it local time, with daylight saving. Without them, +01:00 leaves the
    time as it is written, which is the phone's clock, and UTC is taken as
    local time; the import says so. Times without a zone stay as they are
    written, unless --source-timezone names their zone.
    """
}
