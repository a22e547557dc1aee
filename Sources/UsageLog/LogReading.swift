/// Reads the rows of the files of one import, one file after the other.
struct LogReading {
  private let options: ImportOptions
  private let sorter: EventSorter
  private let progress: (Int) throws -> Void
  private let rowsRead = RowCount()
  private let fileCount: Int
  private var report = ImportReport()
  private var survey = TimeSurvey()
  private var roundTimes = RoundTimes()
  private var places = LogPlaces()
  private var parser: RowParser?

  /// The rows read so far, for whoever waits for input.
  private final class RowCount {
    var rows = 0
  }

  /// Puts the events into `sorter`; `progress` is told the rows read every 65,536 rows.
  init(
    _ options: ImportOptions, fileCount: Int, into sorter: EventSorter,
    progress: @escaping (Int) throws -> Void
  ) {
    self.fileCount = fileCount
    self.options = options
    self.sorter = sorter
    self.progress = progress
  }

  mutating func read(_ source: ImportSource) throws {
    do {
      try readFile(source)
    } catch let conflict as DateConflict {
      throw conflict.error(places)
    } catch let found as FoundTimes {
      throw found.placed(places)
    }
  }

  private mutating func readFile(_ source: ImportSource) throws {
    let input = try LogInput(source, encoding: options.encoding) { [progress, rowsRead] in
      try progress(rowsRead.rows)
    }
    let name = source.name
    let head = try input.peek(LogShape.headSize)
    let shape = try head.withUnsafeBufferPointer { head in
      try refuseForeignFile(head, name: name)
      return LogShape(head, isWhole: head.count < LogShape.headSize, options, name: name)
    }
    switch shape {
    case .delimited(let delimiter):
      let reader = try DelimitedReader(input, delimiter: delimiter)
      try readRows(reader, try readHeader(reader, options, name: name), source, shape)
    case .jsonLines, .json:
      let head = JSONHead(head, isLines: shape == .jsonLines)
      let columns = try columns(of: head, options, name: name)
      let fields = JSONFields(names: head.names)
      if shape == .jsonLines {
        try readRows(try JSONLinesReader(input, fields), columns, source, shape)
      } else {
        let reader = try JSONReader(input, fields, takesOuterObjects: head.takesOuterObjects)
        try readRows(reader, columns, source, shape)
      }
    case .usageDump:
      let columns = try options.columns.resolve(
        UsageDumpReader.header, guessing: true, in: name, needsClient: options.client == .column)
      try readRows(try UsageDumpReader(input), columns, source, shape)
    }
  }

  private mutating func readRows(
    _ reader: some RowReader, _ columns: ResolvedColumns, _ source: ImportSource, _ shape: LogShape
  ) throws {
    let name = source.name
    let client = try source.clientName(options.client)
    var parser = parser.take() ?? RowParser(columns, options)
    let earlierLines = places.lines
    places.begin(name, countsRows: shape == .json)
    try parser.begin(columns, client: client, earlierLines: earlierLines, name: name)
    /// Says in which of several files it is so.
    func addNote(_ note: String) { report.notes.append(fileCount > 1 ? "\(name): \(note)" : note) }
    if let note = columns.note { addNote(note) }
    if let unread = columns.unreadClient {
      addNote(
        "the column \(quoted(unread)) looks like the client and was not read, because "
          + (client.map { "all rows are those of \(quoted($0))" } ?? "--client names it"))
    }
    var file = ImportedFile(
      name: name, shape: shape.name, client: client, columns: columns.used,
      droppedColumns: columns.dropped)
    let earlierRows = report.rows
    reading: while true {
      switch try readRow(reader, &parser, &report, options, name: name) {
      case .event(let event):
        let time = event.time
        if options.times.contains(time) {
          try sorter.append(event)
          survey.add(time, line: earlierLines + reader.line)
          roundTimes.add(time)
        } else {
          report.rowsOutside += 1
        }
      case .bad, .ignored: break
      case .end: break reading
      }
      if report.rows.isMultiple(of: progressInterval) {
        rowsRead.rows = report.rows
        try progress(report.rows)
      }
    }
    rowsRead.rows = report.rows
    file.rows = report.rows - earlierRows
    report.files.append(file)
    places.end(lines: reader.line)
    self.parser = consume parser
  }

  /// Checks the times of all rows; throws where none is of use.
  mutating func finish() throws -> (report: ImportReport, parser: RowParser) {
    if let parser { try finishTimes(parser, options, &report, places) }
    guard let parser, report.imported > 0 else { throw nothingUsable() }
    try checkTimes(survey, parser, &report, options, places)
    if let note = roundTimes.note { report.notes.append(note) }
    report.ignoredEvents = ranked(parser.ignoredEvents.map { ($0.key, $0.value) })
    return (report, parser)
  }

  private func nothingUsable() -> UsageLogError {
    let first = report.badExamples.first
    let example = first.map { row in
      let file = report.files.count > 1 ? " of \(row.file)" : ""
      return ", first line \(row.line)\(file): \(row.reason)"
    }
    let ignored =
      report.ignoredRows > 0 ? ", \(report.ignoredRows) of events that open nothing" : ""
    let outside = report.rowsOutside > 0 ? ", \(report.rowsOutside) outside --from and --until" : ""
    let remedy =
      first?.reason.hasPrefix(unknownEvent) == true
      ? "if that column says nothing about opens, leave it out with --columns event=none"
      : "check the format"
    return UsageLogError(
      .badInput,
      "\(places.name) has no usable row (\(report.badRows) bad ones\(example ?? "")\(ignored)\(outside)); "
        + remedy)
  }
}

enum RowOutcome {
  case event(LogEvent)
  case bad
  /// Its event is known and of no use.
  case ignored
  case end
}

/// Reads one row and counts it.
func readRow(
  _ reader: some RowReader, _ parser: inout RowParser, _ report: inout ImportReport,
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
      if error.isIgnored {
        report.rows += 1
        report.ignoredRows += 1
        return .ignored
      }
      if let end = error.end { throw end }
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
    report.badExamples.append(BadRow(file: name, line: reader.line, reason: reason))
  }
  return .bad
}
