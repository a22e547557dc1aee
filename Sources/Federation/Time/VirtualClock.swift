/// How much time of a run is over; part of the checkpoint.
package struct VirtualClock: Codable, Equatable, Sendable {
  /// Microseconds since the start of the run.
  package var now = 0
  /// Microseconds of work of phones that no update came of.
  package var wasted = 0
  package var participation = TimedParticipation()

  package init() {}
}

extension Int {
  /// The sum, or the largest number where it is larger.
  package func addingSaturated(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}

/// What a round took in virtual time.
package struct VirtualRecord: Equatable, Sendable {
  /// When it was over, in microseconds since the start of the run.
  package var end: Int
  package var late: Int
  package var interrupted: Int
  /// Microseconds of work of phones that no update came of.
  package var wasted: Int
  /// By update, ascending; nil where there are rounds.
  package var staleness: [Int]?

  package init(end: Int, late: Int, interrupted: Int, wasted: Int) {
    self.end = end
    self.late = late
    self.interrupted = interrupted
    self.wasted = wasted
  }
}

extension VirtualRecord {
  /// Mean staleness of the updates, in versions.
  package var stalenessMean: Double? {
    staleness.flatMap { $0.isEmpty ? nil : Double($0.reduce(0, +)) / Double($0.count) }
  }

  /// The least number of versions that 99 % of the updates do not exceed.
  package var stalenessP99: Int? {
    staleness.flatMap { $0.isEmpty ? nil : $0[($0.count * 99 + 99) / 100 - 1] }
  }
}
