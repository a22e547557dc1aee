import Federation
import Foundation
import Storage
import Tables

/// CSV files about phones: how fast they are, and when they are available.
struct TraceFile {
  private let path: String
  private let table: CSVTable
  /// SHA-256, hexadecimal.
  let digest: String

  private static let largestFile = 1 << 31
  /// Some thirty years.
  private static let latestSecond = 1e9

  init(path: String) throws {
    self.path = path
    let found = try FileSystem.explaining { () throws(StorageError) in
      try Digest.contents(of: path, limit: Self.largestFile)
    }
    guard let found else {
      throw ExperimentError(
        .missingInput,
        "\(path): does not exist; give a CSV file with one row per client or interval.")
    }
    digest = Digest.of(found)
    do {
      table = try CSVTable([UInt8](found), path: path)
    } catch {
      throw ExperimentError(.badData, "\(error)")
    }
  }

  private func wrong(_ row: Int, _ problem: String) -> ExperimentError {
    ExperimentError(.badData, "\(path):\(table.line(of: row)): \(problem).")
  }

  private func columns(_ names: [String]) throws -> [Int] {
    try names.map { name in
      guard let index = table.index(of: name) else {
        throw ExperimentError(
          .badData,
          "\(path):1: has no column '\(name)'; the columns are \(names.joined(separator: ", ")).")
      }
      return index
    }
  }

  private func client(_ row: Int, _ column: Int, below clients: Int) throws -> Int {
    let text = table.text(row: row, column: column)
    guard let client = Int(text), (0..<clients).contains(client) else {
      throw wrong(
        row,
        "'\(PrintableText.excerpt(text, longest: 40))' is no client of the population, whose clients are "
          + "0 to \(clients - 1); remove the row or raise population.clients")
    }
    return client
  }

  private func number(_ row: Int, _ column: Int) throws -> Double {
    let text = table.text(row: row, column: column)
    guard let number = Double(text), number.isFinite else {
      let name = table.columns[column]
      throw wrong(
        row,
        text.isEmpty
          ? "\(name) is empty; give a number"
          : "'\(PrintableText.excerpt(text, longest: 40))' in column \(name) is no number")
    }
    return number
  }

  /// The speeds of all clients.
  ///
  /// - Parameter clients: registered clients of the population.
  func devices(clients: Int) throws -> [Int: Device] {
    let columns = try columns([
      "client", "flops_per_second", "down_bits_per_second", "up_bits_per_second",
    ])
    var devices: [Int: Device] = [:]
    devices.reserveCapacity(table.rowCount)
    for row in 0..<table.rowCount {
      let client = try client(row, columns[0], below: clients)
      let numbers = try columns.dropFirst().map { column in
        let number = try number(row, column)
        guard (1e-3...1e18).contains(number) else {
          throw wrong(row, "\(table.columns[column]) (\(number)) must lie in 0.001…1e18")
        }
        return number
      }
      let device = Device(
        flopsPerSecond: numbers[0], downBitsPerSecond: numbers[1], upBitsPerSecond: numbers[2])
      guard devices.updateValue(device, forKey: client) == nil else {
        throw wrong(row, "client \(client) has a row already; remove one of the two")
      }
    }
    if let missing = (0..<clients).first(where: { devices[$0] == nil }) {
      throw ExperimentError(
        .badData,
        "\(path): has rows of \(devices.count) of the \(clients) clients; client \(missing) has none."
      )
    }
    return devices
  }

  /// When clients are available, in microseconds, and the latest end.
  func intervals(clients: Int) throws -> (intervals: [Int: [Range<Int>]], period: Int) {
    let columns = try columns(["client", "from_seconds", "until_seconds"])
    var rows: [Int: [(interval: Range<Int>, row: Int)]] = [:]
    var period = 0
    for row in 0..<table.rowCount {
      let client = try client(row, columns[0], below: clients)
      if table.text(row: row, column: columns[2]).isEmpty {
        throw wrong(row, "the interval has no end; give until_seconds")
      }
      let (from, until) = (try number(row, columns[1]), try number(row, columns[2]))
      guard from >= 0 else {
        throw wrong(
          row, "from_seconds (\(from)) is negative; times count from the start of the run")
      }
      guard until > from, until <= Self.latestSecond else {
        throw wrong(
          row,
          "until_seconds (\(until)) must be later than from_seconds (\(from)) and at most "
            + "\(Int(Self.latestSecond))")
      }
      let interval = Int((from * 1e6).rounded())..<Int((until * 1e6).rounded())
      rows[client, default: []].append((interval, row))
      period = max(period, interval.upperBound)
    }
    guard period > 0 else {
      throw ExperimentError(
        .badData, "\(path): has no interval, so that nobody would ever be available; add rows.")
    }
    var intervals: [Int: [Range<Int>]] = [:]
    for (client, own) in rows.sorted(by: { $0.key < $1.key }) {
      let sorted = own.sorted {
        ($0.interval.lowerBound, $0.row) < ($1.interval.lowerBound, $1.row)
      }
      for (earlier, later) in zip(sorted, sorted.dropFirst())
      where later.interval.lowerBound < earlier.interval.upperBound {
        let (first, second) = (min(earlier.row, later.row), max(earlier.row, later.row))
        throw wrong(
          second,
          "the interval overlaps with that of the same client on line \(table.line(of: first)); join the "
            + "two")
      }
      intervals[client] = sorted.map(\.interval)
    }
    return (intervals, period)
  }
}

extension TimeTables {
  /// What files and the population say of the phones' time; the digest is of the files, nil without any.
  ///
  /// - Parameters:
  ///   - clients: registered clients.
  ///   - days: of the population's histories; nil where it has none.
  static func read(
    _ configuration: Configuration, clients: Int, days: Int?
  ) throws -> (tables: TimeTables, digest: String?) {
    var tables = TimeTables()
    var digests: [String] = []
    if let listed = configuration.devices.model as? ListedDevices {
      let file = try TraceFile(path: listed.path.value ?? "")
      tables.devices = try file.devices(clients: clients)
      digests.append(file.digest)
    }
    if let listed = configuration.availability.model as? ListedAvailability {
      let file = try TraceFile(path: listed.path.value ?? "")
      let found = try file.intervals(clients: clients)
      (tables.intervals, tables.period) = (found.intervals, found.period)
      digests.append(file.digest)
    } else if configuration.restRule != nil, let days {
      // Of the first day nobody knows who had rested before it.
      tables.period = max(1, days - 1) * 86_400_000_000
    }
    return (tables, digests.isEmpty ? nil : digests.joined(separator: " "))
  }
}
