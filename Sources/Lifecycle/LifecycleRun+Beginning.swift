import Coordinator
import Experiments
import Federation
import Foundation

extension LifecycleRun {
  /// Starts a new lifecycle and plays it to its last day, or until it is interrupted.
  ///
  /// - Parameters:
  ///   - out: the folder to make; nil for `results/<name>/<time>-<short hash>`.
  ///   - comment: what the experiment asks, as `headComment` gives it.
  package static func start(
    _ configuration: Configuration, out: String?, comment: String = "", workers: Int,
    launch: WorkerLaunch, observer: LifecycleObserver
  ) throws -> (folder: String, summary: LifecycleSummary) {
    let plan = try PreparedLifecycle(configuration)
    var manifest = try Manifest(configuration, configHash: "", workers: workers)
    manifest.ledger = configuration.privacy.ledger.value.map(LedgerMark.init)
    observer.begins()
    let folder = try RunFolder.create(at: out, configuration: configuration, comment: comment) {
      path, hash in
      manifest.configHash = hash
      try manifest.write(to: path)
      var state = LifecycleState(configuration, ledger: plan.ledger)
      state.secret = try RunSecret(for: configuration)
      try state.bind(to: path, configHash: hash)
      state.note(try LifecycleFiles(folder: path, from: nil).synchronized())
      try state.write(to: path)
    }
    observer.began(folder.path)
    var run = try LifecycleRun(
      folder: folder, plan: plan, manifest: manifest, launch: launch, observer: observer)
    return (folder.path, try run.work())
  }

  /// Goes on after the last day that was played whole.
  package static func resume(
    _ path: String, workers: Int?, launch: WorkerLaunch, observer: LifecycleObserver
  ) throws -> (folder: String, summary: LifecycleSummary) {
    let folder = try RunFolder.open(path)
    var manifest = try Manifest.read(from: path)
    try folder.requireHash(manifest.configHash, content: "lifecycle")
    manifest.resume(workers: workers)
    var configuration = folder.configuration
    configuration.workers.placement = manifest.placement ?? WorkerPlacement()
    let plan = try PreparedLifecycle(configuration)
    observer.begins()
    observer.began(folder.path)
    var run = try LifecycleRun(
      folder: folder, plan: plan, manifest: manifest, launch: launch, observer: observer)
    return (folder.path, try run.work())
  }
}
