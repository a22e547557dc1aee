import Federation
import UsageData

/// The histories of an experiment's clients, as training and evaluation see them.
package struct ClientHistories {
  private let data: ClientData

  package init(_ setup: WorkerSetup) throws {
    data = ClientData(setup: setup, population: try Population(setup))
  }

  /// Their ids are 0..<count.
  package var count: Int { data.population.clients }

  /// - Parameter client: 0..<count.
  package func history(of client: Int) throws -> ClientHistory {
    try data.subject(client).history
  }

  /// A client's history, its labelled moments, and which of them it is tested on.
  package func subject(
    _ client: Int
  ) throws -> (history: ClientHistory, moments: [Moment], test: Range<Int>) {
    let subject = try data.subject(client)
    return (subject.history, subject.moments, subject.split.test)
  }

  /// By app id of a client's history.
  package func appNames(of client: Int) throws -> [String] {
    switch data.population {
    case .synthetic(let synthetic):
      return (0..<Int32(synthetic.appCount)).map(synthetic.appName)
    case .file(let log):
      guard let ranks = data.setup.appRanks else { return (0..<log.appCount).map(log.appName) }
      var ranking = AppRanking(ranks, listed: data.setup.listedApps)
      _ = ranking.ranked(try log.history(of: client))
      let listed = data.setup.listedApps ?? log.appCount
      var names = [String](repeating: "", count: listed + ranking.own.count)
      for (app, rank) in ranks.enumerated() where rank >= 0 { names[Int(rank)] = log.appName(app) }
      for (app, number) in ranking.own { names[Int(number)] = log.appName(Int(app)) }
      return names
    case .benchmark, .program: return []
    }
  }
}
