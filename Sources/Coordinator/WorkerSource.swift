import Federation
import Foundation
import Wire

/// Starts the workers of one run, and is where those arrive that dial back.
final class WorkerSource: Sendable {
  let launcher: any Launcher
  /// Nil where workers speak through their standard streams.
  let listener: DialListener?
  private let environment: [String: String]

  /// - Parameters:
  ///   - local: how a worker is started on this machine.
  ///   - workers: that may dial at a time.
  init(
    _ local: WorkerLaunch, _ configuration: WorkerConfiguration, workers: Int
  ) throws(CoordinatorError) {
    let program = URL(fileURLWithPath: local.executable).resolvingSymlinksInPath().path
    switch configuration.launcher {
    case .local:
      launcher = LocalLauncher(local, dialsBack: configuration.dialsBack)
    case .command:
      let line = configuration.command.value ?? ""
      guard let words = CommandWords.words(of: line), !words.isEmpty else {
        throw .cannotStart("workers.command ('\(line)') is no command")
      }
      launcher = CommandLauncher(words, program: program)
    case .slurm:
      launcher = SlurmLauncher(
        try SlurmAllocation.current(), program: program, workers: workers,
        dialsBack: configuration.dialsBack)
    }
    environment = WorkerLaunch.environment.merging(
      launcher.isLocal ? [WorkerLaunch.sameProgram: "1"] : [:]
    ) { $1 }
    guard configuration.dialsBack else {
      listener = nil
      return
    }
    let given = configuration.listen.value.flatMap(ListenAddress.init)
    let own = launcher.isLocal ? nil : TCP.ownAddress
    let address = given ?? ListenAddress(host: own ?? "127.0.0.1", port: 0)
    // Who listens everywhere has no address to tell.
    let isAnywhere = ["0.0.0.0", "::"].contains(address.host)
    listener = try DialListener(
      address, told: isAnywhere ? TCP.ownAddress ?? "127.0.0.1" : address.host, workers: workers)
  }

  /// Starts worker `index`; throws when its program cannot be started.
  ///
  /// - Parameter isGivenUp: ends every wait for the worker when it turns true.
  func start(
    _ index: Int, isGivenUp: @escaping @Sendable () -> Bool
  ) throws(CoordinatorError) -> WorkerProcess {
    try WorkerProcess(
      launcher.launch(index), isLocal: launcher.isLocal, adding: environment,
      arrival: listener?.expect(), isGivenUp: isGivenUp)
  }

  /// Refuses whoever dials from now on, and says what was refused.
  func close() { listener?.close() }
}
