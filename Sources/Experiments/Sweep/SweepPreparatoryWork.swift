import Coordinator
import Federation
import Foundation

/// What the points of a sweep share, measured once before any of them starts.
package enum SweepPreparatoryWork {
  /// Points that measure something that no file has yet, the first of those that agree in it.
  ///
  /// - Parameter finished: runs that need nothing any more.
  static func points(of sweep: Sweep, in path: String, except finished: Set<String>) -> [SweepPoint]
  {
    let evaluations = SharedEvaluations(folder: "\(path)/shared")
    var users: [String: (first: SweepPoint, count: Int)] = [:]
    for point in sweep.runs where !finished.contains(point.run) {
      // Of a log, whose content belongs to the key, the path says enough to find those that agree.
      let source = point.configuration.population.path.value
      guard let key = SharedEvaluations.key(of: point.configuration, contentHash: source) else {
        continue
      }
      users[key] = (users[key]?.first ?? point, (users[key]?.count ?? 0) + 1)
    }
    return users.filter { key, user in user.count > 1 && !evaluations.has(key) }
      .map(\.value.first).sorted { $0.number < $1.number }
  }

  /// Does what is left of it; other processes may work on the points meanwhile.
  ///
  /// - Parameter noted: told one sentence about each step.
  package static func work(
    in path: String, workers: Int, launch: WorkerLaunch, observer: RunObserver
  ) throws {
    let path = try RunFolder.normalized(path)
    let sweep = try SweepFolder.sweep(in: path)
    let finished = try SweepFolder.finishedRuns(of: sweep, in: path)
    let points = points(of: sweep, in: path, except: finished)
    let others = Set(sweep.runs.map(\.run)).subtracting(points.map(\.run))
    let prepared = try sweep.prepared(except: others)
    let shared = SharedWork(folder: "\(path)/shared", for: sweep)
    observer.begins()
    for (index, point) in points.enumerated() {
      guard let prepared = prepared[point.run] else { continue }
      observer.noted("Measures what other points need too, \(index + 1) of \(points.count).")
      try measure(prepared, shared, workers, launch, observer)
      guard !observer.isInterrupted() else {
        throw ExperimentError(
          .interrupted, "Interrupted; the points measure themselves what is missing.")
      }
    }
  }

  private static func measure(
    _ prepared: PreparedExperiment, _ shared: SharedWork, _ workers: Int, _ launch: WorkerLaunch,
    _ observer: RunObserver
  ) throws {
    var configuration = prepared.configuration
    if configuration.needsSecret { configuration.secret = .fresh() }
    let facts = try prepared.facts.completed(configuration)
    let state = ServerState(
      parameters: configuration.initialParameters(of: configuration.makeModel()),
      server: configuration.training.server,
      privacy: prepared.privacy.map { PrivacyState(configuration, plan: $0) },
      canaries: configuration.privacy.audit.canaries,
      vectors: configuration.algorithmLayouts.serverState.count)
    let gracePeriod = GracePeriod(isInterrupted: observer.isInterrupted)
    let pool = try WorkerPool(
      workers: workers, launch: launch,
      setup: facts.setup(
        configuration.settled(by: prepared.privacy),
        historyFolder: shared.historyFolder(of: configuration)),
      parameterCount: state.parameters.count, isGivenUp: { gracePeriod.isOver },
      log: observer.noted)
    defer { pool.shutDown() }
    let keepsState = configuration.algorithmLayouts.clientState.count > 0
    var run = FederatedRun(
      configuration: configuration, clients: facts.clients, state: state, pool: pool,
      privacy: prepared.privacy,
      // Nobody has trained yet.
      states: keepsState ? ClientStates(load: { _ in nil }, commit: { _ in }) : nil,
      constants: shared.evaluations.constants(of: configuration, facts))
    _ = try run.evaluate()
  }
}
