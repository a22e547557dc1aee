import Federation
import SecureAggregation

/// Virtual time of rounds: known before anybody trains, as it depends on no update.
extension FederatedRun {
  /// The cohort of the coming round, and what its phones' time makes of it; no timeline where time is not
  /// simulated.
  mutating func drawCohort() throws -> (clients: [Int], timeline: RoundTimeline?) {
    guard var timekeeper else { return (state.draw(from: sampler).clients, nil) }
    let round = state.round + 1
    var clock = state.clock ?? VirtualClock()
    let (pool, parameters) = (pool, state.parameters)
    func survey(_ clients: [Int]) throws -> [ClientConditions] {
      try pool.survey(clients, parameters: parameters, round: round)
    }
    let cohort: [Int]
    if configuration.drawsAvailable {
      do {
        cohort = try timekeeper.draw(
          round: round, from: sampler, after: state.participation ?? ParticipationLog(),
          now: &clock.now, survey)
      } catch let error as Timekeeper.TooFewAvailable {
        throw CoordinatorError.badInput(exitCode: 78, reason: "\(error)")
      }
      state.record(cohort, drawnBy: sampler)
    } else {
      cohort = state.draw(from: sampler).clients
    }
    let timeline = try timekeeper.timeline(of: cohort, round: round, from: clock.now, survey)
    self.timekeeper = timekeeper
    state.clock = clock
    absences = timeline.absences.mapValues(\.stage)
    return (cohort, timeline)
  }

  /// Microseconds after which availability repeats itself; nil where it never changes.
  package var availabilityPeriod: Int? { timekeeper?.period }

  /// Abandons a round to which too few clients report in time.
  func requireReports(_ timeline: RoundTimeline?, _ record: inout RoundRecord) throws {
    guard let timeline, let least = timekeeper?.minimumReports,
      timeline.reporting.count < least
    else { return }
    record.dropped = record.cohortSize
    throw SecureAggregationError.infeasible(
      "\(timeline.reporting.count) of \(record.cohortSize) clients reported in time, and "
        + "schedule.minimum_reports is \(least)")
  }

  /// Lets the time of a round pass.
  mutating func passTime(
    _ timeline: RoundTimeline, isLost: Bool, _ record: inout RoundRecord
  ) {
    var clock = state.clock ?? VirtualClock()
    let start = clock.now
    clock.now = timeline.end
    if clock.now == start, timeline.reporting.isEmpty {
      // Nobody was there, and the server waits before it tries again.
      clock.now += configuration.availability.shared.retrySeconds * 1_000_000
    }
    let wasted = timeline.wasted(besides: isLost ? [] : Set(timeline.reporting))
    clock.wasted += wasted
    state.clock = clock
    record.virtual = VirtualRecord(
      end: clock.now, late: timeline.count(.late), interrupted: timeline.count(.interrupted),
      wasted: wasted)
  }
}
