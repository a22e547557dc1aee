import Glibc
import Tables
import UsageData

/// Writes histories as CSV that the import's default mapping reads back.
///
/// One row per event: `client,time,event,app,place,battery,charging,network,notification` with
/// events `unlock` (which carries the context), `open`, `lock` and `install`; `-` is standard
/// output. An unknown value is an empty field. Rows that follow an open within its second have
/// microseconds that keep their order.
package func writeCSV(
  to path: String, clientCount: Int, appNames: [String], overwrite: Bool = false,
  history: (Int) throws -> ClientHistory
) throws {
  guard path != "-" else {
    return try writeRows(to: STDOUT_FILENO, name: "standard output", clientCount, appNames, history)
  }
  try withNewFile(path, overwrite: overwrite) { partial in
    try writeRows(to: partial.descriptor, name: path, clientCount, appNames, history)
  }
}

private func writeRows(
  to descriptor: Int32, name: String, _ clientCount: Int, _ appNames: [String],
  _ history: (Int) throws -> ClientHistory
) throws {
  let apps = appNames.map { Array(CSVCell.text($0).rendered.utf8) }
  var rows = Array("client,time,event,app,place,battery,charging,network,notification\n".utf8)
  for client in 0..<clientCount {
    append(try history(client), of: client, apps, to: &rows)
    try rows.withUnsafeBytes { try writeAll($0, to: descriptor, name: name) }
    rows.removeAll(keepingCapacity: true)
  }
}

private func append(
  _ history: ClientHistory, of client: Int, _ apps: [[UInt8]], to rows: inout [UInt8]
) {
  let clientField = Array("\(client),".utf8)
  var last = (time: Int64(-1), microseconds: 0, isOpen: false)
  func begin(_ time: Int64, _ event: StaticString, app: Int32, isOpen: Bool = false) {
    let isTied = time == last.time && (last.isOpen || last.microseconds > 0)
    last = (time, isTied ? last.microseconds + 1 : 0, isOpen)
    rows.append(contentsOf: clientField)
    appendLocalTime(time, to: &rows)
    if last.microseconds > 0 {
      let digits = Array("\(last.microseconds)".utf8)
      rows.append(UInt8(ascii: "."))
      rows.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, 6 - digits.count)))
      rows.append(contentsOf: digits)
    }
    event.withUTF8Buffer { rows.append(contentsOf: $0) }
    if app >= 0 { rows.append(contentsOf: apps[Int(app)]) }
  }
  func appendBlankContext() { rows.append(contentsOf: ",,,,,\n".utf8) }

  for install in history.installs {
    begin(install.time, ",install,", app: install.app)
    appendBlankContext()
  }
  for session in history.sessions {
    begin(session.start, ",unlock,", app: -1)
    let context = session.context
    let place = context.place == 0 ? "" : "\(context.place)"
    let battery = context.battery < 0 ? "" : "\(context.battery)"
    rows.append(
      contentsOf: ",\(place),\(battery),\(context.isCharging ? 1 : 0),\(context.network.logged),"
        .utf8)
    if context.notification >= 0 { rows.append(contentsOf: apps[Int(context.notification)]) }
    rows.append(UInt8(ascii: "\n"))
    for open in history.opens[session.opens] {
      begin(open.time, ",open,", app: open.app, isOpen: true)
      appendBlankContext()
    }
    begin(session.end, ",lock,", app: -1)
    appendBlankContext()
  }
}

extension Network {
  /// The word that the import reads back; empty when unknown.
  fileprivate var logged: String {
    switch self {
    case .unknown: ""
    case .offline: "offline"
    case .cellular: "cellular"
    case .wifi: "wifi"
    }
  }
}
