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
  /// Used by the thread that reads, and by the writer for sending.
  private nonisolated(unsafe) let channel: Channel
  /// Used by the thread that drives it, and when that has ended.
  private nonisolated(unsafe) let pool: WorkerPool
  let setup: WorkerSetup
  let plan: RoundPlan
  let parameterCount: Int
  let workers: Int
  private let writer: RelayWriter
  private let driver: SerialThread
  private let work = Mutex<(any RelayedWork)?>(nil)
  private let toldMemoryBytes = Atomic(0)
  private let end: RelayEnd

  /// Serves one coordinator with local workers; returns when it closes the connection.
  ///
  /// Throws what else ends a relay: local workers that keep dying, a connection that fails, or a
  /// coordinator that says what cannot be.
  ///
  /// - Parameter build: which program this is; empty for one that nobody has to tell from another.
  package static func serve(
    _ channel: Channel, _ setup: WorkerSetup, workers: Int, launch: WorkerLaunch = WorkerLaunch(),
    build: String = ""
  ) throws {
    var setup = setup
    // Its own workers are processes of its machine.
    setup.configuration.workers.placement = WorkerPlacement()
    let end = RelayEnd()
    let ahead = try WorkersAhead(
      workers, of: workers, launch: launch, setup.configuration.workers
    ) { end.isReached }
    defer { ahead.endUntaken() }
    let writer = RelayWriter(channel, try SerialThread(), end)
    let relay = try Relay(
      channel, setup, workers: workers, launch: launch, ahead: ahead, writer: writer, end: end)
    try startThread { relay.read(build: build) }
    let reason = end.wait()
    relay.leave()
    if case WireError.closed = reason { return }
    // The coordinator may still be told why.
    writer.finish()
    throw reason
  }

  private init(
    _ channel: Channel, _ setup: WorkerSetup, workers: Int, launch: WorkerLaunch,
    ahead: WorkersAhead, writer: RelayWriter, end: RelayEnd
  ) throws {
    self.channel = channel
    self.setup = setup
    self.workers = workers
    self.end = end
    plan = RoundPlan(setup.configuration)
    parameterCount = setup.configuration.makeModel().layout.count
    pool = try WorkerPool(
      workers: workers, launch: launch, ahead: ahead, setup: setup, parameterCount: parameterCount,
      isGivenUp: { end.isReached }, log: { writer.send(.replaced(reason: $0)) })
    self.writer = writer
    driver = try SerialThread()
  }

  /// Gives up what the local workers do, ends them and waits for them.
  private func leave() {
    work.withLock { $0?.fail(CoordinatorError.interrupted) }
    driver.sync {}
    pool.shutDown()
  }

  /// Sends, and does not wait until it is sent.
  func send(_ message: Message) { writer.send(message) }

  /// The next message of the coordinator; on the thread that reads.
  func receive() throws(WireError) -> Message { try channel.receive() }

  /// Has it end, for whatever reason.
  func end(with error: any Error) { end.reach(error) }

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
        let answer = try next.run(on: pool)
        tellMemory()
        if let answer { send(answer) }
      } catch CoordinatorError.badInput(let exitCode, let reason) {
        // Another relay would not fare better.
        send(.failed(exitCode: exitCode, reason: reason))
      } catch {
        end.reach(error)
      }
    }
  }

  /// Says how much memory the relay and its workers have used, unless that is no news.
  private func tellMemory() {
    let peak = ProcessMemory.peakBytes() + pool.peakMemoryBytes
    guard peak >= toldMemoryBytes.load(ordering: .relaxed) + 1 << 20 else { return }
    toldMemoryBytes.store(peak, ordering: .relaxed)
    send(.usage(peakMemoryBytes: peak))
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

/// Sends messages to the coordinator: nobody else waits until it reads.
final class RelayWriter: Sendable {
  /// Used by the one thread.
  private nonisolated(unsafe) let channel: Channel
  private let thread: SerialThread
  private let end: RelayEnd

  init(_ channel: Channel, _ thread: SerialThread, _ end: RelayEnd) {
    self.channel = channel
    self.thread = thread
    self.end = end
  }

  /// What cannot be sent ends the relay.
  func send(_ message: Message) {
    thread.async { [self] in
      do throws(WireError) {
        try channel.send(message)
      } catch {
        end.reach(error)
      }
    }
  }

  /// Returns when everything is sent, or cannot be.
  func finish() { thread.sync {} }
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
