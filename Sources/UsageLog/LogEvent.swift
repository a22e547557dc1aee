import UsageData

/// What a row of a log says happened.
enum EventKind: UInt8 {
  case open, close, activity, unlock, lock, install

  var needsApp: Bool { self == .open || self == .install }
}

/// One row of a log, small enough to sort millions of them.
struct LogEvent {
  /// The first bytes of the client's hashed id: the order of the clients.
  var clientOrder: UInt64
  /// Local time in microseconds since 1970, which orders the events of a client.
  var instant: Int64
  /// What a column for it says about the order of rows of one instant; 0 without such a column.
  var order: Int64 = 0
  /// Equal in rows of one session, in the order of their numbers where ids are numbers; 0 when the
  /// log has no sessions.
  var session: UInt64 = 0
  /// Equal in rows of one place; 0 when unknown.
  var place: UInt64 = 0
  var client: Int32
  /// -1 when the row names none.
  var app: Int32 = -1
  var notification: Int32 = -1
  /// As logged: 0…1 or percent, which only the whole log tells; negative when unknown.
  var battery: Float = -1
  var kind = EventKind.open
  var network = Network.unknown
  var isCharging = false
  var isSystem = false

  /// Local time in seconds.
  var time: Int64 { instant / 1_000_000 }

  /// Events of one client and instant stand in any order: `InstantOrder` decides about them.
  @inline(__always)
  static func areInOrder(_ a: LogEvent, _ b: LogEvent) -> Bool {
    if a.clientOrder != b.clientOrder { return a.clientOrder < b.clientOrder }
    // Two ids that share 64 bits of their hash are not expected; they must still not mix.
    if a.client != b.client { return a.client < b.client }
    if a.instant != b.instant { return a.instant < b.instant }
    return a.order < b.order
  }

  /// Whether nothing in the log tells which came first.
  @inline(__always)
  func isTied(with other: LogEvent) -> Bool {
    instant == other.instant && client == other.client && order == other.order
  }
}

/// Lower case, with spaces and hyphens as underscores.
func normalized(_ text: Field) -> String {
  String(decoding: text, as: UTF8.self).lowercased()
    .replacing(" ", with: "_").replacing("-", with: "_")
}
