/// What a column of a log can mean.
package enum ColumnRole: String, Sendable, CaseIterable {
  case client, time, app, event, session, place, battery, charging, network, notification, system

  var isRequired: Bool { self == .client || self == .time || self == .app }

  /// Header names that are taken for this role when none is given, best first.
  var usualHeaders: [String] {
    switch self {
    case .client:
      [
        "client", "client_id", "user_id", "user", "userid", "uid", "participant", "participant_id",
        "device_id", "device", "subject",
      ]
    case .time:
      [
        "time", "timestamp", "datetime", "date_time", "local_time", "event_time", "ts",
        "start_time", "start",
      ]
    case .app:
      [
        "app", "app_name", "appname", "application", "application_name", "package",
        "package_name", "packagename", "app_id",
      ]
    case .event: ["event", "event_type", "eventtype", "action", "type"]
    case .session: ["session", "session_id", "sessionid"]
    case .place: ["place", "place_id", "location", "location_id"]
    case .battery: ["battery", "battery_level"]
    case .charging: ["charging", "is_charging"]
    case .network: ["network", "network_type", "connection"]
    case .notification: ["notification", "notification_app"]
    case .system: ["system", "is_system"]
    }
  }
}

/// Which header stands for which role.
package struct ColumnMapping: Sendable, Equatable {
  /// An empty name means that the log has no such column.
  private var headers: [ColumnRole: String]

  package init(_ headers: [ColumnRole: String] = [:]) {
    self.headers = headers
  }

  /// Reads `client=user_id,time=timestamp,…`; `role=` with no name leaves that role out.
  package init(parsing text: String) throws(UsageLogError) {
    headers = [:]
    for entry in text.split(separator: ",") {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts[0].trimmed
      guard let role = ColumnRole(rawValue: name) else {
        let roles = ColumnRole.allCases.map(\.rawValue)
        throw UsageLogError(
          .usage,
          "'\(name)' in the column mapping is no column this program knows"
            + suggestion(for: name, among: roles) + "; it knows "
            + roles.joined(separator: ", "))
      }
      guard parts.count == 2, headers[role] == nil else {
        throw UsageLogError(
          .usage, "the column mapping must give '\(name)' once, as \(name)=HEADER")
      }
      let header = parts[1].trimmed
      if !header.isEmpty, let other = ColumnRole.allCases.first(where: { headers[$0] == header }) {
        throw UsageLogError(
          .usage,
          "the column mapping gives '\(header)' to both \(other.rawValue) and \(role.rawValue); "
            + "a column has one meaning")
      }
      headers[role] = header
    }
  }

  /// Finds the columns in a header row.
  ///
  /// Without `guessing`, only the named ones; a named one is no other's guess. Throws when a named or required one is missing.
  func resolve(_ header: [String], guessing: Bool, in name: String) throws(UsageLogError)
    -> ResolvedColumns
  {
    let unnamed = header.map {
      headers.values.contains($0)
        ? "" : $0.lowercased().replacing(" ", with: "_").replacing("-", with: "_")
    }
    var indices: [ColumnRole: Int] = [:]
    for role in ColumnRole.allCases {
      if let wanted = headers[role], !wanted.isEmpty {
        guard let index = header.firstIndex(of: wanted) else {
          throw UsageLogError(
            .badInput,
            "\(name):1 has no column '\(wanted)' for the \(role.rawValue)"
              + suggestion(for: wanted, among: header)
              + "; its columns are \(header.joined(separator: ", "))")
        }
        indices[role] = index
      } else if guessing, headers[role] == nil {
        indices[role] = role.usualHeaders.lazy.compactMap(unnamed.firstIndex).first
      }
    }
    func required(_ role: ColumnRole) throws(UsageLogError) -> Int {
      if let index = indices[role] { return index }
      throw UsageLogError(
        .badInput,
        "\(name):1 has no column that looks like the \(role.rawValue); say which of "
          + "\(header.joined(separator: ", ")) it is, as \(role.rawValue)=HEADER")
    }
    return ResolvedColumns(
      header: header, indices: indices, client: try required(.client), time: try required(.time),
      app: try required(.app))
  }
}

/// Where the columns stand in one file.
struct ResolvedColumns {
  let fieldCount: Int
  let client: Int
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
  /// The header read for each role, and those nobody reads.
  let used: [(role: ColumnRole, header: String)]
  let dropped: [String]

  fileprivate init(
    header: [String], indices: [ColumnRole: Int], client: Int, time: Int, app: Int
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
    used = ColumnRole.allCases.compactMap { role in indices[role].map { (role, header[$0]) } }
    dropped = header.indices.filter { !indices.values.contains($0) }.map { header[$0] }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// ` (did you mean 'x'?)` for the closest candidate, or nothing when none is close.
func suggestion(for name: String, among candidates: [String]) -> String {
  let closest = candidates.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }
    .min { $0.1 < $1.1 }
  guard let (candidate, distance) = closest, distance <= max(name.count, candidate.count) / 2
  else { return "" }
  return " (did you mean '\(candidate)'?)"
}
