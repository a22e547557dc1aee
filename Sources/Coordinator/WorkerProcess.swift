import Dispatch
import Foundation
import Glibc
import Subprocess
import Synchronization
import SystemPackage
import Wire

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
}

/// One running worker: its process, its two pipes and its last words.
final class WorkerProcess {
  let processIdentifier: pid_t
  let channel: Channel
  private let lastWords: LastWords
  private let lifetime: Lifetime

  /// Starts the process; throws when it cannot be started.
  init(_ launch: WorkerLaunch) throws {
    let toWorker = try FileDescriptor.pipe(options: .closeOnExec)
    let fromWorker = try FileDescriptor.pipe(options: .closeOnExec)
    let errors = try FileDescriptor.pipe(options: .closeOnExec)
    let lifetime = Lifetime()
    Task.detached {
      do {
        var options = PlatformOptions()
        // Its own process group: Ctrl-C at the terminal is for the coordinator alone.
        options.processGroupID = 0
        var environment: [Environment.Key: String?] = [:]
        for (key, value) in WorkerLaunch.environment {
          environment[Environment.Key(stringLiteral: key)] = value
        }
        let result = try await Subprocess.run(
          .path(FilePath(launch.executable)), arguments: Arguments(launch.arguments),
          environment: .inherit.updating(environment), platformOptions: options,
          input: .fileDescriptor(toWorker.readEnd, closeAfterSpawningProcess: true),
          output: .fileDescriptor(fromWorker.writeEnd, closeAfterSpawningProcess: true),
          error: .fileDescriptor(errors.writeEnd, closeAfterSpawningProcess: true)
        ) { execution in
          lifetime.started(.success(execution.processIdentifier.value))
        }
        lifetime.ended(result.terminationStatus)
      } catch {
        lifetime.started(.failure(error))
        lifetime.ended(nil)
      }
    }
    processIdentifier = try lifetime.waitForStart()
    let lastWords = LastWords()
    self.lastWords = lastWords
    self.lifetime = lifetime
    // The largest pipe an unprivileged process may ask for: fewer switches per model.
    let setPipeSize: Int32 = 1031
    _ = fcntl(toWorker.writeEnd.rawValue, setPipeSize, 1 << 20)
    _ = fcntl(fromWorker.readEnd.rawValue, setPipeSize, 1 << 20)
    channel = Channel(
      input: fromWorker.readEnd.rawValue, output: toWorker.writeEnd.rawValue,
      sideInput: errors.readEnd.rawValue, onSideInput: lastWords.append)
  }

  /// Largest resident memory so far, in bytes, as the kernel keeps it.
  var peakMemoryBytes: Int {
    // Asked for after every round: no text is made of the file.
    let file = open("/proc/\(processIdentifier)/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { buffer in
      let count = read(file, buffer.baseAddress, buffer.count - 1)
      guard count > 0, let start = buffer.baseAddress else { return 0 }
      buffer[count] = 0
      let key = "VmHWM:"
      guard let place = strstr(start, key) else { return 0 }
      return 1024 * strtol(place + key.utf8.count, nil, 10)
    }
  }

  /// Kills the process and says how it ended and what it last wrote to standard error.
  func kill() -> String {
    if !lifetime.hasEnded { _ = Glibc.kill(processIdentifier, SIGKILL) }
    let status = lifetime.waitForEnd()
    channel.drainSideInput()
    let how =
      switch status {
      case .exited(let code): "exit status \(code)"
      case .signaled(let signal): "signal \(signal)"
      case nil: "an unknown status"
      }
    return lastWords.text.isEmpty
      ? "it ended with \(how) and wrote no error"
      : "it ended with \(how); its last words: \(lastWords.text)"
  }
}

/// The end of what a worker wrote to standard error.
private final class LastWords {
  private static let capacity = 2_000
  private var bytes: [UInt8] = []

  func append(_ more: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: more)
    if bytes.count > Self.capacity { bytes.removeFirst(bytes.count - Self.capacity) }
  }

  var text: String {
    String(decoding: bytes, as: UTF8.self).trimmingWhitespace()
  }
}

extension String {
  fileprivate func trimmingWhitespace() -> String {
    let start = drop { $0.isWhitespace }
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { String(start[...$0]) } ?? ""
  }
}

/// Start and end of a process, awaited by a plain thread.
private final class Lifetime: Sendable {
  private struct State {
    var start: Result<pid_t, any Error>?
    var hasEnded = false
    var status: TerminationStatus?
  }

  private let state = Mutex(State())
  private let startSignal = DispatchSemaphore(value: 0)
  private let endSignal = DispatchSemaphore(value: 0)

  func started(_ result: Result<pid_t, any Error>) {
    let isNews = state.withLock { state in
      guard state.start == nil else { return false }
      state.start = result
      return true
    }
    if isNews { startSignal.signal() }
  }

  func ended(_ status: TerminationStatus?) {
    state.withLock {
      $0.hasEnded = true
      $0.status = status
    }
    endSignal.signal()
  }

  var hasEnded: Bool { state.withLock(\.hasEnded) }

  func waitForStart() throws -> pid_t {
    startSignal.wait()
    startSignal.signal()
    return try state.withLock { try $0.start?.get() ?? -1 }
  }

  func waitForEnd() -> TerminationStatus? {
    endSignal.wait()
    endSignal.signal()
    return state.withLock(\.status)
  }
}
