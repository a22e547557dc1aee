import Foundation
import UsageData

@testable import UsageLog

private let file = InputFile()

/// A log behind one letter: its format (c, t, l, s), in capitals strict and with an offset of the clock.
///
/// Rows become events, events become histories, as in an import.
@Sendable func readLog(_ input: UnsafeRawBufferPointer) {
  guard let letter = input.first else { return }
  var options = ImportOptions()
  switch letter | 0x20 {
  case UInt8(ascii: "t"): options.format = .tsv
  case UInt8(ascii: "l"): options.format = .lsapp
  case UInt8(ascii: "s"): options.format = .studentlife
  default: options.format = .csv
  }
  options.isStrict = letter & 0x20 == 0
  if options.isStrict { options.utcOffsetSeconds = -18_000 }
  options.key = [UInt8](repeating: 1, count: 32)
  file.hold(input.dropFirst())
  do {
    try readRows(options)
  } catch let error as UsageLogError {
    require(error.kind == .badInput, "exit code of: \(error)")
  } catch is FoundTimes {
    // An import would read the log again.
  } catch {
    require(false, "an error of another layer: \(error)")
  }
}

private func readRows(_ options: ImportOptions) throws {
  let source = ImportSource.file(file.path)
  let delimiter = options.format.delimiter ?? UInt8(ascii: ",")
  let reader = try DelimitedReader(LogInput(source) {}, delimiter: delimiter)
  let columns = try readHeader(reader, options, name: source.name)
  var parser = RowParser(columns, options)
  var report = ImportReport()
  var events: [LogEvent] = []
  reading: while true {
    switch try readRow(reader, &parser, &report, options, name: source.name) {
    case .event(let event): events.append(event)
    case .bad, .ignored: break
    case .end: break reading
    }
  }
  require(
    events.count + report.badRows + report.ignoredRows == report.rows,
    "every row is an event, bad or ignored")
  let forwards = histories(of: events, columns, parser, options)
  let backwards = histories(of: events.reversed(), columns, parser, options)
  // Histories are compared as text: nothing else needs them to be equatable.
  require("\(forwards)" == "\(backwards)", "the order of the rows plays no part")
}

/// The histories of all clients, in order.
private func histories(
  of events: some Sequence<LogEvent>, _ columns: ResolvedColumns, _ parser: RowParser,
  _ options: ImportOptions
) -> [ClientHistory] {
  let names = parser.apps
  var builder = HistoryBuilder(
    usesSessionIDs: columns.session != nil, gap: options.sessionGapSeconds,
    mergeSeconds: options.format.mergeSeconds, fullBattery: parser.fullBattery)
  var histories: [ClientHistory] = []
  var current: Int32?
  for event in events.sorted(by: LogEvent.areInOrder) {
    if let current, event.client != current { histories.append(builder.take(names: names)) }
    current = event.client
    builder.add(event, names: names)
  }
  histories.append(builder.take(names: names))
  for history in histories { check(history, apps: names.count) }
  return histories
}

private func check(_ history: ClientHistory, apps: Int) {
  var last = Int64.min
  for session in history.sessions {
    require(session.start >= last && session.end >= session.start, "sessions in order")
    last = session.start
  }
  for open in history.opens { require((0..<apps).contains(Int(open.app)), "apps have names") }
}
