import ClientPrograms
import Federation
import LinearAlgebra
import Messages
import Models
import SecureAggregation
import UsageData
import Wire

/// All clients of one worker, one at a time: their data is made, used and forgotten.
struct SimulatedClients<M: Model>: ~Copyable {
  let model: M
  let setup: WorkerSetup
  let population: Population
  let partition: ClientPartition
  var data: ClientData
  let layouts: AlgorithmLayouts
  let shared: SharedPart
  private var local: LocalRound<M>
  var evaluator: ClientEvaluator<M>
  private var sum: UpdateSum
  private(set) var round = 0
  private var told: RoundParameters
  /// Of the round; nil before one has begun whose updates are encoded.
  private var codec: (any UpdateCodec)?
  /// What the server sent; the model comes first.
  private var broadcast: [Float] = []
  private(set) var parameters: [Float] = []
  /// What phones may have; the model of the phase is the first.
  private(set) var versions: [[Float]] = []
  private var session: ClientSessions?
  /// What clients that are to train have kept.
  var states: [Int: [Float]] = [:]
  /// What the client that trained last keeps.
  private var kept: ClientState?
  /// What clients report in all sums of the round, as far as it is kept.
  private var made: [Int: MadeReport] = [:]
  /// Numbers of them that a worker keeps (256 MB); other clients train again, which makes the same.
  private static var mostKept: Int { 1 << 26 }
  /// Sums of a round, of a rule that takes several.
  private let sums: Int
  /// Whether updates go to the server one by one.
  private let sendsUpdates: Bool
  /// That of the client that trained last.
  private var update: [Float]?

  init(model: M, setup: WorkerSetup, population: Population) {
    self.model = model
    self.setup = setup
    self.population = population
    partition = ClientPartition(
      seed: setup.configuration.populationSeed, clients: population.clients,
      newClientShare: setup.configuration.population.newClientShare)
    data = ClientData(setup: setup, population: population)
    let plan = RoundPlan(setup.configuration)
    layouts = plan.layouts
    sendsUpdates = plan.aggregation == .server
    sums = 1 + (setup.configuration.repeatedSums?.steps ?? 0)
    shared = plan.shared
    local = LocalRound(
      plan, model: model,
      hostile: HostileClients(setup.configuration, clients: population.clients))
    evaluator = ClientEvaluator(setup.configuration, model: model)
    sum = UpdateSum(parameters: layouts.report.count)
    told = RoundParameters(setup.configuration)
  }

  /// Takes the model of a phase; an uncollected sum of an earlier phase is dropped.
  mutating func begin(round: Int, parameters: [Float]) {
    if round != self.round { made = [:] }
    self.round = round
    broadcast = parameters
    states = [:]
    kept = nil
    update = nil
    program?.begin(round: round, parameters: parameters)
    self.parameters =
      parameters.count == model.layout.count
      ? parameters : Array(parameters.prefix(model.layout.count))
    versions = [self.parameters]
    session = nil
    told = RoundParameters(setup.configuration)
    codec =
      setup.configuration.encodesUpdates ? nil : ExactGrid(length: layouts.report.count)
    sum = UpdateSum(reusing: sum, parameters: layouts.report.count)
  }

  /// Phones may have these beside the model of the phase.
  mutating func add(_ more: [[Float]]) { versions += more }

  /// Takes what the round over the model of the phase tells its clients.
  mutating func begin(_ told: RoundParameters) throws(SecureAggregationError) {
    self.told = told
    guard let cohort = told.session?.cohort else { return }
    if !isLaterSum { made = [:] }
    let codec: any UpdateCodec
    if case .masked(let scheme) = Summation(setup.configuration) {
      let session = try ClientSessions(
        AggregationSession(
          setup.configuration, scheme: scheme, round: round, told, model: broadcast))
      codec = session.codec
      self.session = session
    } else {
      codec = try setup.configuration.codec(
        round: round, cohortSize: cohort.count, length: layouts.report.count, told)
    }
    self.codec = codec
    sum = UpdateSum(parameters: codec.length)
  }

  /// Takes what a client kept, until it has trained.
  mutating func take(_ state: ClientState) { states[state.client] = state.values }

  /// What the client that trained last keeps if its report is counted; nil when it was asked before.
  mutating func takeKept() -> ClientState? {
    defer { kept = nil }
    return kept
  }

  /// The update of the client that trained last, to be sent; nil where updates are added up, for a
  /// client that reported none, and when it was asked before.
  mutating func takeUpdate() -> [Float]? {
    defer { update = nil }
    return update
  }

  /// Whether all of these begin with a model that was sent, and of a round that was.
  func takes(_ starts: [RoundParameters.Start]) -> Bool {
    starts.allSatisfy { versions.indices.contains($0.model) && $0.staleness < max(round, 1) }
  }

  /// Whether the round has a sum of this number, and a report is as long as the point.
  func takes(_ session: RoundParameters.Session) -> Bool {
    (0..<sums).contains(session.step)
      && session.point.count == (session.step > 0 ? layouts.report.count : 0)
  }

  /// Whether the session is not that of the round's first sum.
  private var isLaterSum: Bool { told.session.map { $0.step > 0 } ?? false }

  /// Whether clients have been told what they need to train.
  var isReady: Bool { codec != nil }
  /// Whether the server sent all that the algorithm trains from, and not the model alone.
  var hasBroadcast: Bool { broadcast.count == layouts.broadcast.count }
  /// Whether a session of secure aggregation has begun.
  var isInSession: Bool { session != nil }

  /// One client's answer to a message of its session.
  mutating func answer(_ participant: Int, _ message: [UInt8], isReplay: Bool) throws -> Answer {
    guard var session else { preconditionFailure("a session was begun") }
    // One owner while it changes: a copy of the clients' keys for every message would be large.
    self.session = nil
    defer { self.session = session }
    let codec = session.codec
    var (isNoiseOnly, isCut) = (false, false)
    let answer = try session.answer(participant, message, isReplay: isReplay) { client in
      // Nobody reads the answer to a replayed message, so nothing is trained for it.
      guard !isReplay else {
        return ResidueVector(zeros: codec.length, modulus: codec.modulus ?? .bits64)
      }
      var own = UpdateSum(parameters: codec.length)
      let note = try report(of: client, codec, into: &own)
      (isNoiseOnly, isCut) = (self.isNoiseOnly(note), note.isCut)
      return ResidueVector(own, modulus: codec.modulus ?? .bits64)
    }
    guard isNoiseOnly || isCut, case .message(let bytes) = answer else { return answer }
    return isNoiseOnly ? .noiseOnlyMessage(bytes) : .cutMessage(bytes)
  }

  /// Whether a client's vector holds what it adds to hide itself, and no more.
  private func isNoiseOnly(_ note: ClientNote) -> Bool {
    setup.configuration.distributedNoise != nil && (note.fate != .reported || note.examples == 0)
  }

  private mutating func report(
    of client: Int, _ codec: any UpdateCodec, into sum: inout UpdateSum
  ) throws -> ClientNote {
    if isLaterSum, let made = made[client] {
      return local.send(made, of: client, with: codec, into: &sum)
    }
    let start = told.start(of: client)
    let round = trainingRound(of: client)
    let canary = setup.configuration.canary(client, clients: population.clients)
    let trained = canary == nil ? try program?.trained(client, setup.configuration) : nil
    if canary == nil, program == nil { try data.loadTraining(of: client, round: round) }
    let note = local.report(
      of: client, canary: canary, round: round, told,
      from: start.map { $0.model > 0 ? versions[$0.model] : broadcast } ?? broadcast,
      state: states.isEmpty ? [] : states.removeValue(forKey: client) ?? [], on: data.examples,
      trained: trained,
      weight: start.map {
        Float(setup.configuration.schedule.schedule.weight(staleness: $0.staleness))
      } ?? 1, with: codec, into: &sum)
    if sums > 1, (made.count + 1) * layouts.report.count <= Self.mostKept {
      made[client] = local.made
    }
    // What a client keeps goes with the first sum.
    if !isLaterSum { kept = local.keptState.map { ClientState(client: client, values: $0) } }
    return note
  }

  /// The round whose draws a client takes: that of the version which it trains from.
  private func trainingRound(of client: Int) -> Int {
    round - (told.start(of: client)?.staleness ?? 0)
  }

  mutating func train(_ client: Int) throws -> ClientOutcome {
    guard let codec else { preconditionFailure("a round was begun") }
    // The server's own clients, which are held out, never drop out of a round.
    if setup.configuration.drops(client, round: trainingRound(of: client)),
      !partition.isHeldOut(client)
    {
      return .dropped
    }
    // One owner while it changes.
    var own = sum
    sum = UpdateSum(parameters: 0)
    defer { sum = own }
    if sendsUpdates { own.reset() }
    let note = try report(of: client, codec, into: &own)
    if sendsUpdates { update = note.fate == .reported ? own.update : nil }
    guard codec.hidesClients else { return note.outcome }
    if isNoiseOnly(note) { return .noiseOnly }
    return note.isCut ? .cut : .encoded
  }

  /// Where clients are those of another program, that one.
  var program: ClientProgram? {
    if case .program(let program, _) = population { program } else { nil }
  }

  /// Lets the program of the clients, if there is one, begin with all that are about to be trained.
  mutating func announce(_ clients: [Int]) throws {
    guard let program else { return }
    let configuration = setup.configuration
    try program.request(
      clients.filter { client in
        configuration.canary(client, clients: population.clients) == nil
          && (partition.isHeldOut(client) || !configuration.drops(client, round: round))
          && !(isLaterSum && made[client] != nil)
      })
  }

  /// Makes data that later rounds need; false when there is nothing to make ahead.
  mutating func makeAhead() -> Bool { data.makeAhead() }

  /// The sum of all updates since `begin` or the last collection.
  mutating func collect() -> UpdateSum {
    let collected = sum
    sum.reset()
    return collected
  }
}
