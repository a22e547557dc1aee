import Federation

/// How a worker is started: the program, its arguments and what is added to its environment.
package struct WorkerLaunch: Sendable {
  package var executable: String
  package var arguments: [String]

  package init(executable: String = "/proc/self/exe", arguments: [String] = ["worker"]) {
    self.executable = executable
    self.arguments = arguments
  }

  /// One BLAS thread and a pinned kernel: more threads or another kernel give other bits.
  package static let environment: [String: String] = [
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Haswell",
    "SWIFT_BACKTRACE": "enable=no",
  ]

  /// Set in workers that were started from the coordinator's own file.
  package static let sameProgram = "FEDSIM_SAME_PROGRAM"
}

/// What starts workers, here or elsewhere.
package protocol Launcher: Sendable {
  /// The program that is worker `index`, or that starts it and stays until it has ended.
  func launch(_ index: Int) -> WorkerLaunch
  /// Whether the program is the worker, on this machine.
  var isLocal: Bool { get }
}

/// Workers are processes of this machine.
package struct LocalLauncher: Launcher {
  private let worker: WorkerLaunch
  package let isLocal = true

  /// - Parameter dialsBack: whether they connect rather than speak through their standard streams.
  package init(_ worker: WorkerLaunch, dialsBack: Bool) {
    var worker = worker
    if dialsBack { worker.arguments.append("--connect") }
    self.worker = worker
  }

  package func launch(_ index: Int) -> WorkerLaunch { worker }
}

/// A command starts each worker, wherever it likes: ssh, srun, kubectl, docker.
package struct CommandLauncher: Launcher {
  private let words: [String]
  private let program: String
  package let isLocal = false

  /// - Parameters:
  ///   - words: with `{index}` and `{fedsim}` in the place of what differs.
  ///   - program: the path of this program.
  package init(_ words: [String], program: String) {
    precondition(!words.isEmpty)
    self.words = words
    self.program = program
  }

  package func launch(_ index: Int) -> WorkerLaunch {
    let words = words.map {
      $0.replacing("{index}", with: "\(index)").replacing("{fedsim}", with: program)
    }
    return WorkerLaunch(executable: words[0], arguments: Array(words.dropFirst()))
  }
}
