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
        fedsim data import log.csv --columns client=user,time=when,app=package --out phones.sqlite
        fedsim data import rows.txt --no-header --columns client=1,time=2,app=4 --out phones.sqlite
        fedsim data import export.json --client me --out phones.sqlite
        fedsim data import exports/ --client-from file --out phones.sqlite
        zcat lsapp.tsv.gz | fedsim data import - --format lsapp --out lsapp.sqlite
        fedsim data import log.csv --seal-key-file phones.key --out phones.sqlite
        fedsim data import log.csv --timezone America/New_York --until 2024-06-30 --out phones.sqlite
        fedsim data import log.csv --columns date=Date,time=Time --time-format day_first \\
          --out phones.sqlite

      Files are delimited text (comma, semicolon, tab or |, which is detected), JSON, JSON Lines, exports
      of ActivityWatch or the output of `dumpsys usagestats`; plain or gzip, UTF-8. Several files, and
      folders of files, become one log. docs/own-data.md describes every shape, column and event.

      Client ids are hashed under a key, places become numbers, and columns that nobody asked for are
      left out. Rows may come in any order. Rows with the same client and time are sorted so that
      sessions stay whole: lock of the open session, unlock, opens by the name of the app, lock.
      --columns order=HEADER names a column that gives their order instead. Duplicate rows are kept once.

      \(TimeOptions.discussion)

      Rows whose times lie more than a year from all others are taken for a wrong clock. Up to 1 % of the
      rows are left out and counted. More of them (up to 10 %, or ten years away) end the import.
      --keep-all-times keeps all of them. Where most numbers are days, minutes, spreadsheet dates or another unit, the import
      ends and says which; where most times lie before 2005 or over a year ahead, it says so.

      --clients FILE names all registered clients, one per line. They are in the log with or without
      rows, so that their number and their numbering are public: a privacy claim about adding or
      removing one client is about its rows.

      An experiment then says:

        population:
          source: file
          path: phones.sqlite
      """)

  @Argument(
    help: "The files of the log, folders of them, or - for standard input.", completion: .file())
  var inputs: [String]

  @Option(
    parsing: .unconditional,
    help: "csv (delimited text or JSON, which is detected), tsv, lsapp or studentlife.")
  var format = LogFormat.csv

  @Option(
    help: ArgumentHelp(
      "Which header is which column: client=…,time=…,app=…, and event, session, place, battery, "
        + "charging, network, notification, system, order, date, timezone. Others are guessed (csv, tsv); "
        + "event=none leaves a column out. A header with a comma goes in double quotes; #3 or 3 is the third "
        + "column.",
      valueName: "role=header,…"))
  var columns: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What separates the fields: comma, semicolon, tab, bar, space or another character; without it "
        + "the first rows show it.", valueName: "character"))
  var delimiter: String?

  @Flag(help: "The first row is data; --columns gives the columns by number.")
  var noHeader = false

  @Option(
    help: ArgumentHelp(
      "The encoding of the text, such as windows-1252, latin1 or utf-16; without it UTF-8.",
      valueName: "name"))
  var encoding: String?

  @Option(
    help: ArgumentHelp("The client of all rows, for the log of one person.", valueName: "name"))
  var client: String?

  @Option(
    help: ArgumentHelp(
      "Each file is one client's, called as the file without its ending (file) or as its folder "
        + "(folder).", valueName: "file|folder"))
  var clientFrom: ClientNames?

  @Option(
    help: ArgumentHelp(
      "A list of launchers and other apps that nobody chooses to open, one per line, beside those the "
        + "program knows; * stands for any characters.", valueName: "file"),
    completion: .file())
  var systemApps: String?

  @Flag(help: "Keep duplicate rows.")
  var keepDuplicates = false

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
      "A file that `fedsim data key` wrote; what the clients did is encrypted with its key, and an "
        + "experiment that uses the log names it as population.seal_key_file."), completion: .file()
  )
  var sealKeyFile: String?

  @Option(
    help: ArgumentHelp(
      "A list of all registered clients, one id per line, with or without rows.", valueName: "file"),
    completion: .file())
  var clients: String?

  @Option(
    parsing: .unconditional,
    help: "Seconds without use that end a session, where the log has no sessions.")
  var sessionGap: Int64 = 300

  @OptionGroup var times: TimeOptions

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
    if let delimiter, delimiterByte(delimiter) == nil {
      throw ValidationError(
        "--delimiter '\(PrintableText.excerpt(delimiter))': write comma, semicolon, tab, bar, space or one "
          + "ASCII character other than a quote.")
    }
    try checkClient()
    try times.validate()
    guard sessionGap >= 0 else { throw ValidationError("--session-gap must be at least 0.") }
    let first = try day(from, of: "--from")
    let last = try day(until, of: "--until")
    if let first, let last, first > last {
      throw ValidationError("--from \(from ?? "") comes after --until \(until ?? "").")
    }
  }

  private func checkClient() throws {
    let option = client != nil ? "--client" : clientFrom != nil ? "--client-from" : nil
    if client != nil, clientFrom != nil {
      throw ValidationError(
        "--client and --client-from both name the client of the rows; give one.")
    }
    if let client, client.isEmpty { throw ValidationError("--client '': write a name.") }
    if let option, let columns, try ColumnMapping(parsing: columns).hasColumn(for: .client) {
      throw ValidationError(
        "\(option) and client=… in --columns both name the client of the rows; give one.")
    }
    guard format == .lsapp || format == .studentlife else { return }
    for (given, name) in [(option != nil, option ?? ""), (noHeader, "--no-header")] where given {
      throw ValidationError(
        "\(name) does not go with --format \(format.rawValue), whose columns are fixed.")
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
    options.delimiter = delimiter.flatMap(delimiterByte)
    options.hasHeader = !noHeader
    options.encoding = encoding
    options.client = client.map { .name($0) } ?? clientFrom?.source ?? .column
    options.keepsDuplicates = keepDuplicates
    if let systemApps {
      let names = try LineList.read(systemApps, of: "app or pattern")
      options.systemApps = options.systemApps.adding(names.filter { !$0.hasPrefix("#") })
    }
    options.isStrict = strict
    options.overwrite = overwrite
    options.key = try keyFile.map(KeyFile.read)
    options.sealKey = try sealKeyFile.map { SealingKey(try KeyFile.read($0)) }
    options.sessionGapSeconds = sessionGap
    try times.apply(to: &options)
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
    let (sources, others) = try ImportSource.find(inputs)
    var shownRows = 0
    let report = try importLog(from: sources, to: out, options: options) { rows in
      if isTerminal, rows != shownRows {
        StatusLine.show([.init("\(rows) rows")])
        shownRows = rows
      }
      if Interruption.isRequested {
        throw ExperimentError(.interrupted, "Interrupted; \(out) was not written.")
      }
    }
    StatusLine.end()
    if output.json {
      if let warning = report.warning { printMessage(warning) }
      try printJSON(ImportSummary(report, out, keyFile: keyFile, otherFiles: others))
    } else {
      show(report, others)
    }
  }
}

/// What a delimiter is called on the command line.
private func delimiterByte(_ text: String) -> UInt8? {
  switch text.lowercased() {
  case "comma": return UInt8(ascii: ",")
  case "semicolon": return UInt8(ascii: ";")
  case "tab", "\\t": return UInt8(ascii: "\t")
  case "bar", "pipe": return UInt8(ascii: "|")
  case "space", "blank": return UInt8(ascii: " ")
  default:
    guard text.utf8.count == 1, let byte = text.utf8.first,
      byte == 9 || (0x20...0x7e).contains(byte),
      byte != UInt8(ascii: "\"")
    else { return nil }
    return byte
  }
}

/// What gives each client its name.
enum ClientNames: String, ExpressibleByArgument, CaseIterable {
  case file, folder

  var source: ClientSource { self == .file ? .fileName : .folderName }
}

extension LogFormat: ExpressibleByArgument {}

/// Lets signals end a wait for input, which otherwise goes on after the handler.
private func endSystemCallsOnSignals() {
  for number in [SIGINT, SIGTERM, SIGHUP, SIGXCPU] {
    var action = sigaction()
    sigaction(number, nil, &action)
    action.sa_flags &= ~SA_RESTART
    sigaction(number, &action, nil)
  }
}
