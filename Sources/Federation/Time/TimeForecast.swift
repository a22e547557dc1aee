import LinearAlgebra
import SecureAggregation
import UsageData

/// How much virtual time a run will take, from rounds of the same devices that nobody trains.
///
/// As if every client had the most examples of a round, nobody had to be waited for and nobody were interrupted.
package struct TimeForecast: Equatable, Sendable {
  /// Mean seconds of a round.
  package let secondsPerRound: Double

  private static let mostRounds = 64
  private static let mostClients = 50_000

  /// - Parameter clients: registered clients of the population.
  package init(
    _ configuration: Configuration, clients: Int, tables: TimeTables
  ) throws(SecureAggregationError) {
    var simulated = configuration
    // Nothing that is drawn here is used in the run.
    simulated.privacy.randomness = .reproducible
    simulated.availability = AvailabilityConfiguration()
    var timekeeper = try Timekeeper(simulated, tables: tables)
    let partition = ClientPartition(
      seed: configuration.populationSeed, clients: clients,
      newClientShare: configuration.population.newClientShare)
    let size = min(configuration.selectedClients, partition.trainingCount)
    let examples =
      configuration.population.source == .benchmark
      ? BenchmarkPopulation.examplesPerClient : configuration.training.maxExamples
    let rounds = max(1, min(Self.mostRounds, Self.mostClients / max(1, size)))
    var total = 0.0
    for round in 1...rounds {
      var stream = RandomStream(
        seed: configuration.seed, purpose: .timeForecast, round: round)
      let cohort = CohortSampler.distinct(size, below: partition.trainingCount, using: &stream)
        .map(partition.trainingClient).sorted()
      let timeline = timekeeper.timeline(of: cohort, round: round, from: 0) { clients in
        clients.map { ClientConditions(client: $0, examples: examples) }
      }
      if let buffering = configuration.schedule.schedule.buffering {
        // So many phones at a time bring one update each in the mean time of one.
        let sum = cohort.reduce(0.0) { $0 + Double(timekeeper.trainingDuration(of: $1)) }
        total += sum / Double(buffering.concurrency)
      } else {
        total += Double(timeline.end)
      }
    }
    secondsPerRound = total / Double(rounds) / 1e6
  }
}
