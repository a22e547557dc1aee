import UsageData

/// The values of a part of a log, in order, as they are hashed: numbers as 8 little-endian bytes, texts
/// with their length before them.
struct ContentBytes {
  private(set) var bytes: [UInt8] = []

  init(ofApp name: String) { add(Array(name.utf8)) }

  /// - Parameter id: the client's hashed id.
  init(of history: ClientHistory, client: Int, id: [UInt8]) {
    bytes.reserveCapacity(72 * history.sessions.count + 40 * history.opens.count + 64)
    add(id)
    let client = Int64(client)
    for (number, session) in history.sessions.enumerated() {
      let context = session.context
      add(client, Int64(number), session.start, session.end, Int64(context.place))
      // A database does not keep the sign of a zero.
      add(Int64(bitPattern: (Double(context.battery) + 0).bitPattern))
      add(context.isCharging ? 1 : 0)
      add(Int64(context.network.rawValue))
      add(Int64(context.notification))
      for index in session.opens {
        let open = history.opens[index]
        add(client, Int64(index), Int64(number), open.time, Int64(open.app))
      }
    }
    for (number, install) in history.installs.enumerated() {
      add(client)
      add(Int64(number))
      add(install.time)
      add(Int64(install.app))
    }
  }

  // As a tuple: an array for each row costs more than its hash.
  @inline(__always)
  private mutating func add(_ a: Int64, _ b: Int64, _ c: Int64, _ d: Int64, _ e: Int64) {
    let values = (a.littleEndian, b.littleEndian, c.littleEndian, d.littleEndian, e.littleEndian)
    withUnsafeBytes(of: values) { bytes.append(contentsOf: $0) }
  }

  @inline(__always)
  private mutating func add(_ value: Int64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func add(_ text: [UInt8]) {
    add(Int64(text.count))
    bytes.append(contentsOf: text)
  }
}
