import Federation
import Foundation
import Testing

struct TimekeeperTests {
  static func configuration(_ change: (inout Configuration) -> Void = { _ in }) -> Configuration {
    var configuration = Configuration()
    configuration.population.clients = 1_000
    configuration.population.newClientShare = 0
    configuration.training.cohortSize = 50
    configuration.model.kind = .softmax
    configuration.devices.value = LogNormalDevices()
    change(&configuration)
    return configuration
  }

  static func sampler(_ configuration: Configuration) -> CohortSampler {
    CohortSampler(
      configuration,
      partition: ClientPartition(
        seed: 1, clients: configuration.population.clients,
        newClientShare: configuration.population.newClientShare))
  }

  /// Overhead, 3 transfers' worth of numbers and the operations of the matrix products, by hand.
  @Test func aClientTakesWhatTheFormulaSays() throws {
    let configuration = Self.configuration {
      $0.devices.shared.overheadSeconds = 2
      $0.training.local.epochs = 3
    }
    let costs = try ClientCosts(configuration)
    let device = Device(flopsPerSecond: 1e6, downBitsPerSecond: 1e5, upBitsPerSecond: 2e4)
    // 20 context floats and a bias, times a vocabulary of 256; forward and weight gradient, 2 operations each.
    let parameters = Double(21 * 256)
    let operations = 4.0 * 20 * 256 * 3 * 40
    let seconds = 2 + operations / 1e6 + 32 * parameters / 1e5 + 32 * parameters / 2e4
    #expect(costs.durations(examples: 40, on: device) == [Int((seconds * 1e6).rounded())])
  }

  @Test func stepsCountInsteadOfEpochs() throws {
    let configuration = Self.configuration {
      $0.devices.shared.overheadSeconds = 0
      $0.training.local.steps = Setting(7)
    }
    let slow = Device(flopsPerSecond: 1e3, downBitsPerSecond: 1e18, upBitsPerSecond: 1e18)
    let costs = try ClientCosts(configuration)
    // 7 steps of 16 examples; of 5 where there are no more.
    let perExample = 4 * 20 * 256 * 1_000
    #expect(costs.durations(examples: 500, on: slow) == [7 * 16 * perExample])
    #expect(costs.durations(examples: 5, on: slow) == [7 * 5 * perExample])
  }

  /// The stages of a session have the bytes that the forecast of a whole session has.
  @Test func stagesOfASessionAddUpToItsForecast() throws {
    let configuration = Self.configuration {
      $0.secureAggregation.protocol = .secaggPlus
      $0.training.cohortSize = 100
    }
    let costs = try ClientCosts(configuration)
    let forecast = try RoundForecast(configuration)
    let up = costs.stages.reduce(0) { $0 + $1.bytesFromClient } * 100
    let down = costs.stages.reduce(costs.broadcastBytes) { $0 + $1.bytesToClient } * 100
    #expect(abs(up / forecast.bytesFromClients - 1) < 1e-9)
    #expect(abs(down / forecast.bytesToClients - 1) < 1e-9)
    #expect(costs.stagesInOrder == [.keys, .shares, .input, .unmasking])
  }

  /// The speeds of many phones have the median and the spread that they are drawn from.
  @Test func speedsAreLogNormal() {
    let model = LogNormalDevices()
    let logs = (0..<20_000).map { log(model.device(of: $0, seed: 5).flopsPerSecond / 2e9) }
    let mean = logs.reduce(0, +) / 20_000
    let deviation = (logs.reduce(0) { $0 + $1 * $1 } / 20_000 - mean * mean).squareRoot()
    #expect(abs(mean) < 4 * 0.9 / 20_000.0.squareRoot())
    #expect(abs(deviation - 0.9) < 4 * 0.9 / 40_000.0.squareRoot())
    #expect(model.device(of: 3, seed: 5) == model.device(of: 3, seed: 5))
    #expect(model.device(of: 3, seed: 5) != model.device(of: 3, seed: 6))
  }

  /// Clients 0..<500 are there in the first hour, the others in the second.
  private static func halves() -> TimeTables {
    var tables = TimeTables()
    let hour = 3_600_000_000
    tables.period = 2 * hour
    tables.intervals = Dictionary(
      uniqueKeysWithValues: (0..<1_000).map {
        ($0, $0 < 500 ? [0..<hour] : [hour..<2 * hour])
      })
    return tables
  }

  private static func facts(_ clients: [Int]) -> [ClientConditions] {
    clients.map { ClientConditions(client: $0, examples: 10) }
  }

  @Test func thoseAreDrawnWhoAreThere() throws {
    let configuration = Self.configuration { $0.availability.value = ListedAvailability() }
    var timekeeper = try Timekeeper(configuration, tables: Self.halves())
    let sampler = Self.sampler(configuration)
    var counts = [Int](repeating: 0, count: 1_000)
    for round in 1...400 {
      var now = 60_000_000
      let cohort = try timekeeper.draw(
        round: round, from: sampler, after: ParticipationLog(), now: &now, Self.facts)
      #expect(now == 60_000_000 && Set(cohort).count == 50 && cohort == cohort.sorted())
      for client in cohort { counts[client] += 1 }
    }
    #expect(counts[500...].allSatisfy { $0 == 0 })
    // Each of 500 is drawn 40 times on average, with a standard deviation of 6; 500 draws of 5.5 deviations.
    #expect(counts[..<500].allSatisfy { abs($0 - 40) < 33 })
  }

  /// What is known of earlier clients is a matter of memory: nothing depends on it.
  @Test func forgottenClientsAreAskedAgain() throws {
    let configuration = Self.configuration { _ in }
    var (small, large) = (
      try Timekeeper(configuration, tables: TimeTables(), mostKnown: 60),
      try Timekeeper(configuration, tables: TimeTables())
    )
    var asked = 0
    for round in 1...20 {
      // Half of each cohort was in the one before.
      let cohort = Array(25 * round..<25 * round + 50)
      let one = small.timeline(of: cohort, round: round, from: 0) { clients in
        asked += clients.count
        return clients.map { ClientConditions(client: $0, examples: 10 + $0 % 90) }
      }
      let other = large.timeline(of: cohort, round: round, from: 0) { clients in
        clients.map { ClientConditions(client: $0, examples: 10 + $0 % 90) }
      }
      #expect(one == other)
    }
    #expect(asked == 50 + 19 * 25)
  }

  @Test func theServerWaitsUntilThereAreEnough() throws {
    var configuration = Self.configuration { $0.availability.value = ListedAvailability() }
    configuration.availability.shared.retrySeconds = 900
    configuration.training.cohortSize = 200
    var tables = Self.halves()
    // Three quarters of an hour with 100 clients alone.
    for client in 100..<500 { tables.intervals?[client] = [2_700_000_000..<3_600_000_000] }
    var timekeeper = try Timekeeper(configuration, tables: tables)
    var now = 1_000_000
    _ = try timekeeper.draw(
      round: 1, from: Self.sampler(configuration), after: ParticipationLog(), now: &now,
      Self.facts)
    #expect(now == 1_000_000 + 3 * 900_000_000)
    configuration.training.cohortSize = 600
    var hopeless = try Timekeeper(configuration, tables: tables)
    #expect(throws: Timekeeper.TooFewAvailable.self) {
      _ = try hopeless.draw(
        round: 1, from: Self.sampler(configuration), after: ParticipationLog(), now: &now,
        Self.facts)
    }
  }

  /// A population of a million is asked about no more clients than one of a thousand.
  @Test func thePopulationIsNeverLookedAtAsAWhole() throws {
    func asked(clients: Int) throws -> Int {
      let configuration = Self.configuration {
        $0.population.clients = clients
        $0.availability.value = PhoneAvailability()
      }
      var tables = TimeTables()
      tables.period = 86_400_000_000
      var timekeeper = try Timekeeper(configuration, tables: tables)
      var (asked, now) = (0, 0)
      _ = try timekeeper.draw(
        round: 1, from: Self.sampler(configuration), after: ParticipationLog(), now: &now
      ) { few in
        asked += few.count
        // One in five rests.
        return few.map {
          ClientConditions(client: $0, examples: 1, rests: $0 % 5 == 0 ? [0..<3_600] : [])
        }
      }
      return asked
    }
    #expect(try asked(clients: 1_000_000) < 2 * asked(clients: 1_000))
  }
}
