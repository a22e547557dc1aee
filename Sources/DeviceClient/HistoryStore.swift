import Foundation
import Glibc
import UsageData
import Wire

/// Histories of simulated phones that several workers make once and read from then on.
///
/// Making a phone's history takes as long as deriving examples from it. A file per client, in the
/// frame that messages have: one that is cut or damaged is made again. Nothing depends on whether
/// a file is there, so no failure to write one is reported.
package struct HistoryStore {
  private let folder: String

  /// - Parameter folder: exists; belongs to one population.
  package init(folder: String) { self.folder = folder }

  /// Reads the client's history, or makes and keeps it.
  package func history(of client: Int, make: () -> ClientHistory) -> ClientHistory {
    let path = "\(folder)/\(client)"
    let name = Array("\(URL(fileURLWithPath: folder).lastPathComponent)/\(client) ".utf8)
    if let bytes = Self.read(path), let known = try? Self.decode(bytes, of: name) { return known }
    let history = make()
    let partial = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let frame = Frame.encode(type: Self.frameType, payload: name + history.encoded)
    switch Self.write(frame, to: partial) {
    case true?: if rename(partial, path) != 0 { unlink(partial) }
    case false?: unlink(partial)
    // Somebody else's.
    case nil: break
    }
    return history
  }

  /// Of no message.
  private static let frameType: UInt16 = 0

  /// - Parameter name: of population and client; a file that was renamed is not taken for another.
  private static func decode(
    _ bytes: [UInt8], of name: [UInt8]
  ) throws(WireError) -> ClientHistory {
    let headerBytes = Array(bytes.prefix(Frame.headerSize))
    let header = try Frame.decodeHeader(headerBytes)
    let payload = Array(bytes.dropFirst(Frame.headerSize))
    try Frame.verify(header, headerBytes: headerBytes, payload: payload)
    guard payload.starts(with: name) else { throw .malformed("a history of another client") }
    return try ClientHistory(encoded: Array(payload.dropFirst(name.count)))
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

  /// Nil when there is no such new file.
  private static func write(_ bytes: [UInt8], to path: String) -> Bool? {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return Glibc.write(file, bytes, bytes.count) == bytes.count
  }
}

extension ClientHistory {
  /// Column by column, so that reading is copying; times count from the start of the population.
  var encoded: [UInt8] {
    var writer = ByteWriter()
    func offset(_ time: Int64) -> Int32 { Int32(time - SyntheticPopulation.start) }
    writer.append(array: opens.map { offset($0.time) })
    writer.append(array: opens.map(\.app))
    writer.append(array: sessions.map { offset($0.start) })
    writer.append(array: sessions.map { offset($0.end) })
    writer.append(array: sessions.map { Int32($0.opens.lowerBound) })
    writer.append(array: sessions.map { Int32($0.opens.count) })
    writer.append(array: sessions.map(\.context.place))
    writer.append(array: sessions.map(\.context.battery))
    writer.append(
      array: sessions.map { $0.context.network.rawValue << 1 | ($0.context.isCharging ? 1 : 0) })
    writer.append(array: sessions.map(\.context.notification))
    writer.append(array: installs.map { offset($0.time) })
    writer.append(array: installs.map(\.app))
    return writer.bytes
  }

  init(encoded bytes: [UInt8]) throws(WireError) {
    self.init()
    var reader = ByteReader(bytes)
    func time(_ offset: Int32) -> Int64 { SyntheticPopulation.start + Int64(offset) }
    let openTimes = try reader.readArray(of: Int32.self)
    let openApps = try reader.readArray(of: Int32.self)
    let starts = try reader.readArray(of: Int32.self)
    let ends = try reader.readArray(of: Int32.self)
    let firsts = try reader.readArray(of: Int32.self)
    let counts = try reader.readArray(of: Int32.self)
    let places = try reader.readArray(of: UInt8.self)
    let batteries = try reader.readArray(of: Float.self)
    let flags = try reader.readArray(of: UInt8.self)
    let notifications = try reader.readArray(of: Int32.self)
    let installTimes = try reader.readArray(of: Int32.self)
    let installApps = try reader.readArray(of: Int32.self)
    try reader.finish()
    let lengths = [ends, firsts, counts, notifications].map(\.count)
    guard openTimes.count == openApps.count, installTimes.count == installApps.count,
      (lengths + [places.count, batteries.count, flags.count]).allSatisfy({ $0 == starts.count }),
      counts.allSatisfy({ $0 >= 0 })
    else { throw .malformed("columns of different lengths") }
    opens = openTimes.indices.map { AppOpen(time: time(openTimes[$0]), app: openApps[$0]) }
    sessions = starts.indices.map { index in
      var context = DeviceContext()
      context.place = places[index]
      context.battery = batteries[index]
      context.isCharging = flags[index] & 1 == 1
      context.network = Network(rawValue: flags[index] >> 1) ?? .unknown
      context.notification = notifications[index]
      let first = Int(firsts[index])
      return Session(
        start: time(starts[index]), end: time(ends[index]),
        opens: first..<(first + Int(counts[index])), context: context)
    }
    installs = installTimes.indices.map {
      AppInstall(time: time(installTimes[$0]), app: installApps[$0])
    }
  }
}
