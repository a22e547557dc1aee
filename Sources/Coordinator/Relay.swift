import Federation
import Messages
import Synchronization
import Threads
import Wire

/// A worker with workers of its own: a machine then has one connection to the coordinator, however many
/// processors it has.
///
/// It is a worker upwards and a small coordinator downwards. The model comes once and goes to each local
/// worker; their exact sums are added to one; what concerns single clients passes through, in the
/// order in which the coordinator asked. A local worker that is lost is replaced here.
package final class Relay: Sendable {
  /// Used by one thread for receiving and by another for sending.
  nonisolated(unsafe) let channel: Channel
  /// Used by the thread that drives it, and when that has ended.
  private nonisolated(unsafe) let pool: WorkerPool
  let setup: WorkerSetup
  let plan: RoundPlan
  let parameterCount: Int
  let workers: Int
  let build: String
  /// Messages to the coordinator: nobody else waits until it reads.
  private let writer: SerialThread
  private let driver: SerialThread
  private let work = Mutex<(any RelayedWork)?>(nil)
  let end: RelayEnd

  /// Serves one coordinator with local workers; returns when it closes the connection.
  ///
  /// Throws what else ends a relay: local workers that keep dying, a connection that fails, or a
  /// coordinator that says what cannot be.
  ///
  /// - Parameters:
  ///   - build: which program this is; empty for one that nobody has to tell from another.
  ///   - log: gets one sentence for every local worker that had to be replaced.
  package static func serve(
    _ channel: Channel, _ setup: WorkerSetup, workers: Int, launch: WorkerLaunch = WorkerLaunch(),
    build: String = "", log: @escaping @Sendable (String) -> Void
  ) throws {
    let end = RelayEnd()
    var setup = setup
    // Its own workers are processes of its machine.
    setup.configuration.workers.placement = WorkerPlacement()
    let ahead = try WorkersAhead(
      workers, of: workers, launch: launch, setup.configuration.workers
    ) { end.isReached }
    defer { ahead.endUntaken() }
    let relay = try Relay(
      channel, setup, workers: workers, launch: launch, ahead: ahead, build: build, end: end,
      log: log)
    try startThread { relay.read() }
    let reason = end.wait()
    relay.leave()
    if case WireError.closed = reason { return }
    throw reason
  }

  private init(
    _ channel: Channel, _ setup: WorkerSetup, workers: Int, launch: WorkerLaunch,
    ahead: WorkersAhead, build: String, end: RelayEnd,
    log: @escaping @Sendable (String) -> Void
  ) throws {
    self.channel = channel
    self.build = build
    self.setup = setup
    self.workers = workers
    self.end = end
    plan = RoundPlan(setup.configuration)
    parameterCount = setup.configuration.makeModel().layout.count
    pool = try WorkerPool(
      workers: workers, launch: launch, ahead: ahead, setup: setup, parameterCount: parameterCount,
      isGivenUp: { end.isReached }, log: log)
    writer = try SerialThread()
    driver = try SerialThread()
  }

  /// Gives up what the local workers do, ends them and waits for them.
  private func leave() {
    work.withLock { $0?.fail(CoordinatorError.interrupted) }
    driver.sync {}
    pool.shutDown()
  }

  /// Sends, and does not wait until it is sent.
  func send(_ message: Message) {
    writer.async { [self] in
      do throws(WireError) {
        try channel.send(message)
      } catch {
        end.reach(error)
      }
    }
  }

  /// The next phase of the local workers.
  func nextPhase(round: Int, parameters: [Float]) -> Phase {
    // Counts alone, on the thread that reads.
    pool.nextPhase(.evaluation(isFirst: false), parameters: parameters, round: round)
  }

  /// Has the local workers do this after what they do now, which gets nothing more to do.
  func begin(_ next: some RelayedWork) {
    endWork()
    work.withLock { $0 = next }
    driver.async { [self] in
      do {
        if let answer = try next.run(on: pool) {
          send(.usage(peakMemoryBytes: ProcessMemory.peakBytes() + pool.peakMemoryBytes))
          send(answer)
        }
      } catch CoordinatorError.badInput(let exitCode, let reason) {
        // Another relay would not fare better.
        send(.failed(exitCode: exitCode, reason: reason))
      } catch {
        end.reach(error)
      }
    }
  }

  /// Says that what the local workers do now gets nothing more to do.
  func endWork() {
    work.withLock { work in
      work?.close()
      work = nil
    }
  }
}

/// Something that all local workers of a relay do, while the coordinator adds to it.
protocol RelayedWork: Sendable {
  /// Returns when it is closed and done, with what the coordinator is then told, if anything.
  func run(on pool: WorkerPool) throws -> Message?
  /// Says that nothing will be added.
  func close()
  /// Gives it up.
  func fail(_ error: any Error)
}

/// Why a relay ends, from whichever thread.
final class RelayEnd: Sendable {
  private let reason = Mutex<(any Error)?>(nil)
  private let changes = ChangeSignal()

  var isReached: Bool { reason.withLock { $0 != nil } }

  /// The first reason counts.
  func reach(_ error: any Error) {
    reason.withLock { if $0 == nil { $0 = error } }
    changes.announce()
  }

  func wait() -> any Error {
    changes.wait { isReached }
    return reason.withLock { $0 } ?? WireError.closed
  }
}
