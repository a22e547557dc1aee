import Federation
import Glibc
import Messages
import Synchronization
import Threads
import Wire

/// Bytes that really went through the pipes, headers included.
package struct PipeBytes: Equatable, Sendable {
  package var toWorkers = 0
  package var fromWorkers = 0
}

/// What every worker of a pool has in common.
struct PoolSettings: Sendable {
  let source: WorkerSource
  /// Workers that were started before the pool.
  let ahead: WorkersAhead?
  /// JSON of `WorkerSetup`.
  let setup: [UInt8]
  let parameterCount: Int
  let deadline: Double
  let maxFailures: Int
  /// Behind each connection: 1, or as many as a relay has.
  var localWorkers = 1
  let deaths = WorkerDeaths()
  let identities: IdentityCheck
  let sealsFrames: Bool
  /// Whether nobody wants to wait for the workers any longer.
  let isGivenUp: @Sendable () -> Bool
  let log: @Sendable (String) -> Void

  /// Whether each connection is that of a relay.
  var isRelayed: Bool { localWorkers > 1 }
}

/// The worker processes of one run; started when first needed, replaced when they fail.
package final class WorkerPool {
  /// How many workers a run may have; workers are processes.
  package static let sizes = 1...1_024

  let slots: [WorkerSlot]
  private let source: WorkerSource
  /// For the blocking reads of each slot.
  private let threads: [SerialThread]
  private let parameterCount: Int
  private var phases = 0
  /// By client, the slot that has made its history in a survey; for the training that follows.
  private var surveyed: [Int: Int] = [:]
  let log: @Sendable (String) -> Void

  /// - Parameters:
  ///   - isGivenUp: ends what the workers do, and with it the call that waits for it, when it turns
  ///     true.
  ///   - log: gets one sentence for every worker that had to be replaced.
  package init(
    workers: Int, launch: WorkerLaunch, ahead: WorkersAhead? = nil, setup: WorkerSetup,
    parameterCount: Int, isGivenUp: @escaping @Sendable () -> Bool = { false },
    log: @escaping @Sendable (String) -> Void
  ) throws {
    precondition(workers > 0)
    let configuration = setup.configuration.workers
    try DescriptorLimit.require(
      workers: workers - (ahead?.count ?? 0),
      others: configuration.dialsBack ? DialListener.descriptors(workers: workers) : 0)
    // A worker that dies while it is written to must not take the coordinator along.
    signal(SIGPIPE, SIG_IGN)
    // A relay may first have to lose a worker of its own as often as is accepted.
    let isRelayed = configuration.relay > 1
    source = try ahead?.source ?? WorkerSource(launch, configuration, workers: workers)
    source.listener?.log(to: log)
    let settings = PoolSettings(
      source: source, ahead: ahead, setup: try setup.encoded(), parameterCount: parameterCount,
      deadline: configuration.deadlineSeconds
        * Double(isRelayed ? configuration.maxFailures + 1 : 1),
      maxFailures: configuration.maxFailures, localWorkers: max(1, configuration.relay),
      identities: IdentityCheck(
        setup.configuration, parameters: parameterCount, program: launch.executable),
      sealsFrames: configuration.sealFrames, isGivenUp: isGivenUp, log: log)
    slots = (0..<workers).map { WorkerSlot(index: $0, settings: settings) }
    do {
      threads = try slots.map { _ in try SerialThread() }
    } catch {
      throw CoordinatorError.cannotStart("\(error)")
    }
    self.parameterCount = parameterCount
    self.log = log
  }

  package var restarts: Int { slots.reduce(0) { $0 + $1.restarts } }

  /// Sum of the largest resident memory of each running worker, in bytes.
  package var peakMemoryBytes: Int { slots.reduce(0) { $0 + $1.peakMemoryBytes } }

  package var bytes: PipeBytes {
    slots.reduce(into: PipeBytes()) { total, slot in
      total.toWorkers += slot.bytes.toWorkers
      total.fromWorkers += slot.bytes.fromWorkers
    }
  }

  /// Trains the cohort from `parameters`, summing in the clear; outcomes come in the order of `cohort`.
  ///
  /// - Parameters:
  ///   - told: nil for what the experiment says of all rounds.
  ///   - length: numbers of a client's vector; nil for as many as the model has.
  package func train(
    _ cohort: [Int], parameters: [Float], round: Int, told: RoundParameters? = nil,
    length: Int? = nil
  ) throws -> (outcomes: [ClientOutcome], sum: UpdateSum) {
    let trained = try train(
      cohort, parameters: parameters, round: round, told: told, length: length, states: nil)
    return (trained.outcomes, trained.sum)
  }

  /// The same with what clients keep, and with versions of the model that some begin with.
  func train(
    _ cohort: [Int], parameters: [Float], versions: [[Float]] = [], round: Int,
    told: RoundParameters?, length: Int?,
    states: (@Sendable (_ client: Int) throws -> [Float]?)?
  ) throws -> (outcomes: [ClientOutcome], sum: UpdateSum, kept: [Int: [Float]]) {
    var phase = nextPhase(.training(isSummed: true), parameters: parameters, round: round)
    phase.openings =
      (versions.isEmpty ? [] : [.versions(versions)]) + (told.map { [.round($0)] } ?? [])
    phase.states = states
    let results = try run(phase, on: cohort, sumLength: length ?? parameterCount)
    let outcomes = results.outcomes
    return (cohort.compactMap { outcomes[$0] }, results.sum, results.kept)
  }

  /// Trains clients and returns what became of them and the updates that they sent, each by client.
  func trainOneByOne(
    _ clients: [Int], parameters: [Float], round: Int, told: RoundParameters, length: Int,
    states: (@Sendable (_ client: Int) throws -> [Float]?)?
  ) throws -> (outcomes: [Int: ClientOutcome], updates: [Int: [Float]], kept: [Int: [Float]]) {
    var phase = nextPhase(.training(isSummed: false), parameters: parameters, round: round)
    phase.openings = [.round(told)]
    phase.states = states
    let results = try run(phase, on: clients, sumLength: length)
    return (results.outcomes, results.updates, results.kept)
  }

  /// Evaluates clients with `parameters`, and with what they keep; results come in the order of `clients`.
  ///
  /// - Parameter counted: told how many are evaluated, from any thread.
  package func evaluate(
    _ clients: [Int], parameters: [Float], round: Int, isFirst: Bool,
    states: (@Sendable (_ client: Int) throws -> [Float]?)? = nil,
    counted: (@Sendable (_ done: Int, _ clients: Int) -> Void)? = nil
  ) throws -> [ClientEvaluation] {
    var phase = nextPhase(
      .evaluation(isFirst: isFirst), parameters: parameters, round: round)
    phase.states = states
    phase.counted = counted
    let results = try run(phase, on: clients, sumLength: parameterCount)
    let evaluations = results.evaluations
    return clients.compactMap { evaluations[$0] }
  }

  /// The model after training on the examples of these clients in one place, on one worker.
  func trainPooled(
    _ clients: [Int], pass: Int, learningRate: Double, from parameters: [Float]
  ) throws -> [Float] {
    let message = Message.pool(clients: clients, pass: pass, learningRate: learningRate)
    // One piece of work, named after its first client.
    return try run(
      .pooling(message), on: Array(clients.prefix(1)), parameters: parameters, round: 0
    ).pooled
  }

  /// The parameters that the client program starts from, as one worker gets them.
  func initialParameters() throws -> [Float] {
    let nothing = [Float](repeating: 0, count: parameterCount)
    return try run(.beginning, on: [0], parameters: nothing, round: 0).pooled
  }

  /// What the virtual time of these clients' work depends on; results come in their order.
  package func survey(
    _ clients: [Int], parameters: [Float], round: Int
  ) throws -> [ClientConditions] {
    let results = try run(.survey, on: clients, parameters: parameters, round: round)
    surveyed.merge(results.places) { $1 }
    let conditions = results.conditions
    return clients.compactMap { conditions[$0] }
  }

  /// Days of these clients' lives with each of several versions; results come in their order.
  ///
  /// - Parameter days: since the start of the population.
  package func live(
    _ clients: [Int], days: Range<Int>, versions: [[Float]]
  ) throws -> [ClientLife] {
    var phase = nextPhase(
      .life(firstDay: days.lowerBound, days: days.count), parameters: versions[0],
      round: days.lowerBound)
    phase.openings = [.versions(Array(versions.dropFirst()))]
    let lives = try run(phase, on: clients, sumLength: parameterCount).lives
    return try clients.map { client in
      guard let life = lives[client], life.days.count == days.count,
        life.days.allSatisfy({ $0.outcomes.count == versions.count })
      else {
        throw CoordinatorError.workersKeepDying("A worker left days of client \(client) out.")
      }
      return life
    }
  }

  package func shutDown() {
    for slot in slots { slot.dismiss() }
    for slot in slots { slot.shutDown() }
    source.close()
  }

  private func run(
    _ kind: Phase.Kind, on clients: [Int], parameters: [Float], round: Int
  ) throws -> PhaseResults {
    let phase = nextPhase(kind, parameters: parameters, round: round)
    return try run(phase, on: clients, sumLength: parameterCount)
  }

  func nextPhase(_ kind: Phase.Kind, parameters: [Float], round: Int) -> Phase {
    phases += 1
    return Phase(id: phases, kind: kind, round: round, parameters: parameters)
  }

  private func run(_ phase: Phase, on clients: [Int], sumLength: Int) throws -> PhaseResults {
    let places = phase.collects ? surveyed : [:]
    if phase.collects { surveyed = [:] }
    let queue = WorkQueue(
      clients, workers: slots.reduce(0) { $0 + $1.settings.localWorkers }, places: places)
    let results = PhaseResults(
      parameterCount: sumLength, collects: phase.collects, isSummed: phase.isSummed,
      clients: clients.count, counted: phase.counted)
    onSlots(clients.count) { slot in slot.drive(phase, queue: queue, results: results) }
    try queue.finish()
    return results
  }

  /// Lends the first `count` slots to their threads, and waits for all of them.
  func onSlots(_ count: Int, _ body: @escaping @Sendable (WorkerSlot) -> Void) {
    let loans = Countdown()
    for (slot, thread) in zip(slots, threads).prefix(count) {
      loans.enter()
      // Used by that thread alone until the loan ends.
      nonisolated(unsafe) let slot = slot
      thread.async {
        body(slot)
        loans.leave()
      }
    }
    loans.wait()
  }
}
