/// What a column of a log can mean.
package enum ColumnRole: String, Sendable, CaseIterable {
  case client, time, app, event, session, place, battery, charging, network, notification, system,
    order, date, timezone

  var isRequired: Bool { self == .client || self == .time || self == .app }

  /// Header names that are taken for this role when none is given, best first.
  var usualHeaders: [String] {
    switch self {
    case .client:
      [
        "client", "client_id", "user_id", "user", "userid", "uid", "participant", "participant_id",
        "device_id", "device", "subject", "deviceid", "participantid", "clientid", "subject_id",
        "subjectid", "person", "person_id", "user_pseudo_id", "android_id",
      ]
    case .time:
      [
        "time", "timestamp", "datetime", "date_time", "local_time", "event_time", "ts",
        "start_time", "start", "starttime", "start_date", "startdate", "eventtime",
        "event_timestamp",
        "timestamp_ms", "time_ms", "created_at", "unix_time", "epoch", "date",
      ]
    case .app:
      [
        "app", "app_name", "appname", "application", "application_name", "package",
        "package_name", "packagename", "app_id", "bundle_id", "bundleid", "bundle_identifier",
        "bundle", "app_package", "app_title",
      ]
    case .event: ["event", "event_type", "eventtype", "action", "type"]
    case .session: ["session", "session_id", "sessionid"]
    case .place: ["place", "place_id", "location", "location_id"]
    case .battery: ["battery", "battery_level"]
    case .charging: ["charging", "is_charging"]
    case .network: ["network", "network_type", "connection"]
    case .notification: ["notification", "notification_app"]
    case .system: ["system", "is_system"]
    // Only the user knows whether a number orders the rows.
    case .order: []
    // Read where the time has no date.
    case .date: ["date", "local_date", "event_date", "start_date"]
    // What stands in it may be anything.
    case .timezone: []
    }
  }

  /// Where a usual header stands among the headers, which are in lower case and nil where they are taken.
  ///
  /// A required column may also be a field of something else, such as `data.app`.
  func guess(among headers: [String?]) -> Int? {
    if let index = usualHeaders.lazy.compactMap({ headers.firstIndex(of: $0) }).first {
      return index
    }
    guard isRequired else { return nil }
    let ends = headers.map { header in
      header.flatMap { $0.contains(".") ? $0.split(separator: ".").last.map(String.init) : nil }
    }
    return usualHeaders.lazy.compactMap { ends.firstIndex(of: $0) }.first
  }
}

/// Which header stands for which role.
package struct ColumnMapping: Sendable, Equatable {
  /// A column as the user names it.
  enum Column: Hashable, Sendable {
    case header(String)
    /// Counted from 1.
    case position(Int)
    /// Not in this log.
    case absent
  }

  private(set) var columns: [ColumnRole: Column]
  /// Named columns that a log may lack.
  private var optional: Set<ColumnRole> = []

  package init(_ headers: [ColumnRole: String] = [:]) {
    columns = headers.mapValues { .header($0) }
  }

  init(_ columns: [ColumnRole: Column]) {
    self.columns = columns
  }

  init(_ headers: [ColumnRole: String], optional: Set<ColumnRole>) {
    self.init(headers)
    self.optional = optional
  }

  /// The same columns, and those of `others` for the roles that have none yet.
  func filled(from others: ColumnMapping) -> ColumnMapping {
    var filled = self
    filled.columns.merge(others.columns) { own, _ in own }
    return filled
  }

  /// Whether a column is named by a number alone, which is its position where no header is that number.
  var usesNumbers: Bool {
    columns.values.contains { column in
      guard case .header(let name) = column else { return false }
      return Int(name) != nil
    }
  }

  /// Whether the user gave a role a column.
  package func hasColumn(for role: ColumnRole) -> Bool {
    switch columns[role] {
    case nil, .absent, .header("none"): false
    default: true
    }
  }

  /// Finds the columns in a header row; blanks around a header do not count.
  ///
  /// Without `guessing`, only the named ones; a named one is no other's guess. Throws when a named or
  /// required one is missing, or two columns have its name.
  ///
  /// - Parameters:
  ///   - name: where the header stands, for messages.
  ///   - needsClient: whether a column must say whose row it is; otherwise none is guessed.
  ///   - options: what the rest of the import says about the client.
  func resolve(
    _ header: [String], guessing: Bool, in name: String, needsClient: Bool = true,
    _ options: ImportOptions = ImportOptions()
  ) throws(UsageLogError) -> ResolvedColumns {
    let header = header.map { trimmed($0[...]) }
    var indices: [ColumnRole: Int] = [:]
    for role in ColumnRole.allCases {
      guard let index = try named(role, header, in: name) else { continue }
      if let other = ColumnRole.allCases.first(where: { indices[$0] == index }) {
        throw UsageLogError(
          .usage,
          "--columns gives \(quoted(header[index])) to both \(other.rawValue) and "
            + "\(role.rawValue); a column has one meaning")
      }
      indices[role] = index
    }
    if guessing {
      var usual = header.enumerated().map { index, text in
        indices.values.contains(index)
          ? nil : normalizedHeader(text)
      }
      for role in ColumnRole.allCases where columns[role] == nil && (needsClient || role != .client)
      {
        guard let index = role.guess(among: usual) else { continue }
        try checkUnique(index, header, role, in: name)
        indices[role] = index
        usual[index] = nil
      }
    }
    let shown = header.map(quoted).joined(separator: ", ")
    func required(_ role: ColumnRole) throws(UsageLogError) -> Int {
      if let index = indices[role] { return index }
      let column =
        "say which of \(shown) it is, with --columns \(role.rawValue)=HEADER or, by position, --columns "
        + "\(role.rawValue)=#N"
      let remedy =
        if role != .client {
          column
        } else if options.clientOfSeveral == nil {
          "\(column); a file of one person needs no such column: \(options.clientAdvice)"
        } else {
          "\(options.clientAdvice); or \(column)"
        }
      throw UsageLogError(
        .badInput, "\(name) has no column that looks like the \(role.rawValue); \(remedy)")
    }
    var resolved = ResolvedColumns(
      header: header, indices: indices, client: needsClient ? try required(.client) : nil,
      time: try required(.time), app: try required(.app))
    if !needsClient, guessing, columns[.client] == nil {
      let unread = resolved.dropped.map { normalizedHeader($0) }
      resolved.unreadClient = ColumnRole.client.guess(among: unread).map { resolved.dropped[$0] }
    }
    return resolved
  }

  /// The column that the user named for a role; nil when none was named.
  private func named(
    _ role: ColumnRole, _ header: [String], in name: String
  ) throws(UsageLogError) -> Int? {
    switch columns[role] {
    case .absent, nil: return nil
    case .position(let position):
      guard position <= header.count else {
        throw UsageLogError(
          .badInput,
          "\(name) has no column #\(position) for the \(role.rawValue); it has \(header.count)")
      }
      return position - 1
    case .header(let wanted):
      guard let index = header.firstIndex(of: wanted) else {
        if optional.contains(role) || wanted == "none" { return nil }
        // No header has this number as its name, so it is a position.
        if let position = Int(wanted), (1...header.count).contains(position) { return position - 1 }
        throw UsageLogError(
          .badInput,
          "\(name) has no column \(quoted(wanted)) for the \(role.rawValue)"
            + suggestion(for: wanted, among: header)
            + "; its columns are \(header.map(quoted).joined(separator: ", "))")
      }
      try checkUnique(index, header, role, in: name)
      return index
    }
  }

  /// Throws when another column has the same name.
  private func checkUnique(
    _ index: Int, _ header: [String], _ role: ColumnRole, in name: String
  ) throws(UsageLogError) {
    let positions = header.indices.filter { header[$0] == header[index] }.map { "#\($0 + 1)" }
    guard positions.count > 1 else { return }
    throw UsageLogError(
      .badInput,
      "\(name) has several columns \(quoted(header[index])) (\(positions.joined(separator: ", "))); say "
        + "which is the \(role.rawValue), as \(role.rawValue)=\(positions[0])")
  }
}

/// Where the columns stand in one file.
struct ResolvedColumns {
  let fieldCount: Int
  /// Nil where all rows of the file are one client's.
  let client: Int?
  let time: Int
  let app: Int
  let event: Int?
  let session: Int?
  let place: Int?
  let battery: Int?
  let charging: Int?
  let network: Int?
  let notification: Int?
  let system: Int?
  let order: Int?
  let date: Int?
  let timezone: Int?
  /// The header read for each role, and those nobody reads.
  let used: [(role: ColumnRole, header: String)]
  let dropped: [String]
  /// What a user should look at, a sentence.
  var note: String?

  /// A header that looks like the client, where no column was asked for.
  fileprivate(set) var unreadClient: String?

  fileprivate init(
    header: [String], indices: [ColumnRole: Int], client: Int?, time: Int, app: Int
  ) {
    fieldCount = header.count
    self.client = client
    self.time = time
    self.app = app
    event = indices[.event]
    session = indices[.session]
    place = indices[.place]
    battery = indices[.battery]
    charging = indices[.charging]
    network = indices[.network]
    notification = indices[.notification]
    system = indices[.system]
    order = indices[.order]
    date = indices[.date]
    timezone = indices[.timezone]
    used = ColumnRole.allCases.compactMap { role in indices[role].map { (role, header[$0]) } }
    dropped = header.indices.filter { !indices.values.contains($0) }.map { header[$0] }
  }
}

/// Lower case, with spaces and hyphens as underscores.
func normalizedHeader(_ text: String) -> String {
  text.lowercased().replacing(" ", with: "_").replacing("-", with: "_")
}

/// ` (did you mean 'x'?)` for the closest candidate, or nothing when none is close.
func suggestion(for name: String, among candidates: [String]) -> String {
  let closest = candidates.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }
    .min { $0.1 < $1.1 }
  guard let (candidate, distance) = closest, distance <= max(name.count, candidate.count) / 2
  else { return "" }
  return " (did you mean \(quoted(candidate))?)"
}
