import Coordinator
import Federation

extension ExperimentRun {
  /// Starts a new run and works until it is finished or interrupted.
  ///
  /// - Parameters:
  ///   - out: the folder to make; nil for `results/<name>/<time>-<short hash>`.
  ///   - comment: what the experiment asks, as `headComment` gives it.
  ///   - extends: the files that the experiment's own extends.
  ///   - workers: worker processes.
  package static func start(
    _ configuration: Configuration, out: String?, comment: String = "",
    extends: [ExtendedFile] = [], workers: Int, launch: WorkerLaunch, observer: RunObserver
  ) throws -> RunResult {
    observer.entered(.preparing)
    return try start(
      ExperimentCheck.prepare(configuration), out: out, comment: comment, extends: extends,
      workers: workers, launch: launch, observer: observer)
  }

  /// As above, for an experiment that was checked before.
  ///
  /// A run that trains nothing is a result too: the model it started from.
  ///
  /// - Parameter parameters: of the model to start from; nil starts from a fresh one, which is none.
  package static func start(
    _ prepared: PreparedExperiment, out: String, workers: Int, launch: WorkerLaunch,
    observer: RunObserver, from parameters: [Float]?, comment: String
  ) throws -> RunResult {
    try start(
      prepared, out: out, comment: comment, workers: workers, launch: launch, observer: observer,
      from: parameters, mayLearnNothing: parameters != nil)
  }

  /// - Parameter shared: what other runs of a sweep have done already.
  static func start(
    _ prepared: PreparedExperiment, out: String?, comment: String, extends: [ExtendedFile] = [],
    workers: Int, launch: WorkerLaunch, observer: RunObserver, shared: SharedWork? = nil,
    from parameters: [Float]? = nil, mayLearnNothing: Bool = false
  ) throws -> RunResult {
    observer.entered(.preparing)
    var configuration = prepared.configuration
    // Whatever the accountant cannot answer is known before anything runs.
    let plan = try prepared.plan()
    try DescriptorLimit.require(workers: workers, others: DescriptorLimit.ofRun)
    let gracePeriod = GracePeriod(isInterrupted: observer.isInterrupted)
    let ahead = try WorkersAhead(
      min(workers, configuration.training.cohortSize), of: workers, launch: launch,
      configuration.workers, isGivenUp: { gracePeriod.isOver })
    defer { ahead.endUntaken() }
    let secret = try RunSecret(for: configuration)
    configuration.secret = secret?.key
    let facts = try prepared.facts.completed(configuration)
    let model = configuration.makeModel()
    let state = ServerState(
      parameters: parameters ?? configuration.initialParameters(of: model),
      server: configuration.training.server,
      privacy: prepared.privacy.map { PrivacyState(configuration, plan: $0) },
      canaries: configuration.privacy.audit.canaries,
      vectors: configuration.algorithmLayouts.serverState.count)
    var manifest = Manifest(configuration, configHash: "", facts: facts, workers: workers)
    manifest.extends = extends.isEmpty ? nil : extends
    manifest.ledger = configuration.privacy.ledger.value.map(LedgerMark.init)
    observer.begins()
    let folder = try RunFolder.create(at: out, configuration: configuration, comment: comment) {
      path, hash in
      manifest.configHash = hash
      try manifest.write(to: path)
      let files = try RunFiles(folder: path, configuration: configuration, from: nil)
      var checkpoint = Checkpoint(state: state, sizes: [:])
      checkpoint.published = facts.published
      checkpoint.secret = secret
      checkpoint.timeDigest = facts.timeDigest
      try checkpoint.bind(to: path, configHash: hash)
      checkpoint.note(try files.synchronized())
      try checkpoint.write(to: path)
    }
    observer.began(folder.path)
    for line in plan.claim?.lines() ?? [] { folder.log("Planned: \(line)") }
    if let line = AttackNote.planned(configuration, clients: facts.clients) { folder.log(line) }
    if let published = facts.published, published != prepared.facts.published {
      folder.log("Selected with noise: \(published).")
    }
    if let note = plan.note {
      folder.log(note)
      observer.noted(note)
    }
    var run = try ExperimentRun(
      folder: folder, facts: facts, manifest: manifest, launch: launch, ahead: ahead,
      gracePeriod: gracePeriod, observer: observer, privacy: prepared.privacy, shared: shared,
      mayLearnNothing: mayLearnNothing)
    return try run.work()
  }

  /// Continues a run from its last checkpoint.
  ///
  /// - Parameters:
  ///   - launcher: what starts workers from now on; nil for what did before.
  ///   - mayLearnNothing: as it began.
  package static func resume(
    _ path: String, workers: Int?, launcher: WorkerConfiguration.Launcher? = nil,
    launch: WorkerLaunch, observer: RunObserver,
    mayLearnNothing: Bool = false
  ) throws -> RunResult {
    try resume(
      path, workers: workers, launcher: launcher, launch: launch, observer: observer, shared: nil,
      mayLearnNothing: mayLearnNothing)
  }

  /// - Parameter expected: the configuration that a run of a sweep must have; nil for any.
  static func resume(
    _ path: String, workers: Int?, launcher: WorkerConfiguration.Launcher? = nil,
    launch: WorkerLaunch, observer: RunObserver,
    shared: SharedWork?, expecting expected: Configuration? = nil, mayLearnNothing: Bool = false
  ) throws -> RunResult {
    observer.entered(.preparing)
    let folder = try RunFolder.open(path)
    if let expected, try RunFolder.hash(of: expected) != RunFolder.hash(of: folder.configuration) {
      throw ExperimentError(
        .badData,
        "\(path): is not the run of this point of the sweep; put that back from a copy, or remove the "
          + "folder and resume the sweep.")
    }
    var manifest = try Manifest.read(from: path)
    try folder.requireHash(manifest.configHash, content: "run")
    let checkpoint = try Checkpoint.read(from: path)
    try checkpoint.secret?.requireSameProgram(path)
    let facts = try PopulationFacts(folder.configuration, published: checkpoint.published)
    guard manifest.contentHash == facts.contentHash else {
      throw ExperimentError(
        .badData,
        "\(folder.configuration.population.path.value ?? ""): is not the file this run began with, "
          + "so the run cannot be resumed; put the old file back, or start a new run.")
    }
    guard checkpoint.timeDigest == facts.timeDigest else {
      throw ExperimentError(
        .badData,
        "\(path): the CSV files of devices or availability are not those this run began with, so it cannot be "
          + "resumed; put the old files back, or start a new run.")
    }
    manifest.resume(workers: workers)
    if let launcher {
      var placement = manifest.placement ?? WorkerPlacement()
      placement.launcher = launcher
      manifest.placement = placement == WorkerPlacement() ? nil : placement
    }
    observer.began(folder.path)
    var run = try ExperimentRun(
      folder: folder, facts: facts, manifest: manifest, launch: launch,
      gracePeriod: GracePeriod(isInterrupted: observer.isInterrupted), observer: observer,
      shared: shared, mayLearnNothing: mayLearnNothing)
    // Until here nothing is written that a kill could spoil.
    observer.begins()
    return try run.work()
  }
}
