import Coordinator
import Federation
import Foundation

/// What a run will take on this machine: an estimate from a short trial of it.
package struct PlanEstimate: Encodable, Equatable, Sendable {
  /// From the start of the run to its results.
  package var seconds: Double
  /// Peak of the coordinator and all workers together.
  package var memoryBytes: Int
  /// Of the finished run folder.
  package var diskBytes: Int
  package var workers: Int
  /// Clients that were trained to find out.
  package var timedClients: Int
}

/// What one client costs on this machine, with all workers busy.
package struct PlanTiming: Sendable {
  private let workers: Int
  private let clients: Int
  /// Of whom no more can be evaluated than there are.
  private let partition: ClientPartition
  private let startSeconds: Double
  private let trainSeconds: Double
  /// With the baselines and models of one client alone, and without.
  private let firstEvaluationSeconds: Double
  private let evaluationSeconds: Double
  private let memoryBytes: Int

  private static let clientsPerWorker = 4
  /// Parameters; with more, one client takes too long for a trial.
  private static let largestModel = 4_000_000
  private static let patience = Duration.seconds(8)

  /// Trains and evaluates a few clients of the experiment, writing nothing.
  ///
  /// - Returns: nil where that is not possible without a run folder, or went wrong.
  package init?(_ prepared: PreparedExperiment, workers: Int, launch: WorkerLaunch) {
    var pilot = prepared.configuration
    // What clients keep lies in the run folder, and a selection with noise is paid for by the run.
    guard pilot.algorithmLayouts.clientState.count == 0,
      pilot.privacy.selection.noiseMultiplier.value == nil
    else { return nil }
    let few = Self.clientsPerWorker * workers
    pilot.training.cohortSize = min(pilot.training.cohortSize, few)
    pilot.evaluation.clients = min(pilot.evaluation.clients, workers)
    pilot.evaluation.newClients = min(pilot.evaluation.newClients, workers)
    pilot.evaluation.pooledEpochs = 0
    pilot.privacy.audit.canaries = 0
    // Whatever time phones take, training them here takes the same.
    pilot.schedule = ScheduleConfiguration()
    pilot.availability = AvailabilityConfiguration()
    pilot.devices = DeviceConfiguration()
    // An estimate is of this machine.
    pilot.workers.placement = WorkerPlacement()
    if pilot.needsSecret { pilot.secret = .fresh() }
    guard pilot.makeModel().layout.count <= Self.largestModel else { return nil }
    let clock = ContinuousClock()
    let begin = clock.now
    func timed(_ body: () throws -> Void) rethrows -> Double {
      let start = clock.now
      try body()
      return (clock.now - start) / .seconds(1)
    }
    do {
      let pool = try WorkerPool(
        workers: workers, launch: launch,
        setup: prepared.facts.setup(pilot.settled(by: prepared.privacy)),
        parameterCount: pilot.makeModel().layout.count,
        isGivenUp: { clock.now - begin > Self.patience }, log: { _ in })
      defer { pool.shutDown() }
      let model = pilot.makeModel()
      let state = ServerState(
        parameters: pilot.initialParameters(of: model), server: pilot.training.server,
        privacy: prepared.privacy.map { PrivacyState(pilot, plan: $0) }, canaries: 0,
        vectors: pilot.algorithmLayouts.serverState.count)
      var run = FederatedRun(
        configuration: pilot, clients: prepared.facts.clients, state: state, pool: pool,
        privacy: prepared.privacy)
      try run.begin()
      // Workers start in the first round.
      let first = try timed { _ = try run.nextRound() }
      let second = try timed { _ = try run.nextRound() }
      let evaluated = Double(pilot.evaluation.clients + pilot.evaluation.newClients)
      var (firstEvaluation, evaluation) = (0.0, 0.0)
      if pilot.evaluation.every > 0, evaluated > 0 {
        firstEvaluation = try timed { _ = try run.evaluate() } / evaluated
        evaluation = try timed { _ = try run.evaluate() } / evaluated
      }
      self.workers = workers
      partition = ClientPartition(
        seed: pilot.populationSeed, clients: prepared.facts.clients,
        newClientShare: pilot.population.newClientShare)
      clients = pilot.training.cohortSize
      startSeconds = max(0, first - second)
      trainSeconds = second / Double(pilot.training.cohortSize)
      firstEvaluationSeconds = firstEvaluation
      evaluationSeconds = evaluation
      memoryBytes = OwnUsage.peakMemoryBytes + pool.peakMemoryBytes
    } catch {
      return nil
    }
  }

  /// - Parameter configuration: of the same model, population and local training as was timed.
  package func estimate(_ configuration: Configuration, parameters: Int) -> PlanEstimate {
    let training = configuration.training
    let evaluation = configuration.evaluation
    let evaluations = configuration.evaluationsLeft(after: 0)
    let evaluated =
      evaluations > 0
      ? min(evaluation.clients, partition.trainingCount)
        + min(evaluation.newClients, partition.newCount) : 0
    // One worker trains on all clients, the others wait.
    let pooled =
      evaluations > 0
      ? Double(evaluation.pooledEpochs * partition.trainingCount * workers) * trainSeconds
        / Double(max(1, training.local.epochs)) : 0
    let seconds =
      startSeconds + Double(training.rounds * configuration.selectedClients) * trainSeconds
      + Double(evaluated) * firstEvaluationSeconds + pooled
      + Double(max(0, evaluations - 1) * evaluated) * evaluationSeconds
    return PlanEstimate(
      seconds: seconds, memoryBytes: memoryBytes,
      diskBytes: Self.diskBytes(
        rounds: training.rounds, evaluations: evaluations, evaluated: evaluated,
        parameters: parameters),
      workers: workers, timedClients: clients)
  }

  /// Model and checkpoint, rows of the tables, and the files whose size hardly varies.
  private static func diskBytes(
    rounds: Int, evaluations: Int, evaluated: Int, parameters: Int
  ) -> Int {
    let (small, perRound, perEvaluation, perClient) = (120_000, 300, 6_000, 1_100)
    return small + 2 * 4 * parameters + perRound * rounds + perEvaluation * evaluations
      + perClient * evaluated
  }

  /// Equal for experiments of which one client costs the same.
  package static func key(of configuration: Configuration) throws -> String {
    let relevant = [
      "task", "model.", "population.", "training.local.", "training.max_examples",
      "training.window_days", "algorithm.", "personalisation.", "secure_aggregation.",
      "evaluation.local_only",
    ]
    return ConfigurationTree.settings(of: try ConfigurationTree.node(from: configuration))
      .filter { setting in
        setting.keyPath != "population.seed" && relevant.contains { setting.keyPath.hasPrefix($0) }
      }
      .map { "\($0.keyPath)=\($0.value)" }.joined(separator: "\n")
  }
}

/// Estimates for the points of a sweep, or for one experiment.
package enum PlanEstimates {
  private static let mostTrials = 4

  /// By run folder; nil for those that cannot be timed.
  ///
  /// Experiments of which one client costs the same are timed once, and at most four kinds: the
  /// others count as the first.
  ///
  /// - Parameter watch: told how many kinds are timed.
  package static func estimates(
    of experiments: [String: PreparedExperiment], in order: [String], workers: Int,
    launch: WorkerLaunch, watch: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> [String: PlanEstimate] {
    var keys: [String: String] = [:]
    var kinds: [String] = []
    for run in order {
      guard let experiment = experiments[run] else { continue }
      let key = try PlanTiming.key(of: experiment.configuration)
      keys[run] = key
      if !kinds.contains(key) { kinds.append(key) }
    }
    let timed = kinds.prefix(mostTrials)
    var timings: [String: PlanTiming] = [:]
    for (index, key) in timed.enumerated() {
      watch(index, timed.count)
      guard let run = order.first(where: { keys[$0] == key }), let experiment = experiments[run]
      else { continue }
      timings[key] = PlanTiming(experiment, workers: workers, launch: launch)
    }
    let standard = timed.lazy.compactMap { timings[$0] }.first
    var estimates: [String: PlanEstimate] = [:]
    for (run, key) in keys {
      guard let configuration = experiments[run]?.configuration,
        let timing = timings[key] ?? (timed.contains(key) ? nil : standard)
      else { continue }
      estimates[run] = timing.estimate(
        configuration, parameters: configuration.makeModel().layout.count)
    }
    return estimates
  }
}

extension Configuration {
  /// Evaluations after a round, until the last round, which ends with one as well.
  func evaluationsLeft(after round: Int) -> Int {
    let (every, rounds) = (evaluation.every, training.rounds)
    guard every > 0, round < rounds else { return 0 }
    return rounds / every - round / every + (rounds.isMultiple(of: every) ? 0 : 1)
  }
}
