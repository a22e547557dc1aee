import Federation
import UsageData
import UsageLog

/// What must be known about a population before a round can be planned.
struct PopulationFacts: Equatable {
  /// Registered clients.
  var clients: Int
  /// No example at or after this moment is trained on (local seconds since 1970).
  var trainingEnd: Int64
  /// SHA-256 of an imported log; nil for populations that are computed.
  var contentHash: String?
  /// The order of an imported log's apps; nil where ids are in order of popularity by design.
  var appRanks: [Int32]?
  /// Training clients of an imported log that have nothing to learn from.
  var idleClients = 0

  init(_ configuration: Configuration) throws {
    let population = configuration.population
    switch population.source {
    case .benchmark:
      clients = population.clients
      trainingEnd = .max
    case .synthetic:
      clients = population.clients
      let trainingDays = population.days - configuration.evaluation.testDays
      trainingEnd = SyntheticPopulation.start + Int64(trainingDays) * LocalClock.day
    case .file:
      let log = try UsageLog(
        path: population.path.value ?? "", sealKeyFile: population.sealKeyFile.value)
      try log.verifyIfUnchecked()
      clients = log.clientCount
      contentHash = log.contentHash
      trainingEnd = try Self.trainingEnd(of: log, configuration)
      let survey = try TrainingSurvey(of: log, configuration, until: trainingEnd)
      guard survey.idleClients < survey.clients else {
        throw ExperimentError(
          .invalidConfiguration,
          "\(log.path): no training client has anything to learn from before the test starts; "
            + "lower evaluation.test_days or evaluation.test_fraction.")
      }
      appRanks = survey.appRanks
      idleClients = survey.idleClients
    }
  }

  private static func trainingEnd(of log: UsageLog, _ configuration: Configuration) throws -> Int64
  {
    guard let fraction = configuration.evaluation.testFraction.value else {
      let last = log.timeRange?.upperBound ?? 0
      let endOfPeriod = (last / LocalClock.day + 1) * LocalClock.day
      return endOfPeriod - Int64(configuration.evaluation.testDays) * LocalClock.day
    }
    // The earliest test of any client ends training for all: no future may leak between clients.
    var end = Int64.max
    for client in 0..<log.clientCount {
      let moments = configuration.task.moments(in: try log.history(of: client))
      if let start = SplitRule.lastFraction(fraction).testStart(of: moments) {
        end = min(end, start)
      }
    }
    return end
  }
}
