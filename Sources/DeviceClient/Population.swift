import Federation
import UsageData
import UsageLog

/// Where a worker's clients come from.
enum Population {
  case synthetic(SyntheticPopulation)
  case file(UsageLog)
  case benchmark(BenchmarkPopulation)

  /// Registered clients; their ids are 0..<clients.
  var clients: Int {
    switch self {
    case .synthetic(let population): population.clients
    case .file(let log): log.clientCount
    case .benchmark(let population): population.clients
    }
  }

  init(_ setup: WorkerSetup) throws {
    let configuration = setup.configuration
    let population = configuration.population
    switch population.source {
    case .synthetic:
      self = .synthetic(
        SyntheticPopulation(
          seed: configuration.seed, clients: population.clients, days: population.days,
          preset: population.preset))
    case .file:
      let log = try UsageLog(
        path: population.path.value ?? "", sealKeyFile: population.sealKeyFile.value)
      guard setup.appRanks.map({ $0.count == log.appCount }) ?? true else {
        throw UsageLogError(
          .badInput, "\(log.path) was changed since the run began; start a new run")
      }
      self = .file(log)
    case .benchmark:
      self = .benchmark(
        BenchmarkPopulation(
          seed: configuration.seed, clients: population.clients,
          vocabulary: configuration.model.vocabulary,
          sequenceLength: configuration.model.sequenceLength))
    }
  }
}
