import Foundation
import Storage
import UsageData
import Wire

/// Histories of simulated phones that several workers make once and read from then on.
///
/// Making a phone's history takes as long as deriving examples from it. A file per client, in the
/// frame that messages have: one that is cut or damaged is made again. Nothing depends on whether
/// a file is there, so no failure to write one is reported.
package struct HistoryStore {
  private let folder: String
  /// The name of the folder.
  private let population: String
  /// No phone has so much to tell.
  private static let largestFile = 1 << 28

  /// - Parameter folder: exists; belongs to one population.
  package init(folder: String) {
    self.folder = folder
    population = folder.split(separator: "/").last.map(String.init) ?? ""
  }

  /// Reads the client's history, or makes and keeps it.
  package func history(of client: Int, make: () -> ClientHistory) -> ClientHistory {
    let path = "\(folder)/\(client)"
    let name = Array("\(population)/\(client) ".utf8)
    if let bytes = try? Digest.contents(of: path, limit: Self.largestFile),
      let known = try? Self.decode([UInt8](bytes), of: name)
    {
      return known
    }
    let history = make()
    let frame = Frame.encode(type: Self.frameType, payload: name + history.encoded)
    try? AtomicFile.write(
      Data(frame), to: path, mode: AtomicFile.ownMode, isDurable: false)
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
