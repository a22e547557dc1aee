import Coordinator
import Foundation
import Synchronization
import TestSupport
import Testing
import Threads

/// Waits that somebody ends, and threads that cannot be had.
struct GivenUpTests {
  /// A worker that says nothing, with a deadline of an hour, is not waited for once nobody wants to.
  @Test(arguments: ["exec sleep 600", "cat > /dev/null", "kill -STOP $$"])
  func aWaitForAWorkerEndsWhenItIsGivenUp(script: String) async throws {
    let log = Log()
    let (error, restarts) = try await onThread {
      var configuration = benchmarkConfiguration()
      configuration.workers.deadlineSeconds = 3_600
      let isGivenUp = Mutex(0)
      let pool = try configuration.pool(workers: 2, launch: shell(script), log: log) {
        // Asked several times a second: the workers wait before they are given up.
        isGivenUp.withLock { count in
          count += 1
          return count > 4
        }
      }
      defer { pool.shutDown() }
      do {
        _ = try pool.train([7, 8, 9], configuration)
        return ("no error", pool.restarts)
      } catch CoordinatorError.interrupted {
        return ("interrupted", pool.restarts)
      }
    }
    #expect(error == "interrupted")
    #expect(restarts == 0)
    #expect(log.all.isEmpty)
  }

  /// The pool's workers are gone when it says so, also one that does not listen.
  @Test func shuttingDownLeavesNoWorker() async throws {
    let folder = try TemporaryFolder()
    let executable = try ownExecutable(in: folder)
    let left = try await onThread {
      let configuration = benchmarkConfiguration()
      let pool = try configuration.pool(
        workers: 2, launch: .init(executable: executable), log: Log())
      _ = try pool.train([7, 8, 9], configuration)
      let before = children(startedFrom: executable).count
      pool.shutDown()
      return (before, children(startedFrom: executable).count)
    }
    #expect(left == (2, 0))
  }

  @Test func aGracePeriodLastsFromTheInterruptionOn() async throws {
    let isInterrupted = Atomic(false)
    let gracePeriod = GracePeriod(seconds: 0.2) { isInterrupted.load(ordering: .relaxed) }
    #expect(!gracePeriod.isOver)
    isInterrupted.store(true, ordering: .relaxed)
    #expect(!gracePeriod.isOver)
    while !gracePeriod.isOver { try await Task.sleep(for: .milliseconds(10)) }
    let none = GracePeriod(seconds: 0) { true }
    #expect(none.isOver)
  }

  /// A stack of a petabyte is more than any process gets.
  @Test func aThreadThatCannotBeIsAnError() throws {
    let error = #expect(throws: ThreadError.self) {
      try startThread(stackSize: 1 << 50) {}
    }
    #expect(error.map { "\($0)" }?.hasPrefix("no further thread can be started: ") == true)
  }

  @Test func aSerialThreadKeepsTheOrder() throws {
    let thread = try SerialThread()
    let seen = Mutex<[Int]>([])
    for number in 0..<100 { thread.async { seen.withLock { $0.append(number) } } }
    #expect(thread.sync { seen.withLock(\.count) } == 100)
    #expect(seen.withLock(\.self) == Array(0..<100))
  }

  @Test(arguments: [0, 1, 2, 7, 1_000], [1, 2, 9])
  func everyNumberIsWorkedOnOnce(count: Int, width: Int) {
    let times = Mutex([Int](repeating: 0, count: count))
    inParallel(count, width: width) { index in times.withLock { $0[index] += 1 } }
    #expect(times.withLock(\.self) == [Int](repeating: 1, count: count))
  }
}
