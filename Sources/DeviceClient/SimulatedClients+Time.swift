import Federation
import LinearAlgebra
import UsageData

/// What the virtual time of a client's work depends on.
extension SimulatedClients {
  mutating func conditions(of client: Int) throws -> ClientConditions {
    if case .benchmark = population {
      return ClientConditions(client: client, examples: BenchmarkPopulation.examplesPerClient)
    }
    let configuration = setup.configuration
    let subject = try data.surveyedSubject(client, round: round)
    var conditions = ClientConditions(
      client: client,
      examples: min(subject.split.training.count, configuration.training.maxExamples))
    if case .synthetic(let synthetic) = population {
      conditions.archetype = synthetic.archetype(of: client)
    }
    if let rule = configuration.restRule {
      conditions.rests = subject.history.rests(
        by: rule, of: client, seed: configuration.populationSeed,
        since: population.start + LocalClock.day)
    }
    return conditions
  }
}

extension ClientHistory {
  /// When the phone lay idle on a charger and on Wi-Fi, in seconds since a time, in order and apart.
  package func rests(
    by rule: PhoneAvailability, of client: Int, seed: UInt64, since start: Int64
  ) -> [Range<Int>] {
    var rests: [Range<Int>] = []
    for index in sessions.indices.dropLast() {
      let session = sessions[index]
      let begin = max(session.end + Int64(rule.idleSeconds), start)
      let end = sessions[index + 1].start
      guard session.context.network == .wifi, begin < end else { continue }
      if !session.context.isCharging {
        var stream = RandomStream(
          seed: seed, purpose: .unloggedCharging, round: index, client: client)
        guard stream.chance(rule.unloggedCharging) else { continue }
      }
      rests.append(Int(begin - start)..<Int(end - start))
    }
    return rests
  }
}
