import Tables

/// Reads the rows of the files of one import, one file after the other.
struct LogReading {
  private let options: ImportOptions
  private let sorter: EventSorter
  private let progress: (Int) throws -> Void
  private let rowsRead = RowCount()
  private var report = ImportReport()
  private var survey = TimeSurvey()
  private var roundTimes = RoundTimes()
  private var places: LogPlaces
  private var parser: RowParser?

  /// The rows read so far, for whoever waits for input.
  private final class RowCount {
    var rows = 0
  }

  /// Puts the events into `sorter`; `progress` is told the rows read every 65,536 rows.
  init(
    _ options: ImportOptions, into sorter: EventSorter, progress: @escaping (Int) throws -> Void
  ) {
    places = LogPlaces(fileCount: options.files.count)
    self.options = options
    self.sorter = sorter
    self.progress = progress
  }

  mutating func read(_ source: ImportSource) throws {
    do {
      try readFile(source)
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
      let columns = try comparing(source) { try readHeader(reader, options, name: name) }
      try readRows(reader, columns, source, shape)
    case .jsonLines, .json:
      let head = JSONHead(head, isLines: shape == .jsonLines)
      let found = try comparing(source) { try columns(of: head, options, name: name) }
      let fields = JSONFields(names: head.names)
      if shape == .jsonLines {
        try readRows(try JSONLinesReader(input, fields), found, source, shape)
      } else {
        let reader = try JSONReader(input, fields, takesOuterObjects: head.takesOuterObjects)
        try readRows(reader, found, source, shape)
      }
    case .usageDump:
      guard options.client != .column || options.columns.hasColumn(for: .client) else {
        throw UsageLogError(
          .badInput,
          "\(name) is the output of `dumpsys usagestats`, which does not say whose it is; "
            + options.clientAdvice)
      }
      let columns = try options.columns.resolve(
        UsageDumpReader.header, guessing: true, in: name, needsClient: options.client == .column,
        options)
      try readRows(try UsageDumpReader(input), columns, source, shape)
    }
  }

  /// Finds the columns of a file; says what the other files have where its header is the mistake.
  private func comparing(
    _ source: ImportSource, _ find: () throws -> ResolvedColumns
  ) throws -> ResolvedColumns {
    do { return try find() } catch let error as UsageLogError where error.kind == .badInput {
      throw HeaderMistake(in: source, options)?.error ?? error
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
    func addNote(_ note: String) {
      report.notes.append(options.files.count > 1 ? "\(name): \(note)" : note)
    }
    if let note = columns.note { addNote(note) }
    if let unread = columns.unreadClient {
      addNote(
        "the column \(quoted(unread)) looks like the client and was not read, because "
          + (client.map { "all rows are those of \(quoted($0))" } ?? "--client names it"))
    }
    var file = ImportedFile(
      name: name, shape: shape.name, client: client, columns: columns.used,
      droppedColumns: columns.dropped)
    let (earlierRows, earlierBadRows) = (report.rows, report.badRows)
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
    if options.files.count > 1, file.rows > 0, report.badRows - earlierBadRows == file.rows {
      if let mistake = HeaderMistake(in: source, options) { throw mistake.error }
      addNote("none of its rows is of use (\(file.rows))")
    }
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
    report.notes += report.notesOnHeaders()
    report.sessions.gapSeconds = options.sessionGapSeconds
    report.sessions.column =
      parser.usesSessionIDs ? report.columns.first { $0.role == .session }?.header : nil
    for header in report.files.flatMap(\.droppedColumns)
    where isDuration(header) && !report.sessions.durations.contains(header) {
      report.sessions.durations.append(header)
    }
    report.ignoredEvents = ranked(parser.ignoredEvents.map { ($0.key, $0.value) })
    return (report, parser)
  }

  private func nothingUsable() -> UsageLogError {
    var parts: [String] = []
    if report.ignoredRows > 0 { parts.append("\(report.ignoredRows) of events that open nothing") }
    if report.rowsOutside > 0 { parts.append("\(report.rowsOutside) outside --from and --until") }
    if let first = report.badExamples.first {
      let file = report.files.count > 1 ? " of \(first.file)" : ""
      parts.append(
        counted(report.badRows, "bad row") + (report.badRows == 1 ? "" : ", the first")
          + " on line \(first.line)\(file): \(first.reason)")
    }
    let found = parts.isEmpty ? "it has no rows" : parts.joined(separator: ", ")
    return UsageLogError(
      .badInput,
      "\(places.name) has no usable row: \(found)" + (remedy.map { "; \($0)" } ?? ""))
  }

  /// What to do where no row is of use; nil where the reason of the first bad row says it.
  private var remedy: String? {
    let reason = report.badExamples.first?.reason
    if reason?.hasPrefix(unknownEvent) ?? (report.ignoredRows > report.rowsOutside) {
      return "if that column says nothing about opens, leave it out with --columns event=none"
    }
    guard let reason else { return report.rowsOutside > 0 ? "give other days" : "check the file" }
    return reason.contains("--") || reason.contains("; ") ? nil : "check the format"
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
