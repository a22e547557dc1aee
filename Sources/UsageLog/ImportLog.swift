import UsageData

/// Imports a log into one SQLite file at `path`, in bounded memory.
///
/// The rows may come in any order. `progress` is told the rows read so far every 65,536 rows; what
/// it throws ends the import. Nothing stays at `path` unless the import is complete. The same
/// input and key give the same content.
package func importLog(
  from source: ImportSource, to path: String, options: ImportOptions = ImportOptions(),
  progress: (Int) throws -> Void = { _ in }
) throws -> ImportReport {
  precondition(options.key.map { $0.count == 32 } ?? true, "the key has 32 bytes")
  try checkTarget(path, overwrite: options.overwrite)
  let reader = try DelimitedReader(LogInput(source), delimiter: options.format.delimiter)
  let columns = try readHeader(reader, options, name: source.name)
  var parser = RowParser(columns, options)
  let sorter = EventSorter(beside: path, runCapacity: options.sortCapacity)
  var report = ImportReport()
  report.columns = columns.used
  report.droppedColumns = columns.dropped
  while let event = try nextEvent(reader, &parser, &report, options, name: source.name) {
    try sorter.append(event)
    if report.rows % 65_536 == 0 { try progress(report.rows) }
  }
  guard report.imported > 0 else {
    let first = report.badExamples.first.map { ", first line \($0.line): \($0.reason)" } ?? ""
    throw UsageLogError(
      .badInput,
      "\(source.name) has no usable row (\(report.badRows) bad ones\(first)); check the format")
  }
  try sorter.finish()

  let appNames = (0..<parser.apps.count).map(parser.apps.string)
  report.log = try writeLog(to: path, appNames: appNames) { body in
    var builder = HistoryBuilder(
      usesSessionIDs: columns.session != nil, gap: options.sessionGapSeconds,
      mergeSeconds: options.mergeSeconds ?? options.format.mergeSeconds)
    var current: Int32 = -1
    func finishClient() throws {
      if current >= 0 { try body(parser.hashedID(of: Int(current)), builder.take()) }
    }
    try sorter.forEach { event in
      if event.client != current {
        try finishClient()
        current = event.client
      }
      builder.add(event)
    }
    try finishClient()
    report.mergedOpens = builder.mergedOpens
  }
  return report
}

private func readHeader(
  _ reader: DelimitedReader, _ options: ImportOptions, name: String
) throws(UsageLogError) -> ResolvedColumns {
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

/// The event of the next usable row, or nil at the end; bad rows on the way are counted.
private func nextEvent(
  _ reader: DelimitedReader, _ parser: inout RowParser, _ report: inout ImportReport,
  _ options: ImportOptions, name: String
) throws(UsageLogError) -> LogEvent? {
  while true {
    let reason: String
    switch try reader.next() {
    case .end: return nil
    case .malformed(let problem): reason = problem
    case .row:
      do throws(RowParser.Rejection) {
        let event = try parser.event(reader, row: report.rows)
        report.rows += 1
        if event.isSystem { report.systemRows += 1 }
        return event
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
  }
}
