import Crypto
import Glibc
import Tables
import UsageData

/// Turns the rows of one log into events, numbering clients and apps as they appear.
struct RowParser {
  /// Why a row is of no use.
  struct Rejection: Error {
    let reason: String
    /// Whether the row is as it should be, and only says what nobody asks.
    var isIgnored = false
    /// What the row means for the rows before it, which ends the import.
    var end: (any Error & Sendable)?
  }

  private(set) var apps = ByteInterner()
  /// What a full battery is logged as: 1 until a percent sign or a level above 1 says 100.
  private(set) var fullBattery: Float = 1
  /// The rows of each form of time, and the line of the first.
  private(set) var timeForms = TimeForm.allCases.map { (form: $0, rows: 0, line: 0) }
  private(set) var timeReader: TimeReader
  /// Of the rows whose times were asked for.
  private(set) var units: UnitSurvey
  private let times: ClosedRange<Int64>
  private var columns: ResolvedColumns
  /// The client of all rows of the file, where no column names it.
  private var fileClient = 0
  /// Lines of the files before this one.
  private var earlierLines = 0
  private let zeroIsNoPlace: Bool
  private let systemApps: AppPatterns
  private let key: SymmetricKey
  private var clients = ByteInterner()
  /// 16 bytes per client: half a SHA-256 is enough to tell clients apart.
  private var hashedIDs: [UInt8] = []
  private var clientOrders: [UInt64] = []
  private var isSystemApp: [Bool] = []
  private var eventWords = ByteInterner()
  private var words: [EventWord] = []
  /// The rows of each event word that is ignored.
  private var ignoredRows: [Int] = []
  private var networkWords = ByteInterner()
  private var networks: [Network] = []

  /// Clients known before the first row; 0 where any client may come.
  let registered: Int

  private static let hashedIDSize = 16

  init(_ columns: ResolvedColumns, _ options: ImportOptions) {
    self.columns = columns
    timeReader = TimeReader(options)
    timeReader.begin(columns)
    units = UnitSurvey(now: options.now)
    times = options.times
    zeroIsNoPlace = options.format == .studentlife
    systemApps = options.systemApps
    key = options.key.map { SymmetricKey(data: $0) } ?? SymmetricKey(size: .bits256)
    let names = options.registered ?? []
    registered = Set(names).count
    for name in names {
      Array(name.utf8).withUnsafeBufferPointer { _ = internClient($0) }
    }
  }

  /// Goes on with the rows of another file.
  ///
  /// - Parameters:
  ///   - client: the client of all its rows; nil where a column names it.
  ///   - earlierLines: the lines of the files before it.
  mutating func begin(
    _ columns: ResolvedColumns, client: String?, earlierLines: Int, name: String
  ) throws(UsageLogError) {
    guard (columns.session != nil) == usesSessionIDs else {
      throw UsageLogError(
        .badInput,
        "\(name) has \(usesSessionIDs ? "no" : "a") session column, unlike the files before it; leave the "
          + "sessions of all files out with --columns session=none")
    }
    self.columns = columns
    timeReader.begin(columns)
    self.earlierLines = earlierLines
    guard let client else { return }
    fileClient = try Array(client.utf8).withUnsafeBufferPointer { id throws(UsageLogError) in
      guard registered == 0 || clients.contains(id) else {
        throw UsageLogError(
          .badInput,
          "\(name): the client '\(PrintableText.excerpt(client))' is not in the list of registered clients "
            + "(--clients); add it there")
      }
      return internClient(id)
    }
  }

  /// Whether the log has sessions of its own.
  var usesSessionIDs: Bool { columns.session != nil }

  /// Rows of each event that is known and ignored, by its name.
  var ignoredEvents: [String: Int] {
    var counts: [String: Int] = [:]
    for (word, rows) in zip(words, ignoredRows) where rows > 0 {
      if case .ignored(let name) = word { counts[name, default: 0] += rows }
    }
    return counts
  }

  /// The event of the reader's current row.
  mutating func event(_ reader: some RowReader) throws(Rejection) -> LogEvent {
    guard reader.fieldCount == columns.fieldCount else {
      throw Rejection(
        reason: "\(reader.fieldCount) fields where the header has \(columns.fieldCount)")
    }
    if let column = columns.client {
      let field = reader.field(column)
      guard !field.isEmpty else { throw Rejection(reason: "the client is empty") }
      guard registered == 0 || clients.contains(field) else {
        throw Rejection(reason: "the client is not in the list of registered clients")
      }
    }
    let (time, timeText) = try timeReader.time(of: reader, line: earlierLines + reader.line)
    let kind = try eventKind(reader)
    let appField = reader.field(columns.app)
    guard !appField.isEmpty || !kind.needsApp else { throw Rejection(reason: "the app is empty") }
    let session = optional(columns.session, reader)
    guard session != nil || columns.session == nil else {
      throw Rejection(reason: "the session is empty")
    }
    let isMarkedSystem = try flag(columns.system, reader)
    let isCharging = try flag(columns.charging, reader)
    let battery = try battery(reader)
    let order = try order(reader)

    // Nothing is interned before the whole row is known to be good.
    let client = columns.client.map { internClient(reader.field($0)) } ?? fileClient
    count(time, timeText, line: earlierLines + reader.line)
    var event = LogEvent(
      clientOrder: clientOrders[client], instant: time.instant, client: Int32(client))
    event.order = order
    event.kind = kind
    event.isCharging = isCharging ?? false
    event.battery = battery
    if !appField.isEmpty {
      event.app = Int32(internApp(appField))
      event.isSystem = isMarkedSystem ?? isSystemApp[Int(event.app)]
    }
    if let session { event.session = sessionID(session) }
    if let field = optional(columns.place, reader), !(zeroIsNoPlace && field.elementsEqual([0x30]))
    {
      event.place = hash64(field)
    }
    if let field = optional(columns.notification, reader) {
      let app = internApp(field)
      if !isSystemApp[app] { event.notification = Int32(app) }
    }
    if let field = optional(columns.network, reader) {
      let word = networkWords.intern(field)
      if word == networks.count { networks.append(Network(logged: field)) }
      event.network = networks[word]
    }
    return event
  }

  private mutating func count(_ time: LoggedTime, _ field: Field, line: Int) {
    let form = time.form.rawValue
    if timeForms[form].rows == 0 { timeForms[form].line = line }
    timeForms[form].rows += 1
    if times.contains(time.instant / 1_000_000) { units.add(field, time, line: line) }
  }

  func hashedID(of client: Int) -> [UInt8] {
    Array(hashedIDs[(client * Self.hashedIDSize)..<((client + 1) * Self.hashedIDSize)])
  }

  /// Registered clients in the order in which a log has them.
  var registeredInOrder: [(order: UInt64, client: Int32)] {
    (0..<registered).map { (clientOrders[$0], Int32($0)) }.sorted { $0 < $1 }
  }

  private mutating func internClient(_ field: Field) -> Int {
    let client = clients.intern(field)
    if client == clientOrders.count {
      let code = HMAC<SHA256>.authenticationCode(for: UnsafeRawBufferPointer(field), using: key)
      hashedIDs.append(contentsOf: code.prefix(Self.hashedIDSize))
      clientOrders.append(code.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
    return client
  }

  private mutating func internApp(_ field: Field) -> Int {
    let app = apps.intern(field)
    if app == isSystemApp.count { isSystemApp.append(systemApps.match(apps.string(app))) }
    return app
  }

  private mutating func eventKind(_ reader: some RowReader) throws(Rejection) -> EventKind {
    guard let index = columns.event else { return .open }
    let field = reader.field(index)
    let word = eventWords.intern(field)
    if word == words.count {
      words.append(EventWord(field))
      ignoredRows.append(0)
    }
    switch words[word] {
    case .kind(let kind): return kind
    case .ignored:
      ignoredRows[word] += 1
      throw Rejection(reason: "", isIgnored: true)
    case .unknown:
      throw Rejection(
        reason:
          "\(unknownEvent) '\(excerpt(field))' (known are open, close, unlock, lock, install and the "
          + "types of Android's UsageEvents)")
    }
  }

  private mutating func battery(_ reader: some RowReader) throws(Rejection) -> Float {
    guard var field = optional(columns.battery, reader) else { return -1 }
    let isPercent = field.last == UInt8(ascii: "%")
    if isPercent { field = Field(rebasing: field.dropLast()) }
    guard let value = Float(String(decoding: field, as: UTF8.self)), (0...100).contains(value)
    else {
      throw Rejection(reason: "'\(excerpt(field))' is not a battery level (0 to 1, or 0 to 100)")
    }
    if isPercent || value > 1 { fullBattery = 100 }
    // A database does not keep the sign of a zero.
    return value + 0
  }

  private func order(_ reader: some RowReader) throws(Rejection) -> Int64 {
    guard let field = optional(columns.order, reader) else { return 0 }
    guard let value = Int64(String(decoding: field, as: UTF8.self)) else {
      throw Rejection(
        reason: "'\(excerpt(field))' is not a whole number, which the order column needs")
    }
    return value
  }

  private func flag(_ column: Int?, _ reader: some RowReader) throws(Rejection) -> Bool? {
    guard let field = optional(column, reader) else { return nil }
    if field.count == 1 {
      if field[0] == UInt8(ascii: "0") { return false }
      if field[0] == UInt8(ascii: "1") { return true }
    }
    switch normalized(field) {
    case "true", "yes", "charging", "full": return true
    case "false", "no", "discharging", "not_charging": return false
    default:
      throw Rejection(reason: "'\(excerpt(field))' is neither 0 nor 1 (nor true, false, yes or no)")
    }
  }

  /// The field of a column that the log may lack; nil when it does or the field is empty.
  @inline(__always)
  private func optional(_ column: Int?, _ reader: some RowReader) -> Field? {
    guard let column else { return nil }
    let field = reader.field(column)
    return field.isEmpty ? nil : field
  }
}
