import Glibc
import Sealing

/// The shape of a log's rows.
package enum LogFormat: String, Sendable, CaseIterable {
  /// Delimited text (RFC 4180) or JSON; the first rows show which, and what the delimiter is.
  case csv
  /// Tab-separated text.
  case tsv
  /// `lsapp.tsv` of the LSApp collection (https://github.com/aliannejadi/LSApp).
  ///
  /// Only `Opened` rows are opens; `Closed`, `User Interaction` and `Broken` prolong the session and
  /// the use of their app. Sessions are the file's own (5 idle minutes). As in the collection's own
  /// preparation, an app seen again within a minute and with no other app between is still in use.
  case lsapp
  /// `events.csv.gz` reconstructed from StudentLife task stacks.
  case studentlife

  /// Nil where the rows show it.
  var delimiter: UInt8? {
    switch self {
    case .csv: nil
    case .studentlife: UInt8(ascii: ",")
    case .tsv, .lsapp: UInt8(ascii: "\t")
    }
  }

  /// Uses of one app at most this many seconds apart are one open; 0 keeps every open.
  var mergeSeconds: Int64 { self == .lsapp ? 60 : 0 }

  /// The only columns a fixed format reads; nil where they are mapped or guessed.
  var fixedColumns: ColumnMapping? {
    switch self {
    case .csv, .tsv: nil
    case .lsapp:
      ColumnMapping([
        .client: "user_id", .time: "timestamp", .app: "app_name", .event: "event_type",
        .session: "session_id",
      ])
    case .studentlife:
      ColumnMapping(
        [
          .client: "user_id", .time: "timestamp", .app: "app", .system: "is_system",
          .session: "session_id", .place: "place_id", .order: "order_in_interval",
        ], optional: [.order])
    }
  }
}

/// How a log is read.
package struct ImportOptions: Sendable {
  package var format = LogFormat.csv
  /// Header names of `csv` and `tsv`; a column that is not named is guessed from the header.
  package var columns = ColumnMapping()
  /// What separates the fields; nil where the format or the rows show it.
  package var delimiter: UInt8?
  /// Whether the first row of delimited text names its columns.
  package var hasHeader = true
  /// The encoding of the text, as `iconv` names it; nil for UTF-8.
  package var encoding: String?
  /// What says whose the rows of a file are.
  package var client = ClientSource.column
  /// Keep rows that say the same as another: same client, time, event, app and context.
  package var keepsDuplicates = false
  /// Stop at the first bad row instead of counting it.
  package var isStrict = false
  /// 32 bytes that hash client ids; nil draws a key that nobody keeps.
  package var key: [UInt8]?
  /// Ids of all registered clients, which are in the log with or without rows; rows of others are bad.
  ///
  /// Nil registers those that have rows.
  package var registered: [String]?
  /// Seals what the clients did, day by day; nil writes rows in clear.
  package var sealKey: SealingKey?
  /// A pause longer than this ends a session that no unlock began; at least 0.
  package var sessionGapSeconds: Int64 = 300
  /// How times are written; nil finds it out.
  package var timeFormat: TimeFormat?
  /// The zone of the phones, which makes local times of instants.
  ///
  /// Instants are Unix times, and times that say their own offset or zone. A column for zones decides
  /// instead where there is one. Nil counts Unix times in UTC and takes all others as they are written.
  package var timeZone: LogZone?
  /// The phones' local time minus UTC, at most a day either way; an offset in place of `timeZone`.
  package var utcOffsetSeconds: Int64?
  /// The zone of times that name none; nil takes them for the phone's own clock.
  package var sourceZone: LogZone?
  /// All files of the import.
  var files: [ImportSource] = []
  /// What an earlier reading of the same log found out.
  var foundTimes: FoundTimes?
  /// Whether an earlier reading found that numbers below 1 beside a date are parts of the day.
  var foundFractions = false
  /// Local times outside are left out and counted.
  package var times: ClosedRange<Int64> = 0...Int64.max
  /// Takes rows whose times lie far from all others as they are.
  package var keepsAllTimes = false
  /// Seconds since 1970; decides whether times that lie after it are doubted, never what is imported.
  package var now = Int64(time(nil))
  /// Apps a person does not choose to open; a mapped `system` column decides instead.
  package var systemApps = AppPatterns.system
  /// Replace an existing database.
  package var overwrite = false
  /// Rows sorted in memory at once, 64 bytes each; the others wait on disk beside the output.
  package var sortCapacity = 1 << 19

  /// What says whose the rows of several files are, where no column does: their names, or those of their
  /// folders where two files are called alike; nil for one file.
  var clientOfSeveral: ClientSource? {
    guard files.count > 1 else { return nil }
    do throws(UsageLogError) { try ClientSource.fileName.check(files) } catch { return .folderName }
    return .fileName
  }

  /// The options that say whose the rows are, where no column does.
  var clientAdvice: String {
    switch clientOfSeveral {
    case nil:
      "name the person with --client NAME, or take the names of the files with --client-from file"
    case .folderName:
      "where each folder is one person's, take their names with --client-from folder; where all are one "
        + "person's, name the person with --client NAME"
    default:
      "where each file is one person's, take their names with --client-from file; where all are one "
        + "person's, name the person with --client NAME"
    }
  }

  /// What instants become local times of.
  var zone: LogZone? { timeZone ?? utcOffsetSeconds.map { LogZone(offset: $0) } }

  package static let utcOffsets: ClosedRange<Int64> = -86_400...86_400

  package init(format: LogFormat = .csv) {
    self.format = format
  }
}
