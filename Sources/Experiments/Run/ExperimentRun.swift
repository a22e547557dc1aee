import Coordinator
import Federation
import Foundation
import Models
import UsageLog

/// Runs an experiment in its folder, from the start or from where it stopped.
package struct ExperimentRun {
  let folder: RunFolder
  let observer: RunObserver
  let mayLearnNothing: Bool
  let pool: WorkerPool
  let files: RunFiles
  let layout: ParameterLayout
  /// Nil without `privacy.ledger`.
  let ledger: LedgerUse?
  let privacy: PrivacyPlan?
  let facts: PopulationFacts
  private(set) var run: FederatedRun
  var manifest: Manifest
  var checkpoint: Checkpoint

  /// - Parameters:
  ///   - ahead: workers that were started early.
  ///   - gracePeriod: how long an interrupted round may go on.
  ///   - privacy: of a run that begins; one that has begun keeps the noise it began with.
  ///   - mayLearnNothing: whether a run that trains nothing is a result all the same.
  init(
    folder: RunFolder, facts: PopulationFacts, manifest: Manifest, launch: WorkerLaunch,
    ahead: WorkersAhead? = nil, gracePeriod: GracePeriod, observer: RunObserver,
    privacy: PrivacyPlan? = nil, shared: SharedWork?, mayLearnNothing: Bool
  ) throws {
    self.folder = folder
    self.facts = facts
    self.observer = observer
    self.mayLearnNothing = mayLearnNothing
    self.manifest = manifest
    var configuration = folder.configuration
    configuration.workers.placement = manifest.placement ?? WorkerPlacement()
    layout = configuration.makeModel().layout
    checkpoint = try Checkpoint.read(from: folder.path)
    // A finished run has no key any more, and draws nothing.
    if configuration.needsSecret { configuration.secret = checkpoint.secret?.key ?? .fresh() }
    guard
      checkpoint.secret != nil || !configuration.needsSecret || checkpoint.isFinished(configuration)
    else {
      throw ExperimentError(
        .badData,
        "\(Checkpoint.path(in: folder.path)): has no key, which privacy.randomness: system needs; restore "
          + "it from a copy, or start again.")
    }
    guard checkpoint.state.parameters.count == layout.count,
      WorkerPool.sizes.contains(manifest.workers)
    else {
      throw ExperimentError(
        .badData, "\(folder.path): its files do not belong together, so it cannot be resumed.")
    }
    try checkpoint.requireBond(to: manifest, in: folder.path)
    files = try RunFiles(folder: folder.path, configuration: configuration, from: checkpoint)
    if checkpoint.digests == nil {
      observer.noted(
        "\(folder.path): an older fedsim began this run without checksums; its files are taken as they "
          + "are.")
      try checkpoint.bind(to: folder.path, configHash: manifest.configHash)
      checkpoint.note(try files.synchronized())
      try checkpoint.write(to: folder.path)
    }
    ledger = LedgerUse(configuration, facts)
    let privacy =
      try privacy
      ?? PrivacyPlan(
        configuration, clients: facts.clients,
        noiseMultiplier: checkpoint.state.privacy?.noiseMultiplier)
    self.privacy = privacy
    pool = try WorkerPool(
      workers: manifest.workers, launch: launch, ahead: ahead,
      setup: facts.setup(
        configuration.settled(by: privacy), historyFolder: shared?.historyFolder(of: configuration)),
      parameterCount: layout.count,
      isGivenUp: { gracePeriod.isOver },
      log: { line in
        folder.log(line)
        observer.noted(line)
      })
    if let warning = folder.warning {
      folder.log(warning)
      observer.noted(warning)
    }
    if let warning = configuration.population.sealKeyFile.value.flatMap(KeyFile.permissionWarning) {
      observer.noted(warning)
    }
    if facts.idleClients > 0 {
      observer.noted(
        "\(facts.idleClients) of the training clients have nothing to learn from before the test "
          + "starts and stay idle.")
    }
    run = FederatedRun(
      configuration: configuration, clients: facts.clients, state: checkpoint.state, pool: pool,
      privacy: privacy, states: files.states?.access,
      timekeeper: try facts.timekeeper(configuration),
      constants: shared?.evaluations.constants(of: configuration, facts))
  }

  // MARK: - The loop

  mutating func work() throws -> RunResult {
    let clock = ContinuousClock()
    let start = clock.now
    folder.log("Working from round \(run.state.round) with \(manifest.workers) workers.")
    defer { pool.shutDown() }
    do {
      let isNewToChecksums = !manifest.isSealed
      try beginRecording()
      try reserveOnLedger()
      try run.begin()
      if run.isInitialEvaluationDue { try evaluateInitially() }
      let firstRound = run.state.round
      observer.entered(
        .training(round: firstRound, rounds: folder.configuration.training.rounds))
      while !run.isFinished {
        let roundStart = clock.now
        try workOneRound(since: roundStart)
        try stopIfAbandonedTooOften()
        observer.progressed(progress(since: start, firstRound: firstRound))
        if observer.isInterrupted(), !run.isFinished {
          try writeCheckpoint()
          throw ExperimentError(
            .interrupted,
            "Interrupted after round \(run.state.round)\(lastAccuracy); continue with `fedsim resume "
              + "\(folder.path)`.")
        }
      }
      observer.entered(.writing)
      try failIfNothingWasTrained()
      try finish(keepingUnrecorded: isNewToChecksums)
      noteEvaluation()
    } catch {
      let error = stop(from: error)
      try end(after: error)
      throw error
    }
    return RunResult(
      folder: folder.path, name: folder.configuration.name, rounds: run.state.round,
      rows: checkpoint.rows, seconds: (clock.now - start) / .seconds(1), summary: summary,
      claim: manifest.privacy, spent: spent, launchSpent: launchSpent, audit: run.findings,
      largestClientWeight: folder.configuration.evaluation.largestClientWeight.value,
      isRanking: !folder.configuration.hasProgram,
      hasLearned: checkpoint.outcomes?.failure(folder.configuration) == nil)
  }

  /// Round 0 of evaluation.csv.
  ///
  /// A run that is resumed before its first checkpoint repeats it.
  private mutating func evaluateInitially() throws {
    let evaluation = try run.evaluate()
    try files.append(evaluation)
    checkpoint.rows = evaluation.rows
  }

  private mutating func workOneRound(since start: ContinuousClock.Instant) throws {
    let clock = ContinuousClock()
    let cpuStart = OwnUsage.cpuSeconds
    var record = try run.nextRound()
    checkpoint.bytesToClients += record.bytesToClients
    checkpoint.bytesFromClients += record.bytesFromClients
    checkpoint.masks += record.aggregation?.expandedMasks ?? 0
    checkpoint.outcomes?.add(record)
    try files.append(record, configuration: folder.configuration, sampling: run.sampling)
    guard run.isModelFinite else {
      throw OutcomeCounts.notFinite("the model", round: record.round, folder.configuration)
    }
    if run.isEvaluationDue {
      let evaluationStart = clock.now
      let evaluation = try evaluated(after: record.round)
      guard !evaluation.rows.contains(where: { $0.predictor == .federated && $0.isLost }) else {
        throw OutcomeCounts.notFinite(
          "what the model says", round: record.round, folder.configuration)
      }
      try files.append(evaluation)
      shrunkEvaluations = EvaluationNotes.shrunk(evaluation, folder.configuration)
      checkpoint.rows = evaluation.rows
      record.timing.evaluate = (clock.now - evaluationStart) / .seconds(1)
      lastEvaluationSeconds = record.timing.evaluate
      evaluationSeconds += record.timing.evaluate
    }
    files.append(
      SystemRow(
        round: record.round, seconds: (clock.now - start) / .seconds(1), timing: record.timing,
        peakMemoryBytes: peakMemory, coordinatorPeakMemoryBytes: OwnUsage.peakMemoryBytes,
        coordinatorSeconds: OwnUsage.cpuSeconds - cpuStart, workerRestarts: pool.restarts,
        bytes: pool.bytes))
    lastLoss = record.trainLoss
    note(record)
    noteFirstTrouble(in: record)
    noteRepetition(in: record)
    guard !run.isFinished else { return }
    if record.round.isMultiple(of: folder.configuration.checkpoint.every)
      || clock.now - lastCheckpoint > mostLost
    {
      try writeCheckpoint()
    }
  }

  private mutating func evaluated(after round: Int) throws -> EvaluationRecord {
    let (observer, rounds) = (observer, folder.configuration.training.rounds)
    observer.entered(.evaluating(round: round, rounds: rounds, done: 0, clients: 0))
    return try run.evaluate { done, clients in
      observer.entered(.evaluating(round: round, rounds: rounds, done: done, clients: clients))
    }
  }

  /// Of the last evaluation, and of all in this process together.
  private(set) var lastEvaluationSeconds: Double?
  private(set) var evaluationSeconds = 0.0

  /// When the last checkpoint was written, or work began.
  private var lastCheckpoint = ContinuousClock.now
  /// Work that a kill or an interruption may cost: so much that checkpoints take a twentieth of the
  /// time at most.
  private var mostLost = Duration.seconds(4)

  private(set) var lastLoss: Double?
  /// What the last evaluation should not be trusted without.
  private(set) var shrunkEvaluations: [String] = []
  var hasNotedTrouble = false
  var hasNotedRepetition = false

  mutating func writeCheckpoint() throws {
    let start = ContinuousClock.now
    checkpoint.state = run.state
    checkpoint.note(try files.synchronized())
    try checkpoint.write(to: folder.path)
    lastCheckpoint = .now
    mostLost = max(mostLost, (lastCheckpoint - start) * 20)
  }
}
