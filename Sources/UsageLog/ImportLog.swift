import Glibc
import Storage
import UsageData

/// Imports a log into one SQLite file at `path`, in bounded memory.
///
/// The rows may come in any order, which changes nothing: `InstantOrder` orders those of one time.
/// `progress` is told the rows read so far every 65,536 rows or sorted events, with each client
/// written, and when a signal interrupts a wait for input; what it throws ends the import. Nothing
/// stays at `path` unless the import is complete. The same input and key give the same content. With a
/// seal key what is written is sealed; rows that wait on disk to be sorted are not, in a file without a
/// name that goes with this process.
package func importLog(
  from source: ImportSource, to path: String, options: ImportOptions = ImportOptions(),
  progress: @escaping (Int) throws -> Void = { _ in }
) throws -> ImportReport {
  precondition(options.key.map { $0.count == 32 } ?? true, "the key has 32 bytes")
  precondition(options.sessionGapSeconds >= 0, "the session gap is at least 0")
  precondition(
    ImportOptions.utcOffsets.contains(options.utcOffsetSeconds ?? 0), "the offset is at most a day")
  try refuseOverwriting(source, path)
  return try withNewFile(path, overwrite: options.overwrite) { partial in
    var rowsRead = 0
    let input = try LogInput(source) { try progress(rowsRead) }
    let reader = try DelimitedReader(input, delimiter: options.format.delimiter)
    let columns = try readHeader(reader, options, name: source.name)
    var parser = RowParser(columns, options)
    var survey = TimeSurvey()
    let sorter = EventSorter(beside: path, runCapacity: options.sortCapacity)
    var report = ImportReport()
    report.columns = columns.used
    report.droppedColumns = columns.dropped
    reading: while true {
      switch try readRow(reader, &parser, &report, options, name: source.name) {
      case .event(let event):
        let time = event.time
        if options.times.contains(time) {
          try sorter.append(event)
          survey.add(time, line: reader.line)
        } else {
          report.rowsOutside += 1
        }
      case .bad: break
      case .end: break reading
      }
      rowsRead = report.rows
      if rowsRead.isMultiple(of: progressInterval) { try progress(rowsRead) }
    }
    guard report.imported > 0 else { throw nothingUsable(report, name: source.name) }
    try checkTimes(survey, parser, &report, options, name: source.name)
    try sorter.finish()

    let names = parser.apps
    let appNames = (0..<names.count).map(names.string)
    let outlying = report.outlying.map(\.times)
    report.log = try writeLog(
      to: partial.path, named: path, appNames: appNames, sealKey: options.sealKey
    ) { body in
      var builder = HistoryBuilder(
        usesSessionIDs: columns.session != nil, gap: options.sessionGapSeconds,
        mergeSeconds: options.format.mergeSeconds, fullBattery: parser.fullBattery)
      var current: Int32 = -1
      var events = 0
      report.systemRows = 0
      var waiting = parser.registeredInOrder[...]
      /// Registered clients that come before another and have no rows.
      func writeSilent(before next: (order: UInt64, client: Int32)?) throws {
        while let first = waiting.first, next.map({ first < $0 }) ?? true {
          try body(parser.hashedID(of: Int(first.client)), ClientHistory())
          waiting.removeFirst()
        }
        waiting = waiting.drop { $0.client == next?.client }
      }
      func finishClient() throws {
        guard current >= 0 else { return }
        try body(parser.hashedID(of: Int(current)), builder.take(names: names))
        try progress(rowsRead)
      }
      try sorter.forEach { event in
        if !outlying.isEmpty, outlying.contains(where: { $0.contains(event.time) }) { return }
        if event.client != current {
          try finishClient()
          try writeSilent(before: (event.clientOrder, event.client))
          current = event.client
        }
        if event.isSystem { report.systemRows += 1 }
        builder.add(event, names: names)
        events += 1
        if events.isMultiple(of: progressInterval) { try progress(rowsRead) }
      }
      try finishClient()
      try writeSilent(before: nil)
      report.mergedOpens = builder.mergedOpens
      report.duplicateRows = builder.order.duplicates
      report.tiedOpens = builder.order.tiedOpens
    }
    return report
  }
}

private let progressInterval = 65_536

/// Throws when writing `path` would destroy the log that is read.
private func refuseOverwriting(_ source: ImportSource, _ path: String) throws(UsageLogError) {
  // What cannot be told apart is not overwritten.
  func status(of path: String) throws(UsageLogError) -> stat? {
    try explaining { () throws(StorageError) in try FileKind.status(of: path) }
  }
  let input: stat?
  switch source {
  case .file(let path): input = try status(of: path)
  case .standardInput:
    var status = stat()
    // Closed, it is no file.
    input = fstat(STDIN_FILENO, &status) == 0 ? status : nil
  }
  guard let input, let output = try status(of: path), output.st_dev == input.st_dev,
    output.st_ino == input.st_ino
  else { return }
  throw UsageLogError(
    .usage, "\(source.name) is read, and writing \(path) would destroy it; choose another name")
}

private func nothingUsable(_ report: ImportReport, name: String) -> UsageLogError {
  let first = report.badExamples.first.map { ", first line \($0.line): \($0.reason)" } ?? ""
  let outside = report.rowsOutside > 0 ? ", \(report.rowsOutside) outside --from and --until" : ""
  return UsageLogError(
    .badInput,
    "\(name) has no usable row (\(report.badRows) bad ones\(first)\(outside)); check the format")
}

func readHeader(
  _ reader: DelimitedReader, _ options: ImportOptions, name: String
) throws -> ResolvedColumns {
  switch try reader.next() {
  case .end:
    throw UsageLogError(.badInput, "\(name) is empty; a log starts with a header row")
  case .malformed(let reason):
    throw UsageLogError(.badInput, "\(name):1: \(reason); a log starts with a header row")
  case .row:
    let header = (0..<reader.fieldCount).map {
      String(decoding: reader.field($0), as: UTF8.self)
    }
    if let fixed = options.format.fixedColumns {
      return try fixed.resolve(header, guessing: false, in: name)
    }
    return try options.columns.resolve(header, guessing: true, in: name)
  }
}

enum RowOutcome {
  case event(LogEvent)
  case bad
  case end
}

/// Reads one row and counts it.
func readRow(
  _ reader: DelimitedReader, _ parser: inout RowParser, _ report: inout ImportReport,
  _ options: ImportOptions, name: String
) throws -> RowOutcome {
  let reason: String
  switch try reader.next() {
  case .end: return .end
  case .malformed(let problem): reason = problem
  case .row:
    do throws(RowParser.Rejection) {
      let event = try parser.event(reader)
      report.rows += 1
      return .event(event)
    } catch {
      reason = error.reason
    }
  }
  report.rows += 1
  guard !options.isStrict else {
    throw UsageLogError(
      .badInput, "\(name):\(reader.line): \(reason); mend that row or import without --strict")
  }
  report.badRows += 1
  if report.badExamples.count < ImportReport.keptBadRows {
    report.badExamples.append(BadRow(line: reader.line, reason: reason))
  }
  return .bad
}
