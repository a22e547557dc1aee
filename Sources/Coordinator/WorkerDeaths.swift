import Glibc
import Synchronization

/// How a worker's process ended.
struct WorkerEnd: Sendable {
  /// For a sentence: "exit status 3".
  var description: String
  /// Whether a signal ended it that programs do not send themselves: somebody's `kill`, or the system.
  var isKilled = false
  /// Whether it had used up its processor time.
  var hasReachedTimeLimit = false
}

/// Which workers of a pool run, and which were killed lately.
///
/// Several workers that are killed at one moment are killed from outside: none of the clients that they
/// worked on is to blame.
final class WorkerDeaths: Sendable {
  private struct State {
    var running: [Int: pid_t] = [:]
    var killed: [(slot: Int, at: ContinuousClock.Instant)] = []
  }

  /// Within this time signals count as sent at one moment: a busy machine notices them late.
  private static let moment = Duration.seconds(3)
  private let state = Mutex(State())

  func started(_ process: pid_t, in slot: Int) { state.withLock { $0.running[slot] = process } }

  func ended(in slot: Int, _ end: WorkerEnd) {
    let now = ContinuousClock.now
    state.withLock { state in
      state.running[slot] = nil
      state.killed.removeAll { now - $0.at > Self.moment }
      if end.isKilled { state.killed.append((slot, now)) }
    }
  }

  /// Whether a worker of another slot was killed at the same moment; asked by a slot whose own was.
  ///
  /// - Parameter start: earlier deaths do not count: the client that was handed out then may be what
  ///   killed those workers.
  func othersWereKilled(besides slot: Int, after start: ContinuousClock.Instant) -> Bool {
    for isLast in [false, true] {
      let now = ContinuousClock.now
      let found = state.withLock { state in
        state.killed.contains { $0.slot != slot && $0.at > start && now - $0.at <= Self.moment }
          || state.running.contains { $0.key != slot && Self.isKilled($0.value) }
      }
      if found { return true }
      // Whoever kills them one after the other needs a moment as well.
      if !isLast { usleep(20_000) }
    }
    return false
  }

  /// Whether a signal has ended a child that nobody has waited for yet.
  private static func isKilled(_ process: pid_t) -> Bool {
    var status = siginfo_t()
    guard waitid(P_PID, id_t(process), &status, WEXITED | WNOHANG | WNOWAIT) == 0 else {
      return false
    }
    return status.si_signo == SIGCHLD && Int(status.si_code) == CLD_KILLED
  }
}
