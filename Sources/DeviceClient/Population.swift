import ClientPrograms
import Federation
import UsageData
import UsageLog

/// Where a worker's clients come from.
enum Population {
  case synthetic(SyntheticPopulation)
  case file(UsageLog)
  case benchmark(BenchmarkPopulation)
  /// Clients of another program, which trains and measures them.
  case program(ClientProgram, clients: Int)

  /// Registered clients; their ids are 0..<clients.
  var clients: Int {
    switch self {
    case .synthetic(let population): population.clients
    case .file(let log): log.clientCount
    case .benchmark(let population): population.clients
    case .program(_, let clients): clients
    }
  }

  /// Whether clients have histories of usage.
  var hasHistories: Bool {
    switch self {
    case .synthetic, .file: true
    case .benchmark, .program: false
    }
  }

  /// Midnight of the first day, in local seconds since 1970.
  var start: Int64 {
    switch self {
    case .synthetic, .benchmark, .program: SyntheticPopulation.start
    case .file(let log): (log.timeRange?.lowerBound ?? 0) / LocalClock.day * LocalClock.day
    }
  }

  init(_ setup: WorkerSetup) throws {
    let configuration = setup.configuration
    let population = configuration.population
    switch population.source {
    case .synthetic:
      self = .synthetic(
        SyntheticPopulation(
          seed: configuration.populationSeed, clients: population.clients, days: population.days,
          preset: population.preset,
          drift: population.drift.day.value.map {
            PopulationDrift(
              day: $0, share: population.drift.share,
              preset: population.drift.preset.value ?? population.preset)
          },
          arrivals: PopulationArrivals(
            share: population.arrivals.share, days: population.arrivals.days)))
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
          seed: configuration.populationSeed, clients: population.clients,
          vocabulary: configuration.model.vocabulary,
          sequenceLength: configuration.model.sequenceLength))
    case .worker:
      self = .program(
        try ClientProgram(
          configuration.programWords, setup: configuration.programSetup,
          deadline: configuration.programDeadline), clients: population.clients)
    }
  }
}
