import Glibc
import Processes

/// A process that this one started and has to wait for.
final class ChildProcess {
  let identifier: pid_t
  private var status: Int32?
  /// Processor time that it had used when it ended, in seconds.
  private var usedSeconds = 0.0
  private var isOver = false
  private let passesSignalsOn: Bool

  /// Starts a program in a process group of its own, so that Ctrl-C at the terminal is for this
  /// process alone.
  ///
  /// - Parameters:
  ///   - added: to the environment of this process.
  ///   - streams: its standard input, output and errors; no other descriptor stays open in it.
  ///   - passesSignalsOn: whether an exit status above 128 is the signal that ended what it started.
  init(
    _ executable: String, arguments: [String], adding added: [String: String],
    streams: (input: Int32, output: Int32, errors: Int32), passesSignalsOn: Bool = false
  ) throws(CoordinatorError) {
    self.passesSignalsOn = passesSignalsOn
    do {
      identifier = try spawn(
        [executable] + arguments, adding: added, streams: streams, hasOwnGroup: true)
    } catch {
      throw .cannotStart(Self.reason(error.code, executable))
    }
  }

  deinit { _ = end(within: 0) }

  private static func reason(_ code: Int32, _ executable: String) -> String {
    let advice =
      switch code {
      case EAGAIN: "; raise the limit of processes (ulimit -u) or use fewer --workers"
      case ENOMEM: "; raise the limit of memory (ulimit -v) or use fewer --workers"
      default: ""
      }
    return "\(executable): \(String(cString: strerror(code)))\(advice)"
  }

  /// Waits for its end, so many seconds at most, and then kills it; returns how it ended.
  func end(within seconds: Double) -> WorkerEnd {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !isOver, ContinuousClock.now < deadline {
      if !poll(WNOHANG) { usleep(1_000) }
    }
    // One that has ended already keeps its own status.
    if !isOver, !poll(WNOHANG) {
      wasKilledHere = true
      Glibc.kill(identifier, SIGKILL)
    }
    while !isOver { _ = poll(0) }
    guard let status else { return WorkerEnd(description: "an unknown status") }
    let signal = status & 0x7f
    guard signal != 0 else {
      let code = status >> 8 & 0xff
      return WorkerEnd(
        description: "exit status \(code)",
        isKilled: passesSignalsOn && Self.killers.contains(code - 128))
    }
    let hasReachedTimeLimit =
      signal == SIGXCPU || signal == SIGKILL && usedSeconds >= Self.timeLimit
    return WorkerEnd(
      description: "signal \(signal)"
        + (hasReachedTimeLimit ? ", its limit of CPU time (ulimit -t)" : ""),
      isKilled: Self.killers.contains(signal) && !wasKilledHere,
      hasReachedTimeLimit: hasReachedTimeLimit)
  }

  /// Signals that programs do not send themselves.
  private static let killers = [SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT]

  /// Whether it has ended, and not well.
  var hasFailed: Bool { (isOver || poll(WNOHANG)) && status.map { $0 != 0 } ?? true }

  /// Whether this process ended it.
  private var wasKilledHere = false

  /// What a process may use of the processor, in seconds; children have the limit of this process.
  private static var timeLimit: Double {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit) == 0, limit.rlim_cur != .max
    else { return .infinity }
    return Double(limit.rlim_cur)
  }

  /// Asks for its end; false while it runs.
  private func poll(_ options: Int32) -> Bool {
    var ended: Int32 = 0
    var usage = rusage()
    let answer = wait4(identifier, &ended, options, &usage)
    if answer == identifier {
      status = ended
      usedSeconds = [usage.ru_utime, usage.ru_stime].reduce(0) {
        $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
      }
      isOver = true
    } else if answer < 0, errno != EINTR {
      // Somebody has arranged that no process of ours is waited for.
      isOver = true
    }
    return isOver
  }
}
