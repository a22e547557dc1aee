/// Phones that train, each from the model that it has downloaded, and the buffer of their updates.
///
/// Part of the checkpoint. Times in microseconds.
package struct Flights: Codable, Equatable, Sendable {
  /// One phone's training.
  package struct Flight: Codable, Equatable, Sendable {
    package var client: Int
    /// The version of the model that it trains from.
    package var version: Int
    package var start: Int
    /// When its update is there, or when the server learns that none will come.
    package var end: Int
    package var isLost = false
    package var isInterrupted = false

    package init(client: Int, version: Int, start: Int, end: Int) {
      self.client = client
      self.version = version
      self.start = start
      self.end = end
    }
  }

  /// What has become of phones since the last release.
  package struct Losses: Codable, Equatable, Sendable {
    package var lost = 0
    package var interrupted = 0
    /// Thrown away as too stale.
    package var stale = 0
    /// Microseconds of their work.
    package var wasted = 0
    /// Which clients they were.
    package var clients: [Int] = []

    package init() {}

    package var all: Int { lost + interrupted + stale }
  }

  package private(set) var inFlight: [Flight] = []
  /// Updates that wait for the buffer to be full, in the order in which they came.
  package private(set) var buffer: [Flight] = []
  package private(set) var losses = Losses()
  /// Phones that have begun since the last release.
  package private(set) var started = 0

  package init() {}

  /// Whether a client trains, or has an update in the buffer.
  package func isBusy(_ client: Int) -> Bool {
    inFlight.contains { $0.client == client } || buffer.contains { $0.client == client }
  }

  /// Lets phones arrive until the buffer is full.
  ///
  /// At every moment, after all who arrive then, free places are taken. Of those who arrive in one moment the
  /// client with the smaller id comes first; who arrives when the buffer has just become full waits for the
  /// next version.
  ///
  /// - Parameters:
  ///   - version: of the model; staleness counts from it.
  ///   - now: moves on.
  ///   - fill: gives flights for so many free places; may wait, in virtual time, where nobody is in flight.
  package mutating func advance(
    version: Int, now: inout Int, _ buffering: Buffering,
    fill: (_ places: Int, _ now: inout Int, _ flights: Flights) throws -> [Flight]
  ) rethrows {
    while true {
      let places = buffering.concurrency - inFlight.count
      if places > 0 {
        let flights = try fill(places, &now, self)
        inFlight += flights
        started += flights.count
      }
      guard let first = inFlight.map(\.end).min() else { return }
      now = max(now, first)
      let arrivals = inFlight.filter { $0.end <= now }.sorted {
        ($0.end, $0.client) < ($1.end, $1.client)
      }
      for flight in arrivals {
        inFlight.removeAll { $0 == flight }
        take(flight, version: version, buffering.maximumStaleness)
        if buffer.count == buffering.goal { return }
      }
    }
  }

  private mutating func take(_ flight: Flight, version: Int, _ maximumStaleness: Int?) {
    let isStale = maximumStaleness.map { version - flight.version > $0 } ?? false
    guard flight.isLost || flight.isInterrupted || isStale else {
      buffer.append(flight)
      return
    }
    losses.wasted = losses.wasted.addingSaturated(flight.end - flight.start)
    losses.clients.append(flight.client)
    if flight.isInterrupted {
      losses.interrupted += 1
    } else if flight.isLost {
      losses.lost += 1
    } else {
      losses.stale += 1
    }
  }

  /// Empties the buffer for a release.
  package mutating func release() -> (updates: [Flight], losses: Losses, started: Int) {
    defer { (buffer, losses, started) = ([], Losses(), 0) }
    return (buffer, losses, started)
  }

  /// Versions that somebody trains from.
  package var versions: Set<Int> { Set((inFlight + buffer).map(\.version)) }
}
