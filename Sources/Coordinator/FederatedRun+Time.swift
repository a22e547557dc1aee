import Federation
import SecureAggregation

/// Who is in a round, and what virtual time makes of it: known before anybody trains, as it depends on no update.
struct DrawnRound {
  /// Client ids, ascending.
  var cohort: [Int]
  /// Nil where time is not simulated, and of a buffer that is added up in clear.
  var timeline: RoundTimeline?
  /// Nil where there are rounds.
  var buffer: FullBuffer?

  /// A buffer of updates, and what became of other phones since the one before it.
  struct FullBuffer {
    var updates: [Flights.Flight]
    var losses: Flights.Losses
    /// Phones that have downloaded a model.
    var started: Int
    /// By update.
    var staleness: [Int]
  }
}

extension FederatedRun {
  /// Draws the coming round.
  mutating func draw() throws -> DrawnRound {
    guard var timekeeper else { return DrawnRound(cohort: state.draw(from: sampler).clients) }
    let round = state.round + 1
    var clock = state.clock ?? VirtualClock()
    let (pool, parameters) = (pool, state.parameters)
    func survey(_ clients: [Int]) throws -> [ClientConditions] {
      try pool.survey(clients, parameters: parameters, round: round)
    }
    defer {
      self.timekeeper = timekeeper
      state.clock = clock
    }
    do {
      let drawn =
        configuration.schedule.schedule.buffering == nil
        ? try drawRound(&timekeeper, &clock, survey) : try drawBuffer(&timekeeper, &clock, survey)
      absences = drawn.timeline?.absences.mapValues(\.stage) ?? [:]
      return drawn
    } catch let error as Timekeeper.TooFewAvailable {
      throw CoordinatorError.badInput(exitCode: 78, reason: "\(error)")
    }
  }

  private mutating func drawRound(
    _ timekeeper: inout Timekeeper, _ clock: inout VirtualClock, _ survey: Timekeeper.Survey
  ) throws -> DrawnRound {
    let round = state.round + 1
    let cohort: [Int]
    if configuration.drawsAvailable {
      cohort = try timekeeper.draw(
        round: round, from: sampler, after: state.participation ?? ParticipationLog(),
        now: &clock.now, survey)
      state.record(cohort, drawnBy: sampler)
    } else {
      cohort = state.draw(from: sampler).clients
    }
    return DrawnRound(
      cohort: cohort,
      timeline: try timekeeper.timeline(of: cohort, round: round, from: clock.now, survey))
  }

  private mutating func drawBuffer(
    _ timekeeper: inout Timekeeper, _ clock: inout VirtualClock, _ survey: Timekeeper.Survey
  ) throws -> DrawnRound {
    var flights = state.flights ?? Flights()
    try timekeeper.fillBuffer(
      &flights, version: state.round, now: &clock.now, from: sampler,
      after: state.participation ?? ParticipationLog(), survey)
    let (updates, losses, started) = flights.release()
    let cohort = updates.map(\.client).sorted()
    state.record(cohort, drawnBy: sampler)
    baseModels = state.baseModels(of: updates)
    state.keep(flights)
    return DrawnRound(
      cohort: cohort,
      timeline: configuration.secureAggregation.protocol == .none
        ? nil : timekeeper.session(of: updates, round: state.round + 1, from: clock.now),
      buffer: DrawnRound.FullBuffer(
        updates: updates, losses: losses, started: started,
        staleness: updates.map { state.round - $0.version }))
  }

  /// Microseconds after which availability repeats itself; nil where it never changes.
  package var availabilityPeriod: Int? { timekeeper?.period }

  /// Abandons a round to which too few clients report in time.
  func requireReports(_ drawn: DrawnRound, _ record: inout RoundRecord) throws {
    guard let timeline = drawn.timeline, let least = timekeeper?.minimumReports,
      timeline.reporting.count < least
    else { return }
    record.dropped = record.cohortSize
    throw SecureAggregationError.infeasible(
      "\(timeline.reporting.count) of \(record.cohortSize) clients reported in time, and "
        + "schedule.minimum_reports is \(least)")
  }

  /// Lets the time of a round pass.
  mutating func passTime(_ drawn: DrawnRound, isLost: Bool, _ record: inout RoundRecord) {
    guard var clock = state.clock else { return }
    let losses = drawn.buffer?.losses ?? Flights.Losses()
    var virtual = VirtualRecord(
      end: clock.now, late: losses.stale, interrupted: losses.interrupted, wasted: losses.wasted)
    let counted = isLost ? [] : Set(drawn.timeline?.reporting ?? drawn.cohort)
    if let timeline = drawn.timeline {
      if timeline.end == clock.now, timeline.reporting.isEmpty {
        // Nobody was there, and the server waits before it tries again.
        clock.now += configuration.availability.shared.retrySeconds * 1_000_000
      } else {
        clock.now = timeline.end
      }
      virtual.late += timeline.count(.late)
      virtual.interrupted += timeline.count(.interrupted)
      virtual.wasted = virtual.wasted.addingSaturated(timeline.wasted(besides: counted))
    }
    if let buffer = drawn.buffer {
      for flight in buffer.updates where !counted.contains(flight.client) {
        virtual.wasted = virtual.wasted.addingSaturated(flight.end - flight.start)
      }
      virtual.staleness = buffer.staleness.sorted()
      // Whom a version was waited for in vain is a client of its round, too.
      record.cohortSize += losses.all
      record.dropped += losses.all
    }
    timekeeper?.count(
      drawn.cohort + losses.clients, counted: counted, in: &clock.participation)
    virtual.end = clock.now
    clock.wasted = clock.wasted.addingSaturated(virtual.wasted)
    state.clock = clock
    record.virtual = virtual
  }

  /// The mean update of a release; with FedAsync, of a model that is mixed with a client's own.
  func mixed(_ mean: [Double]?, _ drawn: DrawnRound) -> [Double]? {
    guard let mean, let staleness = drawn.buffer?.staleness.first,
      let share = configuration.schedule.schedule.mixing(staleness: staleness)
    else { return mean }
    let current = state.parameters
    let base = staleness == 0 ? current : baseModels.models.first ?? current
    return mean.indices.map { share * (Double(base[$0]) - Double(current[$0]) + mean[$0]) }
  }
}
