import Federation
import UsageData
import UsageLog

/// What must be known about a population before a round can be planned.
struct PopulationFacts: Equatable {
  /// Registered clients.
  var clients: Int
  /// No example at or after this moment is trained on (local seconds since 1970).
  var trainingEnd: Int64
  /// When everybody's test period ends; nil for never.
  var testEnd: Int64?
  /// SHA-256 of an imported log; nil for populations that are computed.
  var contentHash: String?
  /// The order of an imported log's apps, -1 of one that is in no list; nil where ids are in order of
  /// popularity by design.
  var appRanks: [Int32]?
  /// Training clients of an imported log that have nothing to learn from; 0 where nobody may know.
  var idleClients = 0
  /// What files and the population say of the phones' time; nil where time is not simulated.
  var time: TimeTables?
  /// SHA-256 of those files; nil without any.
  var timeDigest: String?
  /// What the clients of an imported log are told of all of them; nil for other populations.
  var published: PublishedFacts?

  /// - Parameter published: of a run that has begun; nil takes what the configuration gives, and leaves
  ///   open what is to be selected.
  init(_ configuration: Configuration, published: PublishedFacts? = nil) throws {
    let population = configuration.population
    var days: Int?
    switch population.source {
    case .benchmark, .worker:
      clients = population.clients
      trainingEnd = .max
    case .synthetic:
      clients = population.clients
      days = population.days
      let trainingDays = population.days - configuration.evaluation.testDays
      trainingEnd = SyntheticPopulation.start + Int64(trainingDays) * LocalClock.day
    case .file:
      let log = try Self.log(of: configuration)
      try log.verifyIfUnchecked()
      clients = log.clientCount
      contentHash = log.contentHash
      trainingEnd = .max
      try learn(from: log, configuration, try published ?? PublishedFacts(configuration))
      if let range = log.timeRange {
        days = Int(range.upperBound / LocalClock.day - range.lowerBound / LocalClock.day) + 1
      }
    }
    guard configuration.simulatesTime else { return }
    let (tables, digest) = try TimeTables.read(configuration, clients: clients, days: days)
    (time, timeDigest) = (tables, digest)
  }

  /// Keeps the virtual time of a run; nil where time is not simulated.
  func timekeeper(_ configuration: Configuration) throws -> Timekeeper? {
    guard let time else { return nil }
    do {
      return try Timekeeper(configuration, tables: time)
    } catch {
      throw ExperimentError(.invalidConfiguration, "secure_aggregation: \(error).")
    }
  }

  /// Virtual seconds of all rounds together, in expectation; nil where time is not simulated.
  func virtualSeconds(_ configuration: Configuration) throws -> Double? {
    guard let time else { return nil }
    do {
      return try TimeForecast(configuration, clients: clients, tables: time).secondsPerRound
        * Double(configuration.training.rounds)
    } catch {
      throw ExperimentError(.invalidConfiguration, "secure_aggregation: \(error).")
    }
  }

  /// Selects with noise what the configuration leaves open, where it is to be selected.
  func completed(_ configuration: Configuration) throws -> PopulationFacts {
    guard
      let selection = PrivateSelection(configuration, delta: configuration.delta(clients: clients)),
      var published
    else { return self }
    let log = try Self.log(of: configuration)
    try published.select(with: selection, from: log, configuration)
    var facts = self
    try facts.learn(from: log, configuration, published)
    return facts
  }

  private static func log(of configuration: Configuration) throws -> UsageLog {
    try UsageLog(
      path: configuration.population.path.value ?? "",
      sealKeyFile: configuration.population.sealKeyFile.value)
  }

  private mutating func learn(
    from log: UsageLog, _ configuration: Configuration, _ published: PublishedFacts
  ) throws {
    self.published = published
    if let end = published.trainingEnd {
      trainingEnd = end
      if configuration.evaluation.testFraction.value == nil {
        testEnd = end + Int64(configuration.evaluation.testDays) * LocalClock.day
      }
    }
    appRanks = published.ranks(in: log)
    if let appRanks, !appRanks.isEmpty, !appRanks.contains(where: { $0 >= 0 }) {
      let path = configuration.population.vocabularyFile.value
      throw ExperimentError(
        path == nil ? .invalidConfiguration : .badData,
        path.map {
          "\($0): names none of the apps of \(log.path); write the apps as the log names them."
        }
          ?? "privacy.selection.noise_multiplier: with so much noise no app has enough clients to be "
          + "selected; lower it, or give a public list of apps as population.vocabulary_file.")
    }
    // With a mechanism nothing below may look at everybody's data; runs of older versions did.
    guard configuration.privacy.mechanism == .none || configuration.looksAtEverybody else { return }
    if published.trainingEnd == nil { trainingEnd = try Self.trainingEnd(of: log, configuration) }
    let survey = try TrainingSurvey(of: log, configuration, until: trainingEnd)
    guard survey.idleClients < survey.clients else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(log.path): no training client has anything to learn from before the test starts; "
          + "lower evaluation.test_days or evaluation.test_fraction.")
    }
    if published.apps == nil { appRanks = survey.appRanks }
    idleClients = survey.idleClients
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

  /// What a worker is told.
  func setup(_ configuration: Configuration, historyFolder: String? = nil) -> WorkerSetup {
    WorkerSetup(
      configuration: configuration, trainingEnd: trainingEnd, appRanks: appRanks,
      listedApps: published?.apps?.count, testEnd: testEnd, historyFolder: historyFolder)
  }
}
