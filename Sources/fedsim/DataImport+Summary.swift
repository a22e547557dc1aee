import UsageLog

/// What `data import --json` prints.
struct ImportSummary: Encodable {
  struct BadRow: Encodable {
    var file: String
    var line: Int
    var reason: String
  }

  struct File: Encodable {
    var name: String
    var format: String
    var client: String?
    var columns: [String: String]
    var droppedColumns: [String]
    var rows: Int
  }

  struct Count: Encodable {
    var name: String
    var rows: Int
  }

  var path: String
  var files: [File]
  var otherFiles: [String]
  var rows: Int
  var imported: Int
  var badRows: Int
  var badExamples: [BadRow]
  var ignoredRows: Int
  var ignoredEvents: [Count]
  var systemRows: Int
  var systemApps: [Count]
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
  var timeForms: [TimeForm]
  var timeOrder: String?
  var timeZone: String
  var timeNote: String?
  var convertedTimes: Int
  var repeatedTimes: Int
  /// How sessions were found.
  var sessionNotes: [String]
  var clientsWithoutUnlock: Int
  /// The file with the key of the client ids; left out where the key is forgotten.
  var keyFile: String?

  struct TimeForm: Encodable {
    var form: String
    var rows: Int
  }

  init(_ report: ImportReport, _ path: String, keyFile: String?, otherFiles: [String]) {
    self.path = path
    self.otherFiles = otherFiles
    files = report.files.map { file in
      File(
        name: file.name, format: file.shape, client: file.client,
        columns: Dictionary(
          file.columns.map { ($0.role.rawValue, $0.header) },
          uniquingKeysWith: { first, _ in first }),
        droppedColumns: file.droppedColumns, rows: file.rows)
    }
    rows = report.rows
    imported = report.imported
    badRows = report.badRows
    badExamples = report.badExamples.map { BadRow(file: $0.file, line: $0.line, reason: $0.reason) }
    ignoredRows = report.ignoredRows
    ignoredEvents = report.ignoredEvents.map { Count(name: $0.name, rows: $0.rows) }
    systemRows = report.systemRows
    systemApps = report.systemApps.map { Count(name: $0.name, rows: $0.rows) }
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
    notes = (report.warning.map { [$0] } ?? []) + report.notes
    timeForms = report.times.forms.map { TimeForm(form: $0.form.name, rows: $0.rows) }
    timeOrder = report.times.order
    timeZone = report.times.zone
    timeNote = report.times.note
    convertedTimes = report.times.convertedRows
    repeatedTimes = report.times.repeatedRows
    sessionNotes = report.sessions.lines
    clientsWithoutUnlock = report.sessions.clientsWithoutUnlock
    self.keyFile = keyFile
  }
}
