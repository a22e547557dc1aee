import CSpawn
import Glibc
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
  let channel: Channel
  private let process: ChildProcess
  private let lastWords: LastWords
  /// How long a worker may take to leave once its pipes are closed, in seconds.
  private static let leave = 2.0

  var processIdentifier: pid_t { process.identifier }

  /// Starts the process; throws when it cannot be started.
  ///
  /// - Parameter isGivenUp: ends every wait for the worker when it turns true.
  init(
    _ launch: WorkerLaunch, isGivenUp: @escaping @Sendable () -> Bool = { false }
  ) throws(CoordinatorError) {
    let toWorker = try Pipe()
    let fromWorker = try Pipe()
    let errors = try Pipe()
    process = try ChildProcess(
      launch.executable, arguments: launch.arguments, adding: WorkerLaunch.environment,
      streams: (toWorker.readEnd, fromWorker.writeEnd, errors.writeEnd))
    let lastWords = LastWords()
    self.lastWords = lastWords
    // The largest pipe an unprivileged process may ask for: fewer switches per model.
    let setPipeSize: Int32 = 1031
    _ = fcntl(toWorker.writeEnd, setPipeSize, 1 << 20)
    _ = fcntl(fromWorker.readEnd, setPipeSize, 1 << 20)
    channel = Channel(
      input: fromWorker.take(\.readEnd), output: toWorker.take(\.writeEnd),
      sideInput: errors.take(\.readEnd), isGivenUp: isGivenUp, onSideInput: lastWords.append)
  }

  deinit { channel.close() }

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
  ///
  /// - Parameter seconds: that it has to end by itself.
  func kill(after seconds: Double = 0) -> WorkerEnd {
    var end = process.end(within: seconds)
    channel.drainSideInput()
    end.description =
      lastWords.text.isEmpty
      ? "it ended with \(end.description) and wrote no error"
      : "it ended with \(end.description); its last words: \(lastWords.text)"
    return end
  }

  /// Tells the worker to leave.
  func dismiss() { channel.close() }

  /// Waits until a worker that was dismissed has left.
  func awaitEnd() { _ = process.end(within: Self.leave) }
}

/// The two ends of a pipe, closed with this unless somebody took them.
private final class Pipe {
  fileprivate var readEnd: Int32
  fileprivate var writeEnd: Int32

  init() throws(CoordinatorError) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else {
      throw .cannotStart(
        "no pipe can be made (\(String(cString: strerror(errno)))); raise the limit of open files "
          + "(ulimit -n) or use fewer --workers")
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    for end in [readEnd, writeEnd] where end >= 0 { close(end) }
  }

  /// An end that the caller closes from now on.
  func take(_ end: ReferenceWritableKeyPath<Pipe, Int32>) -> Int32 {
    defer { self[keyPath: end] = -1 }
    return self[keyPath: end]
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
