/// Phones that train without a barrier.
extension Timekeeper {
  /// Lets phones arrive until the buffer is full.
  ///
  /// - Parameters:
  ///   - version: of the model: rounds finished.
  ///   - log: who took part in which release.
  package mutating func fillBuffer(
    _ flights: inout Flights, version: Int, now: inout Int, from sampler: CohortSampler,
    after log: ParticipationLog, _ survey: Survey
  ) throws {
    guard let buffering = configuration.schedule.schedule.buffering else {
      preconditionFailure("a schedule with rounds")
    }
    try learnAhead(buffering.goal, version: version, from: sampler, survey)
    var draws = Draws(version: version)
    try flights.advance(version: version, now: &now, buffering) { places, now, flights in
      try start(
        places, version: version, now: &now, beside: flights, from: sampler, after: log, &draws,
        survey)
    }
    // Of those who began before the run was resumed nothing is known here.
    try learn(flights.buffer.map(\.client) + flights.losses.clients, survey)
  }

  /// Asks the clients that are most likely to be drawn all at once, which takes less time than one by one.
  private mutating func learnAhead(
    _ goal: Int, version: Int, from sampler: CohortSampler, _ survey: Survey
  ) throws {
    let few = configuration.availability.model == nil ? 1 : 8
    let likely = (1...goal).flatMap { attempt in
      sampler.candidates(round: version + 1, attempt: attempt, atMost: Self.triesPerClient)
        .prefix(few)
    }
    try learn(Set(likely).sorted(), survey)
  }

  /// Draws of one version: none is repeated.
  private struct Draws {
    let version: Int
    var count = 0
  }

  /// Starts clients that are available now; only where nobody is in flight does the server wait for them.
  private mutating func start(
    _ places: Int, version: Int, now: inout Int, beside flights: Flights,
    from sampler: CohortSampler, after log: ParticipationLog, _ draws: inout Draws,
    _ survey: Survey
  ) throws -> [Flights.Flight] {
    let retry = configuration.availability.shared.retrySeconds * 1_000_000
    let start = now
    let patience = max(period ?? 0, retry)
    while true {
      let chosen = try eligible(
        places, version: version, at: now, beside: flights, from: sampler, after: log, &draws,
        survey)
      if !chosen.isEmpty || !flights.inFlight.isEmpty {
        try learn(chosen, survey)
        return chosen.map { flight(of: $0, version: version, at: now) }
      }
      now += retry
      guard now - start <= patience else {
        throw TooFewAvailable(wanted: 1, most: 0, seconds: patience / 1_000_000)
      }
    }
  }

  private mutating func eligible(
    _ places: Int, version: Int, at now: Int, beside flights: Flights,
    from sampler: CohortSampler, after log: ParticipationLog, _ draws: inout Draws,
    _ survey: Survey
  ) throws -> [Int] {
    // The first draw for all places is that of a round's cohort.
    var candidates =
      draws.count == 0
      ? sampler.clients(places, round: version + 1)[...]
      : sampler.candidates(
        round: version + 1, attempt: draws.count, atMost: Self.triesPerClient * places)[...]
    var (chosen, seen) = ([Int](), Set<Int>())
    for _ in 0..<2 {
      while chosen.count < places, !candidates.isEmpty {
        let few = candidates.prefix(max(2 * (places - chosen.count), 8))
        candidates = candidates.dropFirst(few.count)
        try learn(few, survey)
        for client in few where chosen.count < places && seen.insert(client).inserted {
          let isThere =
            sampler.mayTakePart(client, round: version + 1, after: log)
            && !flights.isBusy(client) && (availableUntil(client, at: now) ?? now) > now
          if isThere { chosen.append(client) }
        }
      }
      draws.count += 1
      guard chosen.count < places, draws.count == 1 else { break }
      candidates =
        sampler.candidates(
          round: version + 1, attempt: draws.count, atMost: Self.triesPerClient * places)[...]
    }
    return chosen
  }

  private func flight(of client: Int, version: Int, at now: Int) -> Flights.Flight {
    let duration = trainingDuration(of: client)
    let until = availableUntil(client, at: now) ?? now
    var flight = Flights.Flight(
      client: client, version: version, start: now, end: min(now + duration, until))
    flight.isInterrupted = now + duration > until
    // Behind secure aggregation the session loses clients, not their training.
    flight.isLost =
      !hasSessions && configuration.drops(client, round: version + 1) && !flight.isInterrupted
    return flight
  }

  /// What becomes of the phones of a full buffer in the session that adds their updates up.
  package func session(of updates: [Flights.Flight], round: Int, from start: Int) -> RoundTimeline {
    let clients = updates.sorted { $0.client < $1.client }.map { flight in
      TimedClient(
        client: flight.client, durations: sessionDurations(of: flight.client),
        availableUntil: availableUntil(flight.client, at: start),
        lostIn: lostStage(of: flight.client, round: round))
    }
    return RoundTimeline(from: start, clients, stages: stagesInOrder)
  }
}
