import Foundation
import Glibc
import UsageData
import Wire

/// Histories of simulated phones that several workers make once and read from then on.
///
/// Making a phone's history takes as long as deriving examples from it. A file per client, in the
/// frame that messages have: one that is cut or damaged is made again. Nothing depends on whether
/// a file is there, so no failure to write one is reported.
struct HistoryStore {
  let folder: String

  /// Reads the client's history, or makes and keeps it.
  func history(of client: Int, make: () -> ClientHistory) -> ClientHistory {
    let path = "\(folder)/\(client)"
    if let bytes = Self.read(path), let known = try? Self.decode(bytes) { return known }
    let history = make()
    let partial = "\(path).\(getpid())"
    let frame = Frame.encode(type: Self.frameType, payload: history.encoded)
    if Self.write(frame, to: partial) { rename(partial, path) } else { unlink(partial) }
    return history
  }

  /// Of no message.
  private static let frameType: UInt16 = 0

  static func decode(_ bytes: [UInt8]) throws(WireError) -> ClientHistory {
    let headerBytes = Array(bytes.prefix(Frame.headerSize))
    let header = try Frame.decodeHeader(headerBytes)
    let payload = Array(bytes.dropFirst(Frame.headerSize))
    try Frame.verify(header, headerBytes: headerBytes, payload: payload)
    return try ClientHistory(encoded: payload)
  }

  private static func read(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      count = max(0, Glibc.read(file, buffer.baseAddress, buffer.count))
    }
  }

  private static func write(_ bytes: [UInt8], to path: String) -> Bool {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { return false }
    defer { close(file) }
    return Glibc.write(file, bytes, bytes.count) == bytes.count
  }
}

extension ClientHistory {
  /// Times as distances from the one before, which fit a byte or two.
  var encoded: [UInt8] {
    var writer = ByteWriter()
    var last = 0
    func distance(_ time: Int64) -> Int {
      defer { last = Int(time) }
      return Int(time) - last
    }
    writer.append(compact: opens.count)
    for open in opens {
      writer.append(compact: distance(open.time))
      writer.append(compact: Int(open.app))
    }
    last = 0
    writer.append(compact: sessions.count)
    for session in sessions {
      writer.append(compact: distance(session.start))
      writer.append(compact: Int(session.end - session.start))
      writer.append(compact: session.opens.lowerBound)
      writer.append(compact: session.opens.count)
      let context = session.context
      writer.append(context.place)
      writer.append(context.battery.bitPattern)
      writer.append(context.network.rawValue << 1 | (context.isCharging ? 1 : 0))
      writer.append(compact: Int(context.notification) + 1)
    }
    last = 0
    writer.append(compact: installs.count)
    for install in installs {
      writer.append(compact: distance(install.time))
      writer.append(compact: Int(install.app))
    }
    return writer.bytes
  }

  init(encoded bytes: [UInt8]) throws(WireError) {
    self.init()
    var reader = ByteReader(bytes)
    var last = 0
    func time(_ reader: inout ByteReader) throws(WireError) -> Int64 {
      last += try reader.readCompact()
      return Int64(last)
    }
    func app(_ reader: inout ByteReader) throws(WireError) -> Int32 {
      Int32(truncatingIfNeeded: try reader.readCompact())
    }
    opens = try reader.readList { reader throws(WireError) in
      AppOpen(time: try time(&reader), app: try app(&reader))
    }
    last = 0
    sessions = try reader.readList { reader throws(WireError) in
      let start = try time(&reader)
      let end = start + Int64(try reader.readCompact())
      let first = try reader.readCompact()
      let count = try reader.readCompact()
      var context = DeviceContext()
      context.place = try reader.read(UInt8.self)
      context.battery = Float(bitPattern: try reader.read(UInt32.self))
      let flags = try reader.read(UInt8.self)
      context.isCharging = flags & 1 == 1
      context.network = Network(rawValue: flags >> 1) ?? .unknown
      context.notification = try app(&reader) - 1
      guard count >= 0 else { throw .malformed("a session of \(count) opens") }
      return Session(start: start, end: end, opens: first..<(first + count), context: context)
    }
    last = 0
    installs = try reader.readList { reader throws(WireError) in
      AppInstall(time: try time(&reader), app: try app(&reader))
    }
    try reader.finish()
  }
}
