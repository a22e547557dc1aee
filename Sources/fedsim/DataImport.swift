import ArgumentParser
import Experiments
import Foundation
import Sealing
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

      Plain or gzip, in any order. Client ids are hashed under a key, places become numbers, and
      columns that nobody asked for are left out. An experiment then says:

        population:
          source: file
          path: phones.sqlite
      """)

  @Argument(help: "The log, or - for standard input.")
  var input: String

  @Option(help: "csv, tsv, lsapp or studentlife.")
  var format = LogFormat.csv

  @Option(
    help: ArgumentHelp(
      "Which header is which column: client=…,time=…,app=…, and event, session, place, battery, "
        + "charging, network, notification, system. Others are guessed (csv, tsv).",
      valueName: "role=header,…"))
  var columns: String?

  @Option(help: "The file to write.")
  var out: String

  @Flag(help: "Stop at the first bad row instead of counting it.")
  var strict = false

  @Flag(help: "Replace an existing file.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      "A file with 32 secret bytes (or 64 hex digits) that hash the client ids, so that another "
        + "import gives the same ids; without it a random key is drawn and forgotten."))
  var keyFile: String?

  @Option(
    help: ArgumentHelp(
      "A file that `fedsim data key` wrote; what the clients did is sealed with its key, and an "
        + "experiment that uses the log names it as population.seal_key_file."))
  var sealKeyFile: String?

  @Option(help: "Seconds without use that end a session, where the log has no sessions.")
  var sessionGap: Int64 = 300

  @Option(help: "Seconds to add to Unix times, which carry no time zone, to make them local.")
  var utcOffset: Int64 = 0

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard sessionGap >= 0 else { throw ValidationError("--session-gap must be at least 0.") }
    guard ImportOptions.utcOffsets.contains(utcOffset) else {
      throw ValidationError("--utc-offset must lie in -86400…86400 seconds, a day either way.")
    }
  }

  func run() throws {
    var options = ImportOptions(format: format)
    if let columns { options.columns = try ColumnMapping(parsing: columns) }
    options.isStrict = strict
    options.overwrite = overwrite
    options.key = try keyFile.map(KeyFile.read)
    options.sealKey = try sealKeyFile.map { SealingKey(try KeyFile.read($0)) }
    options.sessionGapSeconds = sessionGap
    options.utcOffsetSeconds = utcOffset
    let isTerminal = isatty(STDERR_FILENO) == 1 && !output.json
    Interruption.listen()
    endSystemCallsOnSignals()
    let source = ImportSource(argument: input)
    var shownRows = 0
    let report = try importLog(from: source, to: out, options: options) { rows in
      if isTerminal, rows != shownRows {
        printMessage("\(rows) rows", terminator: "", overwrites: true)
        shownRows = rows
      }
      if Interruption.isRequested {
        throw ExperimentError(.interrupted, "Interrupted; \(out) was not written.")
      }
    }
    if isTerminal { printMessage("", terminator: "", overwrites: true) }
    if output.json { try printJSON(ImportSummary(report, out)) } else { show(report, source) }
  }

  private func show(_ report: ImportReport, _ source: ImportSource) {
    for row in report.badExamples { printMessage("\(source.name):\(row.line): \(row.reason)") }
    if report.badRows > report.badExamples.count {
      printMessage("… and \(report.badRows - report.badExamples.count) more bad rows")
    }
    let columns = report.columns.map { "\($0.role.rawValue)=\($0.header)" }
    printResult("columns read: \(columns.joined(separator: ", "))")
    if !report.droppedColumns.isEmpty {
      printResult("columns left out: \(report.droppedColumns.joined(separator: ", "))")
    }
    let summary = report.log
    printResult(
      "\(report.imported) of \(report.rows) rows imported, \(report.badRows) bad ones skipped")
    printResult(
      "\(report.systemRows) rows of system apps opened nothing, "
        + "\(report.mergedOpens) opens continued the use before them")
    printResult(
      "\(summary.clients) clients, \(summary.apps) apps, \(summary.opens) opens in "
        + "\(summary.sessions) sessions (\(summary.sessionsWithoutApp) of them opened no app)")
    printResult(sealKeyFile.map { "written to \(out), sealed with \($0)" } ?? "written to \(out)")
  }
}

extension LogFormat: ExpressibleByArgument {}

/// Lets SIGINT and SIGTERM end a wait for input, which otherwise goes on after the handler.
private func endSystemCallsOnSignals() {
  for number in [SIGINT, SIGTERM] {
    var action = sigaction()
    sigaction(number, nil, &action)
    action.sa_flags &= ~SA_RESTART
    sigaction(number, &action, nil)
  }
}

private struct ImportSummary: Encodable {
  struct BadRow: Encodable {
    var line: Int
    var reason: String
  }

  var path: String
  var rows: Int
  var imported: Int
  var badRows: Int
  var badExamples: [BadRow]
  var systemRows: Int
  var mergedOpens: Int
  var droppedColumns: [String]
  var clients: Int
  var apps: Int
  var opens: Int
  var sessions: Int
  var sessionsWithoutApp: Int
  var contentHash: String

  init(_ report: ImportReport, _ path: String) {
    self.path = path
    rows = report.rows
    imported = report.imported
    badRows = report.badRows
    badExamples = report.badExamples.map { BadRow(line: $0.line, reason: $0.reason) }
    systemRows = report.systemRows
    mergedOpens = report.mergedOpens
    droppedColumns = report.droppedColumns
    clients = report.log.clients
    apps = report.log.apps
    opens = report.log.opens
    sessions = report.log.sessions
    sessionsWithoutApp = report.log.sessionsWithoutApp
    contentHash = report.log.contentHash
  }
}
