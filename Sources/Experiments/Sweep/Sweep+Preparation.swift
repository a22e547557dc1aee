import Federation
import Foundation
import Privacy
import Synchronization
import Threads

/// How far the work on a sweep is that is done before anything runs.
package struct SweepPreparation: Sendable {
  package enum Task: Sendable {
    /// Makes the experiment of each point.
    case reading
    /// Looks into the population of each run.
    case populations
    /// Calibrates the noise of each privacy setting.
    case privacy
    /// Adds up what each run will cost.
    case costs
    /// Tries on this machine how fast each kind of run is.
    case timing
  }

  package typealias Watch = @Sendable (SweepPreparation) -> Void

  package var task: Task
  package var done: Int
  package var of: Int

  package init(task: Task, done: Int, of: Int) {
    self.task = task
    self.done = done
    self.of = of
  }
}

/// What is found out about a sweep before anything runs.
extension Sweep {
  /// Checks every run against its population and solves its privacy, by run folder.
  ///
  /// Every population is looked into once and equal privacy is solved once, several at a time.
  ///
  /// - Parameter finished: folders of runs that need no more of this.
  ///
  /// - Parameter watch: told how far the work is, from any thread.
  package func prepared(
    except finished: Set<String> = [], watch: SweepPreparation.Watch? = nil
  ) throws -> [String: PreparedExperiment] {
    let todo = runs.filter { !finished.contains($0.run) }
    let facts = try lookedInto(todo, watch)
    var keys: [String] = []
    var first: [String: SweepPoint] = [:]
    for (point, facts) in zip(todo, facts) {
      let key = Self.privacyKey(of: point.configuration, clients: facts.clients)
      keys.append(key)
      if first[key] == nil { first[key] = point }
    }
    let problems = zip(keys, zip(todo, facts)).filter { first[$0]?.run == $1.0.run }
    let solved = Mutex<[String: Result<SolvedPrivacy, any Error>]>([:])
    inParallel(problems.count, width: ProcessInfo.processInfo.activeProcessorCount) { index in
      let (key, (point, facts)) = problems[index]
      // What equal privacy promises is computed once as well.
      let result = Result { try SolvedPrivacy(point.configuration, facts) }
      let done = solved.withLock { solved in
        solved[key] = result
        return solved.count
      }
      watch?(SweepPreparation(task: .privacy, done: done, of: problems.count))
    }
    var prepared: [String: PreparedExperiment] = [:]
    for (index, point) in todo.enumerated() {
      prepared[point.run] = try point.naming {
        let privacy = try solved.withLock { $0[keys[index]] }?.get()
        return PreparedExperiment(
          point.configuration, facts: facts[index], privacy: privacy?.plan,
          guarantee: privacy?.guarantee)
      }
    }
    return prepared
  }

  /// What every point will cost, in order.
  ///
  /// - Parameters:
  ///   - prepared: what is known of the runs already.
  ///   - watch: told how far the work is, from any thread.
  package func plans(
    of prepared: [String: PreparedExperiment]? = nil, watch: SweepPreparation.Watch? = nil
  ) throws -> [(point: SweepPoint, plan: ExperimentPlan)] {
    let prepared = try prepared ?? self.prepared(watch: watch)
    try checkLedgers(prepared, in: SweepFolder.path(nil, for: self))
    let todo = runs.compactMap { point in prepared[point.run].map { (point.run, $0) } }
    let plans = Mutex<[String: Result<ExperimentPlan, any Error>]>([:])
    inParallel(todo.count, width: ProcessInfo.processInfo.activeProcessorCount) { index in
      let (run, experiment) = todo[index]
      let result = Result { try experiment.plan() }
      let done = plans.withLock { plans in
        plans[run] = result
        return plans.count
      }
      watch?(SweepPreparation(task: .costs, done: done, of: todo.count))
    }
    return try points.compactMap { point in
      try plans.withLock { $0[point.run] }.map { (point, try $0.get()) }
    }
  }

  /// One answer for each point.
  private func lookedInto(
    _ points: [SweepPoint], _ watch: SweepPreparation.Watch?
  ) throws -> [PopulationFacts] {
    var known: [String: PopulationFacts] = [:]
    return try points.enumerated().map { index, point in
      watch?(SweepPreparation(task: .populations, done: index, of: points.count))
      return try point.naming {
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

/// The noise of a privacy setting and what it promises.
private struct SolvedPrivacy: Sendable {
  let plan: PrivacyPlan?
  let guarantee: Result<PrivacyGuarantee?, SettingError>

  init(_ configuration: Configuration, _ facts: PopulationFacts) throws {
    let plan = try ExperimentCheck.solvePrivacy(of: configuration, facts)
    self.plan = plan
    guarantee = Result { () throws(SettingError) in try plan?.guarantee() }
  }
}

extension SweepPoint {
  /// Names the point in what goes wrong with it.
  fileprivate func naming<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as ExperimentError {
      throw error.about("point \(number) (\(label))")
    }
  }
}
