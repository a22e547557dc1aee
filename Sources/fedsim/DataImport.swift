import ArgumentParser
import Experiments
import Foundation
import Sealing
import Tables
import UsageLog

struct DataImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import a real usage log into one file that an experiment can name.",
    discussion: """
      Examples:

        fedsim data import log.csv.gz --out phones.sqlite
        fedsim data import log.tsv --format tsv --columns client=user,time=when,app=package \\
          --out phones.sqlite
        zcat lsapp.tsv.gz | fedsim data import - --format lsapp --out lsapp.sqlite
        fedsim data import log.csv --seal-key-file phones.key --out phones.sqlite
        fedsim data import log.csv --columns 'client=#1,time=when,app="name, long"' --out phones.sqlite
        fedsim data import log.csv --utc-offset -05:00 --until 2024-06-30 --out phones.sqlite

      Plain or gzip. Client ids are hashed under a key, places become numbers, and columns that nobody
      asked for are left out.

      Rows may come in any order. Rows of one client and one time stand so that sessions stay whole
      (lock of the open session, unlock, opens by the name of the app, lock), unless a column says
      their order: --columns order=HEADER.

      Times are dates (2024-01-31T08:30:00.125 or 2024-01-31 08:30, with or without a zone such as Z
      or +01:00), dates in digits (20240131083000), or Unix times in seconds, milliseconds,
      microseconds or nanoseconds (up to 10, 13, 16 or 19 digits). With --utc-offset, Unix times and
      dates with a zone become the local time there. Without it Unix times count in UTC, and dates
      stand as they are written.

      At most 1 % of the rows, more than a year from the others, are taken for a wrong clock, left out
      and counted; more of them (to 10 %, or ten years away) end the import. --keep-all-times takes
      all of them. Where most numbers are days, minutes, spreadsheet dates or another unit, the import
      ends and says which; where most times lie before 2005 or over a year ahead, it says so.

      --clients FILE names all registered clients, one a line. They are in the log with or without
      rows, so that their number and their numbering are public: a privacy claim about adding or
      removing one client is about its rows.

      An experiment then says:

        population:
          source: file
          path: phones.sqlite
      """)

  @Argument(help: "The log, or - for standard input.", completion: .file())
  var input: String

  @Option(parsing: .unconditional, help: "csv, tsv, lsapp or studentlife.")
  var format = LogFormat.csv

  @Option(
    help: ArgumentHelp(
      "Which header is which column: client=…,time=…,app=…, and event, session, place, battery, "
        + "charging, network, notification, system, order. Others are guessed (csv, tsv). A header "
        + "with a comma goes in double quotes; #3 is the third column.",
      valueName: "role=header,…"))
  var columns: String?

  @Option(help: "The file to write.", completion: .file())
  var out: String

  @Flag(help: "Stop at the first bad row instead of counting it.")
  var strict = false

  @Flag(help: "Replace an existing file.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      "A file with 32 secret bytes (or 64 hex digits) that hash the client ids, so that another "
        + "import gives the same ids; without it a random key is drawn and forgotten."),
    completion: .file())
  var keyFile: String?

  @Option(
    help: ArgumentHelp(
      "A file that `fedsim data key` wrote; what the clients did is sealed with its key, and an "
        + "experiment that uses the log names it as population.seal_key_file."), completion: .file()
  )
  var sealKeyFile: String?

  @Option(
    help: ArgumentHelp(
      "A list of all registered clients, one id a line, with or without rows.", valueName: "file"),
    completion: .file())
  var clients: String?

  @Option(
    parsing: .unconditional,
    help: "Seconds without use that end a session, where the log has no sessions.")
  var sessionGap: Int64 = 300

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The phones' local time minus UTC, as -05:00 or in seconds, for Unix times and dates with a "
        + "zone.", valueName: "offset"))
  var utcOffset: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The first day to keep, by the phones' own clocks.", valueName: "date"))
  var from: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The last day to keep, by the phones' own clocks.", valueName: "date"))
  var until: String?

  @Flag(help: "Keep rows whose times lie far from all others.")
  var keepAllTimes = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard sessionGap >= 0 else { throw ValidationError("--session-gap must be at least 0.") }
    if let utcOffset, UTCOffset(utcOffset) == nil {
      throw ValidationError(
        "--utc-offset '\(utcOffset)': write hours and minutes such as -05:00, or seconds in "
          + "-86400…86400, a day either way (an hour is 3600).")
    }
    let first = try day(from, of: "--from")
    let last = try day(until, of: "--until")
    if let first, let last, first > last {
      throw ValidationError("--from \(from ?? "") comes after --until \(until ?? "").")
    }
  }

  private func day(_ text: String?, of option: String) throws -> Int64? {
    guard let text else { return nil }
    guard let day = localDay(text) else {
      throw ValidationError("\(option) '\(text)': write a day, such as 2026-01-31.")
    }
    return day
  }

  func run() throws {
    var options = ImportOptions(format: format)
    if let columns { options.columns = try ColumnMapping(parsing: columns) }
    options.isStrict = strict
    options.overwrite = overwrite
    options.key = try keyFile.map(KeyFile.read)
    options.sealKey = try sealKeyFile.map { SealingKey(try KeyFile.read($0)) }
    options.sessionGapSeconds = sessionGap
    options.utcOffsetSeconds = utcOffset.flatMap(UTCOffset.init)?.seconds
    let first = try day(from, of: "--from") ?? 0
    let end = try day(until, of: "--until").map { ($0 + 1) * 86_400 } ?? .max
    options.times = first * 86_400...end - 1
    options.keepsAllTimes = keepAllTimes
    options.registered = try clients.map { try LineList.read($0, of: "client") }
    for file in [keyFile, sealKeyFile].compactMap(\.self) {
      if let warning = KeyFile.permissionWarning(file) { printMessage("fedsim: \(warning)") }
    }
    let isTerminal = isatty(STDERR_FILENO) == 1 && !output.json
    Interruption.listen()
    endSystemCallsOnSignals()
    let source = ImportSource(argument: input)
    var shownRows = 0
    let report = try importLog(from: source, to: out, options: options) { rows in
      if isTerminal, rows != shownRows {
        StatusLine.show([.init("\(rows) rows")])
        shownRows = rows
      }
      if Interruption.isRequested {
        throw ExperimentError(.interrupted, "Interrupted; \(out) was not written.")
      }
    }
    StatusLine.end()
    if output.json { try printJSON(ImportSummary(report, out)) } else { show(report, source) }
  }

  private func show(_ report: ImportReport, _ source: ImportSource) {
    for row in report.badExamples { printMessage("\(source.name):\(row.line): \(row.reason)") }
    if report.badRows > report.badExamples.count {
      printMessage("… and \(report.badRows - report.badExamples.count) more bad rows")
    }
    for note in report.notes { printMessage("\(source.name): \(note)") }
    let columns = report.columns.map { "\($0.role.rawValue)=\(PrintableText.line($0.header))" }
    printResult("columns read: \(columns.joined(separator: ", "))")
    if !report.droppedColumns.isEmpty {
      let dropped = report.droppedColumns.map(PrintableText.line).joined(separator: ", ")
      printResult("columns left out: \(dropped)")
    }
    let summary = report.log
    printResult(
      "\(report.imported) of \(report.rows) rows imported, \(report.badRows) bad ones skipped"
        + (report.rowsOutside > 0 ? ", \(report.rowsOutside) outside --from and --until" : "")
        + (report.outlyingRows > 0 ? ", \(report.outlyingRows) of a wrong clock left out" : ""))
    if report.duplicateRows > 0 || report.tiedOpens > 0 {
      printResult(
        "\(report.duplicateRows) rows say the same as another, \(report.tiedOpens) opens share their "
          + "time with another app's and stand by name")
    }
    printResult(
      "\(report.systemRows) rows of system apps opened nothing, "
        + "\(report.mergedOpens) opens continued the use before them")
    printResult(
      "\(summary.clients) clients, \(summary.apps) apps, \(summary.opens) opens in "
        + "\(summary.sessions) sessions (\(summary.sessionsWithoutApp) of them opened no app)")
    if let range = summary.timeRange {
      printResult("from \(localTimeText(range.lowerBound)) to \(localTimeText(range.upperBound))")
    }
    printResult(sealKeyFile.map { "written to \(out), sealed with \($0)" } ?? "written to \(out)")
  }
}

extension LogFormat: ExpressibleByArgument {}

/// Local time minus UTC: `-05:30`, `+1:00`, or seconds.
private struct UTCOffset {
  let seconds: Int64

  init?(_ text: String) {
    let sign: Int64 = text.hasPrefix("-") ? -1 : 1
    let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
    guard digits.utf8.allSatisfy({ (48...58).contains($0) }) else { return nil }
    let parts = digits.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
    switch parts.count {
    case 1:
      // Few seconds are hours, mistyped: no place is so near to UTC.
      guard let value = parts[0], value == 0 || value >= 60 else { return nil }
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
    guard ImportOptions.utcOffsets.contains(seconds) else { return nil }
  }
}

/// Lets signals end a wait for input, which otherwise goes on after the handler.
private func endSystemCallsOnSignals() {
  for number in [SIGINT, SIGTERM, SIGHUP, SIGXCPU] {
    var action = sigaction()
    sigaction(number, nil, &action)
    action.sa_flags &= ~SA_RESTART
    sigaction(number, &action, nil)
  }
}
