/// Who takes part in rounds that draw among those who are available.
extension Timekeeper {
  /// Clients that are looked at for each that is wanted, at one moment.
  static let triesPerClient = 64

  /// Nobody is drawn, because there are never enough.
  package struct TooFewAvailable: Error, Equatable, CustomStringConvertible {
    package var wanted: Int
    /// The most that were available at one moment.
    package var most: Int
    package var seconds: Int

    package var description: String {
      "availability leaves at most \(most) clients available at once, looked for over "
        + "\(seconds / 3_600) virtual hours, and a round draws \(wanted); lower training.cohort_size or "
        + "let more clients be available"
    }
  }

  /// Draws clients among those that are available, each as likely as any other; waits, in virtual time,
  /// until there are enough.
  ///
  /// Nobody but those that are looked at is asked anything, so the size of the population does not matter.
  ///
  /// - Parameters:
  ///   - log: who took part before.
  ///   - now: moves on while the server waits.
  /// - Returns: client ids, ascending.
  package mutating func draw(
    round: Int, from sampler: CohortSampler, after log: ParticipationLog, now: inout Int,
    _ survey: Survey
  ) throws -> [Int] {
    let wanted = configuration.selectedClients
    let retry = configuration.availability.shared.retrySeconds * 1_000_000
    let start = now
    let patience = max(period ?? 0, retry)
    var (attempt, most) = (0, 0)
    while now - start <= patience {
      let candidates = sampler.candidates(
        round: round, attempt: attempt, atMost: Self.triesPerClient * wanted)
      var chosen: [Int] = []
      var rest = candidates[...]
      while chosen.count < wanted, !rest.isEmpty {
        let few = rest.prefix(max(2 * (wanted - chosen.count), 16))
        rest = rest.dropFirst(few.count)
        try learn(few, survey)
        chosen += few.filter {
          sampler.mayTakePart($0, round: round, after: log)
            && (availableUntil($0, at: now) ?? now) > now
        }
      }
      if chosen.count >= wanted { return chosen.prefix(wanted).sorted() }
      most = max(most, chosen.count)
      attempt += 1
      now += retry
    }
    throw TooFewAvailable(wanted: wanted, most: most, seconds: patience / 1_000_000)
  }
}
