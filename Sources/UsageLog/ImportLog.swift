import Glibc
import Storage
import UsageData

/// Imports a log of one or more files into one SQLite file at `path`, in bounded memory.
///
/// The rows may come in any order, which changes nothing: `InstantOrder` orders those of one time.
/// `progress` is told the rows read so far every 65,536 rows or sorted events, with each client
/// written, and when a signal interrupts a wait for input; what it throws ends the import. Nothing
/// stays at `path` unless the import is complete. The same input and key give the same content. With a
/// seal key what is written is sealed; rows that wait on disk to be sorted are not, in a file without a
/// name that goes with this process.
package func importLog(
  from sources: [ImportSource], to path: String, options: ImportOptions = ImportOptions(),
  progress: @escaping (Int) throws -> Void = { _ in }
) throws -> ImportReport {
  var options = options
  // Each thing is found once: the order of day and month, serial dates, parts of the day.
  while true {
    do {
      return try importOnce(from: sources, to: path, options: options, progress: progress)
    } catch let found as FoundTimes {
      options = try options.reading(found, from: sources)
    }
  }
}

private func importOnce(
  from sources: [ImportSource], to path: String, options: ImportOptions,
  progress: @escaping (Int) throws -> Void
) throws -> ImportReport {
  precondition(!sources.isEmpty, "a log has at least one file")
  precondition(options.key.map { $0.count == 32 } ?? true, "the key has 32 bytes")
  precondition(options.sessionGapSeconds >= 0, "the session gap is at least 0")
  precondition(
    ImportOptions.utcOffsets.contains(options.utcOffsetSeconds ?? 0), "the offset is at most a day")
  for source in sources { try refuseOverwriting(source, path) }
  try options.client.check(sources)
  var options = options
  options.files = sources
  return try withNewFile(path, overwrite: options.overwrite) { partial in
    let sorter = EventSorter(beside: path, runCapacity: options.sortCapacity)
    var reading = LogReading(options, into: sorter, progress: progress)
    for source in sources { try reading.read(source) }
    let (found, parser) = try reading.finish()
    var report = found
    let rowsRead = report.rows
    try sorter.finish()

    let names = parser.apps
    let appNames = (0..<names.count).map(names.string)
    let outlying = report.outlying.map(\.times)
    var systemOpens = [Int](repeating: 0, count: names.count)
    var launchers = LauncherSurvey()
    var isFirstPass = true
    report.log = try writeLog(
      to: partial.path, named: path, appNames: appNames, sealKey: options.sealKey
    ) { body in
      var builder = HistoryBuilder(
        usesSessionIDs: parser.usesSessionIDs, gap: options.sessionGapSeconds,
        mergeSeconds: options.format.mergeSeconds, fullBattery: parser.fullBattery,
        keepsDuplicates: options.keepsDuplicates)
      var current: Int32 = -1
      var events = 0
      /// Of the clients before the current one.
      var unlocks = 0
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
        let history = builder.take(names: names)
        if isFirstPass {
          launchers.add(history)
          report.sessions.add(history, hasUnlocks: builder.unlocks > unlocks)
        }
        unlocks = builder.unlocks
        try body(parser.hashedID(of: Int(current)), history)
        try progress(rowsRead)
      }
      try sorter.forEach { event in
        if !outlying.isEmpty, outlying.contains(where: { $0.contains(event.time) }) { return }
        if event.client != current {
          try finishClient()
          try writeSilent(before: (event.clientOrder, event.client))
          current = event.client
        }
        if event.isSystem, isFirstPass {
          report.systemRows += 1
          if event.kind == .open { systemOpens[Int(event.app)] += 1 }
        }
        builder.add(event, names: names)
        events += 1
        if events.isMultiple(of: progressInterval) { try progress(rowsRead) }
      }
      try finishClient()
      try writeSilent(before: nil)
      report.mergedOpens = builder.mergedOpens
      report.duplicateRows = builder.order.duplicates
      report.tiedOpens = builder.order.tiedOpens
      isFirstPass = false
    }
    report.systemApps = ranked(zip(appNames, systemOpens))
    report.notes += launchers.notes(names: names)
    return report
  }
}

/// Imports a log of one file.
package func importLog(
  from source: ImportSource, to path: String, options: ImportOptions = ImportOptions(),
  progress: @escaping (Int) throws -> Void = { _ in }
) throws -> ImportReport {
  try importLog(from: [source], to: path, options: options, progress: progress)
}

/// Names with at least one row, those with most first.
func ranked(_ counts: some Sequence<(String, Int)>) -> [(name: String, rows: Int)] {
  counts.filter { $0.1 > 0 }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map { (name: $0.0, rows: $0.1) }
}

let progressInterval = 65_536

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
