import Federation
import Messages
import Wire

/// One of the pool's places: it always holds at most one running worker.
///
/// Used by one thread at a time. A worker that fails is replaced, and what it had not handed in
/// goes back to the queue.
final class WorkerSlot {
  let index: Int
  let settings: PoolSettings
  private var process: WorkerProcess?
  private var loadedPhase = -1
  /// Participants of the session whose state the running worker holds.
  var knownParticipants: Set<Int> = []
  private(set) var restarts = 0
  /// Workers of this slot that reached their limit of processor time.
  private var timeLimits = 0
  /// When the running worker was last heard.
  private var lastAnswer = ContinuousClock.now
  private var bytesOfEndedWorkers = PipeBytes()

  init(index: Int, settings: PoolSettings) {
    self.index = index
    self.settings = settings
  }

  var bytes: PipeBytes {
    var bytes = bytesOfEndedWorkers
    if let channel = process?.channel {
      bytes.toWorkers += channel.bytesSent
      bytes.fromWorkers += channel.bytesReceived
    }
    return bytes
  }

  /// Largest resident memory so far of the running worker, in bytes; 0 when there is none.
  var peakMemoryBytes: Int { process?.peakMemoryBytes ?? 0 }

  /// Works through the queue until it is empty, then hands in the worker's sum if there is one.
  func drive(_ phase: Phase, queue: WorkQueue, results: PhaseResults) {
    var failures = FailuresOfPhase()
    while true {
      var progress = Progress()
      do {
        try work(
          through: queue, phase: phase, results: results,
          isCareful: failures.all > 0 && !settings.isRelayed,
          progress: &progress)
        return
      } catch WireError.givenUp {
        queue.fail(CoordinatorError.interrupted)
        return
      } catch let error as WireError {
        queue.giveBack(progress.unfinished)
        guard
          replaceWorker(
            after: error, on: progress.current, since: progress.handedOver.first, phase: phase,
            failures: &failures, queue: queue)
        else { return }
      } catch {
        queue.fail(error)
        return
      }
    }
  }

  /// Workers that this slot has lost in one phase.
  struct FailuresOfPhase {
    var all = 0
    /// Without those that were killed together with others.
    var counted = 0
    /// So many times the failures that are accepted; then also what comes from outside is too much.
    static let outsideFactor = 10
  }

  /// Makes room for another worker; false when there have been too many, and the phase has failed.
  ///
  /// - Parameters:
  ///   - client: what the worker was at.
  ///   - handedOver: when the worker was sent that client; nil where it has not heard of it.
  func replaceWorker(
    after error: WireError, on client: Int?, since handedOver: ContinuousClock.Instant?,
    phase: Phase, failures: inout FailuresOfPhase, queue: WorkQueue
  ) -> Bool {
    let (report, end) = replace(after: error, client: client, phase: phase)
    settings.log(report)
    let most = settings.maxFailures
    failures.all += 1
    if end.hasReachedTimeLimit { timeLimits += 1 }
    guard timeLimits < most else {
      queue.fail(
        CoordinatorError.workersKeepDying(
          "Worker \(index) reached the limit of CPU time \(timeLimits) times in this run; raise the limit "
            + "(ulimit -t) and go on with `fedsim resume DIR`."))
      return false
    }
    let start = handedOver ?? .now - .seconds(1)
    let isFromOutside =
      end.isKilled && settings.deaths.othersWereKilled(besides: index, after: start)
    var ofClient = 0
    if !isFromOutside {
      failures.counted += 1
      if let client, handedOver != nil {
        ofClient = queue.countFailure(on: client, lastAnswer: lastAnswer)
      }
    }
    let count = max(failures.counted, ofClient)
    guard count >= most || failures.all / FailuresOfPhase.outsideFactor >= most else { return true }
    queue.fail(
      CoordinatorError.workersKeepDying(
        "Workers keep failing (\(max(count, failures.all)) times in one \(phase.name)): \(report)"))
    return false
  }

  /// Tells the worker to leave.
  func dismiss() { process?.dismiss() }

  /// Ends the worker, and waits for it.
  func shutDown() {
    dismiss()
    process?.awaitEnd()
    endWorker()
  }

  /// What a worker holds that would be lost with it.
  private struct Progress {
    /// Taken and not answered, in the order of work.
    var outstanding: [Int] = []
    /// When the worker was sent each of those that it has heard of.
    var handedOver: [ContinuousClock.Instant] = []
    /// Answered, but only part of the worker's own sum so far.
    var uncollected: [Int] = []

    var current: Int? { outstanding.first }
    var unfinished: [Int] { outstanding + uncollected }
  }

  /// - Parameter isCareful: one client at a time, so that one that ends its worker is known.
  private func work(
    through queue: WorkQueue, phase: Phase, results: PhaseResults, isCareful: Bool,
    progress: inout Progress
  ) throws {
    let mustWait = isCareful || phase.states != nil && !settings.isRelayed
    while true {
      let piece = queue.take(
        atMost: isCareful ? 1 : 64, for: settings.localWorkers, slot: index)
      if !piece.isEmpty {
        // Before anything can fail: a piece that was taken and not given back would be lost.
        progress.outstanding += piece
        let channel = try readyChannel(for: phase)
        for client in piece {
          guard let values = try phase.states?(client) else { continue }
          let state = ClientState(client: client, values: values)
          try channel.send(.state(state), deadline: settings.deadline)
        }
        try channel.send(phase.request(piece), deadline: settings.deadline)
        progress.handedOver += repeatElement(.now, count: piece.count)
      } else if progress.outstanding.isEmpty {
        guard queue.waitForMore() else { break }
        continue
      }
      // One piece stays ahead of the one that is worked on, so a worker never waits for us; but states
      // on their way there and back would fill the pipes, and both sides wait; a relay always reads.
      while progress.outstanding.count > (mustWait ? 0 : piece.count),
        let channel = process?.channel
      {
        let answered = try results.record(try receive(on: channel), from: progress.outstanding)
        if phase.isSummed { progress.uncollected += progress.outstanding.prefix(answered) }
        if phase.isSurvey { results.place(progress.outstanding.prefix(answered), in: index) }
        progress.outstanding.removeFirst(answered)
        progress.handedOver.removeFirst(answered)
      }
    }
    guard !progress.uncollected.isEmpty, let channel = process?.channel else { return }
    try channel.send(.collect, deadline: settings.deadline)
    guard case .sum(let sum) = try receive(on: channel) else {
      throw WireError.unexpected("something else than the sum")
    }
    try results.add(sum, of: progress.uncollected)
  }

  func receive(on channel: Channel) throws -> Message {
    var message: Message
    repeat {
      message = try channel.receive(deadline: settings.deadline)
      lastAnswer = .now
    } while takes(message)
    if case .failed(let exitCode, let reason) = message {
      throw CoordinatorError.badInput(exitCode: exitCode, reason: reason)
    }
    return message
  }

  /// Takes what a worker says beside its answers; false for anything else.
  private func takes(_ message: Message) -> Bool {
    guard case .replaced(let reason) = message else { return process?.takes(message) == true }
    restarts += 1
    settings.log("Behind relay \(index): \(reason)")
    return true
  }

  /// The channel of a worker that knows the experiment and this phase's model.
  func readyChannel(for phase: Phase) throws -> Channel {
    if let channel = process?.channel, loadedPhase == phase.id { return channel }
    let channel = try process?.channel ?? startWorker()
    try channel.send(
      .model(round: phase.round, parameters: phase.parameters), deadline: settings.deadline)
    for opening in phase.openings { try channel.send(opening, deadline: settings.deadline) }
    loadedPhase = phase.id
    knownParticipants = []
    return channel
  }

  private func startWorker() throws -> Channel {
    let worker: WorkerProcess
    do {
      worker =
        try settings.ahead?.take(index, deadline: settings.deadline)
        ?? settings.source.start(index, isGivenUp: settings.isGivenUp)
    } catch let error as CoordinatorError {
      throw error
    } catch {
      throw CoordinatorError.cannotStart("\(error)")
    }
    process = worker
    settings.deaths.started(worker.processIdentifier, in: index)
    let channel = try worker.connect(deadline: settings.deadline)
    if settings.sealsFrames, !worker.dialsBack {
      try channel.sealAsCoordinator(deadline: settings.deadline)
    }
    try channel.send(.setup(settings.setup), deadline: settings.deadline)
    let answer = try receive(on: channel)
    guard case .ready(let identity) = answer else {
      throw WireError.unexpected(
        "\(answer.name), not ready for \(settings.parameterCount) parameters")
    }
    try settings.identities.check(identity, of: index, isLocal: worker.isLocal)
    return channel
  }

  private func replace(
    after error: WireError, client: Int?, phase: Phase
  ) -> (report: String, end: WorkerEnd) {
    restarts += 1
    let identifier = process.map { "process \($0.processIdentifier)" } ?? "process not started"
    let end =
      process.map { $0.kill(after: error.tellsOfAnEnd ? $0.leave : 0) }
      ?? WorkerEnd(description: "it never started")
    settings.deaths.ended(in: index, end)
    endWorker()
    let place = client.map { "on client \($0)" } ?? "between clients"
    let report =
      "Worker \(index) (\(identifier)) failed \(place) in \(phase.name) of round "
      + "\(phase.round): \(error); \(end.description)."
    return (report, end)
  }

  private func endWorker() {
    bytesOfEndedWorkers = bytes
    process = nil
    loadedPhase = -1
  }
}

extension WireError {
  /// Whether the other side has closed its pipes: it is about to end by itself, and how tells why.
  fileprivate var tellsOfAnEnd: Bool {
    switch self {
    case .closed, .truncated: true
    default: false
    }
  }
}
