import UsageLog

/// What `data import --json` prints.
struct ImportSummary: Encodable {
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
  var firstTime: String?
  var lastTime: String?
  var rowsOutside: Int
  var outlyingRows: Int
  var duplicateRows: Int
  var tiedOpens: Int
  var notes: [String]

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
    firstTime = report.log.timeRange.map { localTimeText($0.lowerBound) }
    lastTime = report.log.timeRange.map { localTimeText($0.upperBound) }
    rowsOutside = report.rowsOutside
    outlyingRows = report.outlyingRows
    duplicateRows = report.duplicateRows
    tiedOpens = report.tiedOpens
    notes = report.notes
  }
}
