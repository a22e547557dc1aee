import CSpawn
import Glibc
import Messages
import Threads
import Wire

/// One running worker: its process, or the one that started it elsewhere, its channel and its last words.
final class WorkerProcess {
  /// Nil until a worker that dials back has done so.
  private(set) var channel: Channel?
  private let process: ChildProcess
  private let errors: Pipe
  private let lastWords: LastWords
  private let isGivenUp: @Sendable () -> Bool
  private var arrival: DialArrival?
  /// Kept open: its end would tell the starting program that it is not wanted any more.
  private let input: Pipe
  /// Whether the process is the worker itself, on this machine.
  let isLocal: Bool
  /// What a worker elsewhere has told of its memory.
  private var toldMemoryBytes = 0
  /// How long a worker may take to leave once its pipes are closed, in seconds.
  private static let leave = 2.0

  var processIdentifier: pid_t { process.identifier }
  /// Whether frames are sealed from the first one on.
  let dialsBack: Bool

  /// Starts the process; throws when it cannot be started.
  ///
  /// - Parameters:
  ///   - arrival: the connection that the worker is to open; nil speaks through its standard streams.
  ///   - isGivenUp: ends every wait for the worker when it turns true.
  init(
    _ launch: WorkerLaunch, isLocal: Bool = true,
    adding environment: [String: String] = WorkerLaunch.environment, arrival: DialArrival? = nil,
    isGivenUp: @escaping @Sendable () -> Bool = { false }
  ) throws(CoordinatorError) {
    self.isLocal = isLocal
    self.arrival = arrival
    self.isGivenUp = isGivenUp
    dialsBack = arrival != nil
    input = try Pipe()
    let output = arrival == nil ? try Pipe() : nil
    errors = try Pipe()
    process = try ChildProcess(
      launch.executable, arguments: launch.arguments, adding: environment,
      streams: (input.readEnd, output?.writeEnd ?? errors.writeEnd, errors.writeEnd),
      passesSignalsOn: !isLocal)
    lastWords = LastWords()
    for pipe in [input, errors, output].compactMap(\.self) { pipe.closeEndOfChild(pipe === input) }
    if let line = arrival?.line.text {
      // A pipe that is new takes the line at once.
      _ = Array(line.utf8).withUnsafeBytes { write(input.writeEnd, $0.baseAddress, $0.count) }
      _ = fcntl(errors.readEnd, F_SETFL, fcntl(errors.readEnd, F_GETFL, 0) | O_NONBLOCK)
    } else if let output {
      // The largest pipe an unprivileged process may ask for: fewer switches per model.
      let setPipeSize: Int32 = 1031
      _ = fcntl(input.writeEnd, setPipeSize, 1 << 20)
      _ = fcntl(output.readEnd, setPipeSize, 1 << 20)
      channel = Channel(
        input: output.take(\.readEnd), output: input.take(\.writeEnd),
        sideInput: errors.take(\.readEnd), isGivenUp: isGivenUp, onSideInput: lastWords.append)
    }
  }

  deinit { channel?.close() }

  /// The channel, once the worker has dialled; waited for so many seconds.
  func connect(deadline: Double) throws(WireError) -> Channel {
    if let channel { return channel }
    guard let arrival else { throw .closed }
    let end = ContinuousClock.now + .seconds(deadline)
    while true {
      if let connection = arrival.wait(milliseconds: 50) {
        self.arrival = nil
        let channel = Channel(
          socket: connection.socket, seal: connection.seal, sideInput: errors.take(\.readEnd),
          isGivenUp: isGivenUp, onSideInput: lastWords.append)
        self.channel = channel
        return channel
      }
      readErrors()
      if isGivenUp() { throw .givenUp }
      // A command that only asks others to start the worker may end well before that.
      if process.hasFailed { throw .closed }
      guard ContinuousClock.now < end else { throw .timedOut(seconds: deadline) }
    }
  }

  /// Largest resident memory so far, in bytes.
  var peakMemoryBytes: Int {
    // A relay tells of its own workers as well.
    max(toldMemoryBytes, isLocal ? ProcessMemory.peakBytes(of: "\(processIdentifier)") : 0)
  }

  /// Takes what a worker says of itself beside its answers; false for anything else.
  func takes(_ message: Message) -> Bool {
    switch message {
    case .usage(let bytes):
      toldMemoryBytes = max(toldMemoryBytes, bytes)
    case .bye(let exitCode, let reason):
      lastWords.append("\(reason) (exit status \(exitCode))")
    default: return false
    }
    return true
  }

  private func readErrors() {
    guard errors.readEnd >= 0 else { return }
    withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
      while true {
        let count = read(errors.readEnd, buffer.baseAddress, buffer.count)
        guard count > 0 else { return }
        lastWords.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
  }

  /// How long the process may take to end when its worker has, in seconds: news from elsewhere take
  /// longer.
  var leave: Double { isLocal ? 0.2 : Self.leave }

  /// Kills the process and says how it ended and what it last wrote to standard error.
  ///
  /// - Parameter seconds: that it has to end by itself.
  func kill(after seconds: Double = 0) -> WorkerEnd {
    var end = process.end(within: seconds)
    channel?.drainSideInput()
    readErrors()
    end.description =
      lastWords.text.isEmpty
      ? "it ended with \(end.description) and wrote no error"
      : "it ended with \(end.description); its last words: \(lastWords.text)"
    return end
  }

  /// Tells the worker to leave.
  func dismiss() {
    channel?.close()
    input.close()
  }

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

  deinit { close() }

  /// Closes the end that a child has got.
  func closeEndOfChild(_ isRead: Bool) { close(isRead ? \.readEnd : \.writeEnd) }

  /// Closes what is left.
  func close() {
    close(\.readEnd)
    close(\.writeEnd)
  }

  private func close(_ end: ReferenceWritableKeyPath<Pipe, Int32>) {
    if self[keyPath: end] >= 0 { Glibc.close(self[keyPath: end]) }
    self[keyPath: end] = -1
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

  func append(_ more: String) {
    Array((bytes.isEmpty ? more : "\n\(more)").utf8).withUnsafeBytes { append($0) }
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
