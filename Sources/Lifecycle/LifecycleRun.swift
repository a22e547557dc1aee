import Coordinator
import Device
import Experiments
import Federation
import Foundation
import LinearAlgebra
import ModelRegistry
import Tables

/// What a lifecycle tells whoever started it, and how it is asked to stop.
package struct LifecycleObserver: Sendable {
  /// Called before anything is written: from here on only `isInterrupted` may end the work.
  package var begins: @Sendable () -> Void
  /// The folder, as soon as it exists.
  package var began: @Sendable (_ folder: String) -> Void
  package var played: @Sendable (LifecycleProgress) -> Void
  /// A round of the training of a version.
  package var trained: @Sendable (RunProgress) -> Void
  /// What the training of a version is at, between two rounds.
  package var entered: @Sendable (RunStage) -> Void
  /// One sentence about something unusual, or a decision.
  package var noted: @Sendable (String) -> Void
  package var isInterrupted: @Sendable () -> Bool

  package init(
    begins: @escaping @Sendable () -> Void = {},
    began: @escaping @Sendable (String) -> Void = { _ in },
    played: @escaping @Sendable (LifecycleProgress) -> Void = { _ in },
    trained: @escaping @Sendable (RunProgress) -> Void = { _ in },
    entered: @escaping @Sendable (RunStage) -> Void = { _ in },
    noted: @escaping @Sendable (String) -> Void = { _ in },
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) {
    self.begins = begins
    self.began = began
    self.played = played
    self.trained = trained
    self.entered = entered
    self.noted = noted
    self.isInterrupted = isInterrupted
  }
}

/// A day that was played.
package struct LifecycleProgress: Sendable {
  package var day: Int
  package var days: Int
  package var production: Int
  package var accuracy: Double?
}

/// Months of phones' lives in one folder, day by day, from the start or from where it stopped.
package struct LifecycleRun {
  let folder: RunFolder
  private(set) var plan: PreparedLifecycle
  let observer: LifecycleObserver
  let registry: Registry
  let launch: WorkerLaunch
  private let pool: WorkerPool
  let files: LifecycleFiles
  var manifest: Manifest
  var state: LifecycleState
  /// By version.
  var models: [Int: [Float]] = [:]

  /// Days that workers play at a time: the past of a phone is replayed only once for them.
  private static let stretch = 10

  var configuration: Configuration { plan.configuration }
  var workers: Int { manifest.workers }

  init(
    folder: RunFolder, plan: PreparedLifecycle, manifest: Manifest, launch: WorkerLaunch,
    observer: LifecycleObserver
  ) throws {
    self.folder = folder
    self.plan = plan
    self.manifest = manifest
    self.launch = launch
    self.observer = observer
    state = try LifecycleState.read(from: folder.path)
    try state.requireBond(to: manifest, in: folder.path)
    try state.secret?.requireSameProgram(folder.path)
    if plan.configuration.needsSecret {
      guard state.secret != nil || state.day >= plan.configuration.population.days else {
        throw ExperimentError(
          .badData,
          "\(LifecycleState.path(in: folder.path)): has no key, which privacy.randomness: system needs; "
            + "restore it from a copy, or start again.")
      }
      // A finished lifecycle has no key any more, and draws nothing.
      self.plan.take(state.secret?.key ?? .fresh())
    }
    files = try LifecycleFiles(folder: folder.path, from: state)
    if state.digests == nil {
      observer.noted(
        "\(folder.path): an older fedsim began this lifecycle without checksums; its files are taken as "
          + "they are.")
      try state.bind(to: folder.path, configHash: manifest.configHash)
      state.note(try files.synchronized())
      try state.write(to: folder.path)
    }
    registry = try Registry("\(folder.path)/registry", create: state.versions.isEmpty)
    let configuration = self.plan.configuration
    guard state.fleet.count == configuration.population.clients,
      WorkerPool.sizes.contains(manifest.workers)
    else {
      throw ExperimentError(
        .badData, "\(folder.path): its files do not belong together, so it cannot be resumed.")
    }
    let gracePeriod = GracePeriod(isInterrupted: observer.isInterrupted)
    pool = try WorkerPool(
      workers: manifest.workers, launch: launch,
      setup: WorkerSetup(configuration: configuration, trainingEnd: .max),
      parameterCount: configuration.makeModel().layout.count,
      isGivenUp: { gracePeriod.isOver },
      log: { line in
        folder.log(line)
        observer.noted(line)
      })
    if let warning = folder.warning {
      folder.log(warning)
      observer.noted(warning)
    }
    if let note = registry.note {
      folder.log(note)
      observer.noted(note)
    }
    try requireOwnRegistry()
    try requireOwnTrainings()
    for version in state.versions { models[version.number] = try storedModel(version.number) }
  }

  // MARK: - The loop

  mutating func work() throws -> LifecycleSummary {
    folder.log("Working from day \(state.day) with \(workers) workers.")
    defer { pool.shutDown() }
    do {
      try beginRecording()
      try reserveOnLedger()
      if state.versions.isEmpty {
        try trainFirst()
        try writeCheckpoint()
      }
      while state.day < configuration.population.days { try playStretch() }
      return try finish()
    } catch {
      var reported = error
      if case CoordinatorError.interrupted = error {
        reported = ExperimentError(
          .interrupted,
          "Interrupted while the days from \(state.day) on were played; continue with `fedsim resume "
            + "\(folder.path)`.")
      }
      try end(after: reported)
      throw reported
    }
  }

  /// Plays the next days; stops after a day that brings another version.
  private mutating func playStretch() throws {
    let start = ContinuousClock.now
    let end = min(state.day + Self.stretch, configuration.population.days)
    let days = state.day..<end
    let numbers = state.livingVersions
    let lives = try pool.live(
      Array(0..<state.fleet.count), days: days, versions: numbers.compactMap { models[$0] })
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    defer {
      // How long it took is no result: it may be missing.
      try? files.append(
        LifecycleTiming(
          days: days.lowerBound..<state.day, seconds: seconds,
          timing: lives.reduce(into: ClientLife.Timing()) { $0 += $1.timing },
          peakMemoryBytes: OwnUsage.peakMemoryBytes + pool.peakMemoryBytes,
          workerRestarts: pool.restarts))
    }
    for day in days {
      var record = try play(day, lives, index: day - days.lowerBound, numbers: numbers)
      let known = state.versions.count
      try decide(after: day, &record)
      try files.append(record)
      state.day = day + 1
      try writeCheckpoint()
      observer.played(
        LifecycleProgress(
          day: day, days: configuration.population.days, production: state.production ?? 0,
          accuracy: record.accuracy))
      if observer.isInterrupted(), state.day < configuration.population.days {
        throw ExperimentError(
          .interrupted,
          "Interrupted after day \(day); continue with `fedsim resume \(folder.path)`.")
      }
      if state.versions.count > known { return }
    }
  }

  mutating func writeCheckpoint() throws {
    state.note(try files.synchronized())
    try state.write(to: folder.path)
  }

  // MARK: - The end

  private mutating func finish() throws -> LifecycleSummary {
    let epsilon = try state.epsilon(delta: plan.delta)
    let summary = LifecycleSummary(state, configuration, epsilon: epsilon, delta: plan.delta)
    try write(summary)
    if state.secret != nil {
      state.secret = nil
      try writeCheckpoint()
    }
    // The last row of seconds came after the last checkpoint; what is recorded must not be lost.
    _ = try files.synchronized()
    try recordFiles()
    try settleOnLedger()
    manifest.exitReason = .finished
    manifest.exitMessage = nil
    try writeManifest()
    folder.log("Finished after day \(state.day - 1).")
    return summary
  }

  private mutating func end(after error: any Error) throws {
    let isInterruption = (error as? ExperimentError)?.code == .interrupted
    manifest.exitReason = isInterruption ? .interrupted : .failed
    manifest.exitMessage = "\(error)"
    folder.log("Stopped: \(error)")
    // The first error is the one to report; on a full disk this write fails as well.
    try? writeManifest()
  }

  private mutating func writeManifest() throws {
    manifest.end = Date()
    manifest.roundsFinished = state.rounds
    manifest.peakMemoryBytes = max(
      manifest.peakMemoryBytes, OwnUsage.peakMemoryBytes + pool.peakMemoryBytes)
    manifest.workerRestarts += pool.restarts
    try manifest.write(to: folder.path)
  }
}
