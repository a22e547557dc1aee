import Federation
import Foundation
import Synchronization
import Threads

/// What is found out about a sweep before anything runs.
extension Sweep {
  /// Checks every run against its population and solves its privacy, by run folder.
  ///
  /// Every population is looked into once and equal privacy is solved once, several at a time.
  ///
  /// - Parameter finished: folders of runs that need no more of this.
  package func prepared(
    except finished: Set<String> = []
  ) throws -> [String: PreparedExperiment] {
    let todo = runs.filter { !finished.contains($0.run) }
    let facts = try lookedInto(todo)
    var keys: [String] = []
    var first: [String: SweepPoint] = [:]
    for (point, facts) in zip(todo, facts) {
      let key = Self.privacyKey(of: point.configuration, clients: facts.clients)
      keys.append(key)
      if first[key] == nil { first[key] = point }
    }
    let problems = zip(keys, zip(todo, facts)).filter { first[$0]?.run == $1.0.run }
    let solved = Mutex<[String: Result<PrivacyPlan?, any Error>]>([:])
    inParallel(problems.count, width: ProcessInfo.processInfo.activeProcessorCount) { index in
      let (key, (point, facts)) = problems[index]
      let result = Result { try ExperimentCheck.solvePrivacy(of: point.configuration, facts) }
      solved.withLock { $0[key] = result }
    }
    var prepared: [String: PreparedExperiment] = [:]
    for (index, point) in todo.enumerated() {
      prepared[point.run] = try point.naming {
        PreparedExperiment(
          point.configuration, facts: facts[index],
          privacy: try solved.withLock { $0[keys[index]] }?.get())
      }
    }
    return prepared
  }

  /// What every point will cost, in order.
  package func plans() throws -> [(point: SweepPoint, plan: ExperimentPlan)] {
    let prepared = try prepared()
    try checkLedgers(prepared, in: SweepFolder.path(nil, for: self))
    let plans = try prepared.mapValues { try $0.plan() }
    return points.compactMap { point in plans[point.run].map { (point, $0) } }
  }

  /// One answer for each point.
  private func lookedInto(_ points: [SweepPoint]) throws -> [PopulationFacts] {
    var known: [String: PopulationFacts] = [:]
    return try points.map { point in
      try point.naming {
        try ExperimentCheck.checkSources(of: point.configuration)
        let key = point.configuration.text(deciding: [.population])
        let facts = try known[key] ?? PopulationFacts(point.configuration)
        known[key] = facts
        try ExperimentCheck.checkCohort(of: point.configuration, facts)
        return facts
      }
    }
  }

  /// Equal for configurations whose noise, rounds and ε are solved alike: the accountant sees how
  /// clients are drawn and how many there are, not which.
  private static func privacyKey(of configuration: Configuration, clients: Int) -> String {
    "\(clients) clients\n" + configuration.text(deciding: [.privacy])
  }
}

extension SweepPoint {
  /// Names the point in what goes wrong with it.
  fileprivate func naming<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as ExperimentError {
      throw ExperimentError(error.code, "point \(number) (\(label)): \(error)")
    }
  }
}
