import Federation
import UsageData
import UsageLog

/// What every client of an imported log is told of all of them: given, or selected with noise.
///
/// The run keeps it, so that nothing is read or selected a second time.
struct PublishedFacts: Codable, Equatable {
  /// The apps with a rank of their own, the first first; nil where the clients' data ranks all apps.
  var apps: [String]?
  /// No example at or after this moment is trained on (local seconds since 1970); nil where it follows
  /// from the log's last event.
  var trainingEnd: Int64?

  /// Nothing is given.
  init() {}

  /// What an experiment file gives.
  init(_ configuration: Configuration) throws {
    let population = configuration.population
    apps = try population.vocabularyFile.value.map { try LineList.read($0, of: "app") }
    trainingEnd = population.trainingEnd.value.flatMap(LocalClock.day(named:))
  }

  /// The rank of every app of a log; -1 of one that is not in the list.
  func ranks(in log: UsageLog) -> [Int32]? {
    guard let apps else { return nil }
    let ranks = Dictionary(
      apps.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    return (0..<log.appCount).map { ranks[log.appName($0)] ?? -1 }
  }
}

extension PublishedFacts: CustomStringConvertible {
  var description: String {
    [
      apps.map { "\($0.count) apps" },
      trainingEnd.map { "no training from \(localTimeText($0).prefix(10)) on" },
    ].compactMap(\.self).joined(separator: ", ")
  }
}

extension PublishedFacts {
  /// Selects what is left open, with noise.
  mutating func select(
    with selection: PrivateSelection, from log: UsageLog, _ configuration: Configuration
  ) throws {
    let partition = ClientPartition(
      seed: configuration.populationSeed, clients: log.clientCount,
      newClientShare: configuration.population.newClientShare)
    if trainingEnd == nil {
      var days: [Int] = []
      for position in 0..<partition.trainingCount {
        let history = try log.history(of: partition.trainingClient(position))
        if let end = Self.ownEnd(of: history, configuration) {
          days.append(Int(end / LocalClock.day))
        }
      }
      let day = selection.endDay(days: days, clients: partition.trainingCount, configuration)
      trainingEnd = Int64(day) * LocalClock.day
    }
    guard apps == nil else { return }
    let names = (0..<log.appCount).map(log.appName)
    var clients = [Int](repeating: 0, count: names.count)
    for position in 0..<partition.trainingCount {
      var opens: [Int32: Int] = [:]
      for open in try log.history(of: partition.trainingClient(position)).opens
      where open.time < trainingEnd ?? .max {
        opens[open.app, default: 0] += 1
      }
      let most = opens.sorted { left, right in
        left.value != right.value
          ? left.value > right.value : names[Int(left.key)] < names[Int(right.key)]
      }
      for (app, _) in most.prefix(selection.appsPerClient) { clients[Int(app)] += 1 }
    }
    apps = selection.apps(clients: clients, names: names, configuration).map { names[$0] }
  }

  /// When training would end if there was this client alone; nil for one that never did anything.
  private static func ownEnd(
    of history: ClientHistory, _ configuration: Configuration
  ) -> Int64? {
    if let fraction = configuration.evaluation.testFraction.value {
      return SplitRule.lastFraction(fraction).testStart(of: configuration.task.moments(in: history))
    }
    guard let last = history.sessions.last?.end else { return nil }
    let tested = Int64(configuration.evaluation.testDays) * LocalClock.day
    return max(0, (last / LocalClock.day + 1) * LocalClock.day - tested)
  }
}
