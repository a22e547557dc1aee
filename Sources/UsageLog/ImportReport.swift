/// A row that could not be used.
package struct BadRow: Error, Equatable {
  /// Line of the file on which the row starts; the header is line 1.
  package let line: Int
  package let reason: String
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
  /// Rows of the log that say the same as another, which is kept as well.
  package var duplicateRows = 0
  /// Opens at the same time as another app's of the same client: nothing tells which came first, so
  /// they stand in the order of the apps' names.
  package var tiedOpens = 0
  /// What a user should look at, a sentence each.
  package var notes: [String] = []
  /// Rows of system apps; they prolong sessions but open nothing.
  package var systemRows = 0
  /// Opens that continued the use before them.
  package var mergedOpens = 0
  /// The header read for each column that was found.
  package var columns: [(role: ColumnRole, header: String)] = []
  package var droppedColumns: [String] = []
  package var log = LogSummary()

  package static let keptBadRows = 20

  /// Rows that went into the log.
  package var imported: Int { rows - badRows - rowsOutside - outlyingRows }
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
