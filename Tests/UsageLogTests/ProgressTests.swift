import Foundation
import Synchronization
import Testing
import UsageLog

/// An import that is told to stop, at whatever it is doing.
@Suite struct ProgressTests {
  private struct Stop: Error {}

  @Test func reportsRowsAndClients() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<140_000).map { "u\($0 % 50),\($0),a\n" }.joined()
    let source = try folder.write("log.csv", ("user,time,app\n" + rows).utf8)
    var seen: [Int] = []
    _ = try importLog(from: source, to: folder.file("a.sqlite")) { seen.append($0) }
    // While sorted events are read, twice: each of 50 clients and every 65,536 events.
    #expect(seen == [65_536, 131_072] + [Int](repeating: 140_000, count: 2 * (50 + 2)))
  }

  @Test func countsBadRowsToo() throws {
    let folder = try TemporaryFolder()
    let rows = String(repeating: "a,never,x\n", count: 70_000)
    let source = try folder.write("log.csv", ("user,time,app\n" + rows).utf8)
    #expect(throws: Stop.self) {
      try importLog(from: source, to: folder.file("a.sqlite")) { _ in throw Stop() }
    }
  }

  /// Of 12 calls 2 come while reading, 5 while the sorted events are counted, 5 while written.
  @Test(arguments: [1, 2, 3, 5, 6, 8])
  func stopsWhenToldTo(_ call: Int) throws {
    let folder = try TemporaryFolder()
    let rows = (0..<131_072).map { "u\($0 % 3),\($0),a\n" }.joined()
    let source = try folder.write("log.csv", ("user,time,app\n" + rows).utf8)
    var calls = 0
    #expect(throws: Stop.self) {
      try importLog(
        from: source, to: folder.file("new/log.sqlite"),
        options: options(.csv) { $0.sortCapacity = 50_000 }
      ) { _ in
        calls += 1
        if calls == call { throw Stop() }
      }
    }
    #expect(try folder.contents() == ["log.csv"])
  }

  @Test func signalsEndAWaitForInput() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    // Open for writing all the time, so that the reader waits for ever.
    let writer = open(pipe, O_RDWR | O_CLOEXEC)
    defer { close(writer) }
    let header = Array("user,time,app\n".utf8)
    try #require(write(writer, header, header.count) == header.count)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in }
    try #require(sigaction(SIGUSR2, &action, nil) == 0)

    let wait = InterruptedWait()
    let target = folder.file("log.sqlite")
    let thread = Thread { wait.run { try importToStop(from: .file(pipe), to: target) } }
    thread.start()
    for _ in 0..<1000 where wait.interrupt() { usleep(10_000) }
    #expect(wait.error is Stop)
    #expect(try folder.contents() == ["pipe"])
  }

  private func importToStop(from source: ImportSource, to path: String) throws {
    _ = try importLog(from: source, to: path) { _ in throw Stop() }
  }
}

/// Work on a thread that another one interrupts by signals until it ends.
private final class InterruptedWait: Sendable {
  private struct State {
    var thread: pthread_t?
    var isDone = false
    var error: (any Error)?
  }

  private let state = Mutex(State())

  var error: (any Error)? { state.withLock { $0.error } }

  func run(_ work: () throws -> Void) {
    // Tests run on threads that block all signals, and a new thread inherits that.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGUSR2)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    state.withLock { $0.thread = pthread_self() }
    let result = Result(catching: work)
    state.withLock { state in
      if case .failure(let error) = result { state.error = error }
      state.isDone = true
    }
  }

  /// Sends the thread a signal once it runs; false when its work is done.
  func interrupt() -> Bool {
    state.withLock { state in
      if !state.isDone, let thread = state.thread { pthread_kill(thread, SIGUSR2) }
      return !state.isDone
    }
  }
}
