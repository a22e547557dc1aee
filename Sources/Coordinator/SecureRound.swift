import Federation
import Foundation
import Messages
import SecureAggregation
import Synchronization
import Wire

/// The server's side of one round behind secure aggregation: it relays, sums and unmasks, and sees
/// no client's numbers.
struct SecureRound {
  private let session: AggregationSession
  private let pool: WorkerPool
  private let phase: Phase
  private let server: SynchronizedServer
  /// By participant: what it has been sent, for a worker that has to catch up.
  private var transcript: [[[UInt8]]]
  /// By participant: the slot that serves it next.
  private(set) var places: [Int]
  /// Whether they stay: another worker would have to train a participant that moves.
  private let hasPlaces: Bool
  /// By participant: the slot whose worker has its latest state.
  private var holders: [Int?]
  private(set) var record: AggregationRecord
  private(set) var timing = [StageTiming](
    repeating: StageTiming(), count: AggregationStage.allCases.count)

  /// Participants that are not asked: they spoilt an earlier session of the round.
  private let excluded: Set<Int>
  /// By client: the first stage whose message comes too late.
  private let absences: [Int: AggregationStage]

  /// - Parameter places: by participant, the slot whose worker has what it reports, of a later sum of the
  ///   round; nil for the first.
  init(
    _ session: AggregationSession, _ told: RoundParameters, model: [Float], pool: WorkerPool,
    versions: [[Float]] = [], without excluded: Set<Int> = [],
    absences: [Int: AggregationStage] = [:],
    earlierQuarrels: [Int: Int] = [:], places: [Int]? = nil,
    states: (@Sendable (_ client: Int) throws -> [Float]?)? = nil
  ) {
    self.session = session
    self.excluded = excluded
    self.absences = absences
    self.pool = pool
    var phase = pool.nextPhase(.aggregation, parameters: model, round: session.round)
    phase.openings = versions.isEmpty ? [.round(told)] : [.versions(versions), .round(told)]
    phase.states = states
    self.phase = phase
    server = SynchronizedServer(
      AggregationServer(
        parameters: session.parameters, identities: session.publicKeys,
        earlierQuarrels: earlierQuarrels))
    let size = session.cohort.count
    transcript = [[[UInt8]]](repeating: [], count: size)
    hasPlaces = places != nil
    self.places = places ?? (0..<size).map { $0 * pool.slots.count / size }
    holders = [Int?](repeating: nil, count: size)
    record = AggregationRecord(session.parameters)
  }

  /// By participant: with how many others it was at odds, in this session or an earlier one.
  var quarrels: [Int: Int] { server.quarrels }

  /// What survivors keep.
  var kept: [Int: [Float]] {
    let survivors = Set(server.survivors.map { session.cohort[$0] })
    return server.kept.filter { survivors.contains($0.key) }
  }

  /// Participants that are not in the sum.
  var missing: Set<Int> { Set(session.cohort.indices).subtracting(server.survivors) }

  /// Survivors whose update holds noise alone, as the simulator knows.
  private(set) var noiseOnly = 0
  /// Clients in whose update the encoding cut a coordinate.
  private(set) var cut = 0

  /// The sum over the survivors, or a `SecureAggregationError` when the round is abandoned.
  mutating func run() throws -> RoundSum {
    let invited = session.cohort.indices.filter { !excluded.contains($0) }
    try exchange(.keys, with: invited, { _, _ in [] }) {
      try $0.receive($1 as KeyAdvertisement)
    }
    var graph = session.configuration.secrets(.graph, round: session.round)
    try timed(.keys) { try $0.assignNeighbours(using: &graph) }
    gatherNeighbours()

    let parameters = session.parameters
    try exchange(
      .shares, with: server.advertisers,
      { $0.neighbourKeys(for: $1).encoded(for: parameters) }
    ) { try $0.receive($1 as EncryptedShares) }
    try timed(.shares) { try $0.closeSharing() }

    try exchange(
      .input, with: server.sharers, { $0.relayedShares(for: $1).encoded(for: parameters) }
    ) { try $0.receive($1 as MaskedInput) }
    record.survivors = server.survivors.count
    try timed(.input) { try $0.closeInput() }

    try unmaskingShares()
    let executor = ParallelExecutor.threads(
      min(pool.slots.count, ProcessInfo.processInfo.activeProcessorCount))
    let aggregate = try timed(.unmasking) { try $0.unmask(on: executor) }
    record.expandedMasks = aggregate.expandedMasks
    return try session.codec.decode(
      aggregate.sum.exactSum, participants: aggregate.survivors.count)
  }

  /// Gives every worker an arc of the ring: most pairs of neighbours then are in one process, which
  /// derives what they share only once.
  private mutating func gatherNeighbours() {
    guard session.configuration.remakesClients, !hasPlaces, let ring = server.ring else { return }
    for (place, participant) in ring.enumerated() {
      places[participant] = place * pool.slots.count / ring.count
    }
  }

  private mutating func unmaskingShares() throws {
    let parameters = session.parameters
    let survivors = server.survivors
    guard parameters.adversary == .active else {
      try exchange(
        .unmasking, with: survivors, { $0.survivors(for: $1).encoded(for: parameters) }
      ) { try $0.receive($1 as UnmaskingShares) }
      return
    }
    let confirmed = try exchange(
      .confirmation, with: survivors, { $0.survivors(for: $1).encoded(for: parameters) }
    ) { try $0.receive($1 as ConsistencySignature) }
    try timed(.confirmation) { try $0.closeConfirmation() }
    try exchange(
      .unmasking, with: confirmed, { $0.consistencySignatures(for: $1).encoded(for: parameters) }
    ) { try $0.receive($1 as UnmaskingShares) }
  }

  /// Sends every recipient its message and hands the answers to the server; returns who answered.
  @discardableResult
  private mutating func exchange<Answered: AggregationMessage>(
    _ stage: AggregationStage, with recipients: [Int],
    _ message: (AggregationServer, Int) -> [UInt8],
    _ receive: @escaping @Sendable (inout AggregationServer, Answered) throws -> Void
  ) throws -> [Int] {
    let clock = ContinuousClock()
    let start = clock.now
    let cohort = session.cohort
    let requests = try server.withLock { server in
      recipients.map { participant in
        RelayStep.Request(
          participant: participant, client: cohort[participant],
          message: message(server, participant))
      }
    }
    let sent = clock.now
    let (server, parameters) = (server, session.parameters)
    let remakesClients = session.configuration.remakesClients
    let inTime = requests.filter { request in
      absences[request.client].map { stage < $0 } ?? true
    }
    let queue = RelayQueue(
      inTime, places: places, holders: holders, slots: pool.slots.count,
      mayMove: remakesClients && stage.outweighsMoving && !hasPlaces)
    server.clear()
    let past = transcript
    try pool.relay(
      RelayStep(
        phase: phase, queue: queue, transcript: { past[$0] }, remakesClients: remakesClients,
        trains: stage == .input,
        receive: { participant, answer throws(WireError) in
          server.take(answer, of: participant, parameters: parameters, receive)
        }, keep: { server.keep($0) }))
    holders = queue.holders
    for request in requests {
      transcript[request.participant].append(request.message)
      if let holder = holders[request.participant] { places[request.participant] = holder }
    }
    let inbox = server.inbox
    noiseOnly += inbox.noiseOnly
    cut += inbox.cut
    for refusal in inbox.refusals.sorted(by: { $0.participant < $1.participant }) {
      pool.log(
        "Client \(cohort[refusal.participant]) was lost in round \(session.round): "
          + "\(refusal.reason).")
    }
    record.traffic[stage.rawValue].messagesToClients = requests.count { !$0.message.isEmpty }
    record.traffic[stage.rawValue].bytesToClients = requests.reduce(0) { $0 + $1.message.count }
    record.traffic[stage.rawValue].messagesFromClients = inbox.senders.count
    record.traffic[stage.rawValue].bytesFromClients = inbox.bytes
    timing[stage.rawValue].clients += (clock.now - sent) / .seconds(1)
    timing[stage.rawValue].server += (sent - start) / .seconds(1) + inbox.seconds
    return inbox.senders.sorted()
  }

  /// The server's own work at the end of a stage.
  private mutating func timed<Value>(
    _ stage: AggregationStage,
    _ body: (inout AggregationServer) throws -> Value
  ) throws -> Value {
    let clock = ContinuousClock()
    let start = clock.now
    defer { timing[stage.rawValue].server += (clock.now - start) / .seconds(1) }
    return try server.withLock(body)
  }
}

/// The server, and what arrives for it from several threads.
private final class SynchronizedServer: Sendable {
  struct Inbox {
    var senders: [Int] = []
    var noiseOnly = 0
    var cut = 0
    var bytes = 0
    /// Of the server's own work.
    var seconds = 0.0
    var refusals: [(participant: Int, reason: String)] = []
  }

  private struct State {
    var server: AggregationServer
    var inbox = Inbox()
    var kept: [Int: [Float]] = [:]
  }

  private let state: Mutex<State>

  init(_ server: AggregationServer) {
    state = Mutex(State(server: server))
  }

  var advertisers: [Int] { state.withLock(\.server.advertisers) }
  var sharers: [Int] { state.withLock(\.server.sharers) }
  var survivors: [Int] { state.withLock(\.server.survivors) }
  var quarrels: [Int: Int] { state.withLock(\.server.quarrels) }
  var ring: [Int]? { state.withLock(\.server.ring) }
  var inbox: Inbox { state.withLock(\.inbox) }

  var kept: [Int: [Float]] { state.withLock(\.kept) }

  func keep(_ own: ClientState) { state.withLock { $0.kept[own.client] = own.values } }

  func clear() { state.withLock { $0.inbox = Inbox() } }

  func withLock<Value>(_ body: (inout AggregationServer) throws -> Value) throws -> Value {
    try state.withLock { try body(&$0.server) }
  }

  /// Hands an answer to the server; one that it does not take costs its sender the session.
  func take<Answered: AggregationMessage>(
    _ answer: Answer, of participant: Int, parameters: AggregationParameters,
    _ receive: (inout AggregationServer, Answered) throws -> Void
  ) {
    switch answer {
    case .silence: break
    case .refusal(let reason):
      state.withLock { $0.inbox.refusals.append((participant, reason)) }
    case .message(let bytes), .noiseOnlyMessage(let bytes), .cutMessage(let bytes):
      let clock = ContinuousClock()
      let start = clock.now
      if bytes.first == MessageKind.shareComplaint.rawValue {
        hear(bytes, of: participant, parameters: parameters)
        return
      }
      let message = Result { try Answered(decoding: bytes, parameters: parameters) }
      state.withLock { state in
        do {
          let message = try message.get()
          guard message.participant == participant else {
            throw SecureAggregationError.notAuthentic(participant: message.participant)
          }
          try receive(&state.server, message)
          state.inbox.senders.append(participant)
          if case .noiseOnlyMessage = answer { state.inbox.noiseOnly += 1 }
          if case .cutMessage = answer { state.inbox.cut += 1 }
          state.inbox.bytes += bytes.count
        } catch {
          state.inbox.refusals.append((participant, "\(error)"))
        }
        state.inbox.seconds += (clock.now - start) / .seconds(1)
      }
    }
  }

  /// Hands over what came in place of an answer: whose shares a participant could not open.
  private func hear(_ bytes: [UInt8], of participant: Int, parameters: AggregationParameters) {
    state.withLock { state in
      do {
        let message = try ShareComplaint(decoding: bytes, parameters: parameters)
        guard message.participant == participant else {
          throw SecureAggregationError.notAuthentic(participant: message.participant)
        }
        try state.server.receive(message)
        state.inbox.senders.append(participant)
        state.inbox.bytes += bytes.count
      } catch {
        state.inbox.refusals.append((participant, "\(error)"))
      }
    }
  }
}
