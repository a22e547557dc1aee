/// A row that could not be used.
package struct BadRow: Error, Equatable {
  package let file: String
  /// Line of the file on which the row starts, from 1, or its number where a file has no lines.
  package let line: Int
  package let reason: String
}

/// One file of an import.
package struct ImportedFile: Sendable {
  package let name: String
  /// How its rows are written, in words.
  package let shape: String
  /// The client of all its rows; nil where a column names it.
  package let client: String?
  /// The header read for each column that was found.
  package let columns: [(role: ColumnRole, header: String)]
  package let droppedColumns: [String]
  package var rows = 0
}

/// What an import found.
package struct ImportReport: Sendable {
  /// Rows after the header, blank lines left out.
  package var rows = 0
  package var badRows = 0
  /// The first bad rows, at most `keptBadRows`.
  package var badExamples: [BadRow] = []
  /// Good rows outside the times that were asked for.
  package var rowsOutside = 0
  /// Good rows that were left out because they lie more than a year from the others.
  package var outlying: [TimeGroup] = []
  /// Good rows whose event is known and ignored.
  package var ignoredRows = 0
  /// How many of them have which event, most first.
  package var ignoredEvents: [(name: String, rows: Int)] = []
  /// Rows of the log that say the same as another; left out unless the options keep them.
  package var duplicateRows = 0
  /// Opens at the same time as another app's of the same client: nothing tells which came first, so
  /// they stand in the order of the apps' names.
  package var tiedOpens = 0
  /// What a user should look at, a sentence each.
  package var notes: [String] = []
  /// Rows of system apps; they prolong sessions but open nothing.
  package var systemRows = 0
  /// Opens of which of these apps are in the log, most first.
  package var systemApps: [(name: String, rows: Int)] = []
  /// Opens that continued the use before them.
  package var mergedOpens = 0
  /// In the order in which they were read.
  package var files: [ImportedFile] = []
  /// The header read for each column that was found in the first file.
  package var columns: [(role: ColumnRole, header: String)] { files.first?.columns ?? [] }
  package var droppedColumns: [String] { files.first?.droppedColumns ?? [] }
  package var log = LogSummary()
  package var times = TimeReading()
  package var sessions = SessionReading()

  package static let keptBadRows = 20

  /// What a user must know where many rows are bad; nil where few are.
  package var warning: String? {
    guard badRows * 10 > rows else { return nil }
    return
      "Warning: \(badRows) of \(rows) rows (\(badRows * 100 / rows) %) are bad and were left out; what is left "
      + "may differ from the whole, so mend these rows or say how they are meant before you use the log."
  }

  /// Rows of which the log was made, with those that say the same as another.
  package var imported: Int {
    rows - badRows - ignoredRows - rowsOutside - outlyingRows
  }
  package var outlyingRows: Int { outlying.reduce(0) { $0 + $1.rows } }
}

/// The size and identity of a usage log.
package struct LogSummary: Equatable, Sendable {
  package var clients = 0
  package var apps = 0
  package var opens = 0
  package var sessions = 0
  package var sessionsWithoutApp = 0
  /// First and last local time of any session; nil when there is none.
  package var timeRange: ClosedRange<Int64>?
  /// SHA-256 of the content in order, in hexadecimal.
  package var contentHash = ""
}
