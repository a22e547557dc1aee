import ClientPrograms
import Federation
import Messages
import Models
import SecureAggregation
import Wire

/// The worker's side of the conversation: set up once, then serve until the pipe closes.
package enum Worker {
  /// Serves one coordinator; returns when it closes the pipe.
  package static func serve(_ channel: Channel) throws {
    if let setup = try setup(from: channel) { try serve(channel, setup) }
  }

  /// What a coordinator says first; nil when it closed the pipe instead, or was told what is wrong with
  /// its experiment.
  package static func setup(from channel: Channel) throws -> WorkerSetup? {
    try reporting(to: channel) {
      var first = try channel.receive()
      if case .seal(let key) = first {
        channel.sealAsWorker(key: key)
        first = try channel.receive()
      }
      guard case .setup(let json) = first else {
        throw WireError.unexpected("the first message is not setup")
      }
      let setup = try WorkerSetup(json: json)
      try setup.configuration.validate()
      return setup
    }
  }

  /// Serves a coordinator that has said what the experiment is; returns when it closes the pipe.
  ///
  /// - Parameters:
  ///   - build: which program this is; empty for one that nobody has to tell from another.
  ///   - tellsMemory: whether it says how much memory it has used.
  package static func serve(
    _ channel: Channel, _ setup: WorkerSetup, build: String = "", tellsMemory: Bool = false
  ) throws {
    try reporting(to: channel) {
      let population = try Population(setup)
      let model = setup.configuration.makeModel()
      var identity = WorkerIdentity.own(parameters: model.layout.count, build: build)
      if case .program(let program, _) = population {
        identity.clientProgram = program.ready.name
      }
      try channel.send(.ready(identity))
      try serve(model, setup, population, on: channel, MemoryReport(isWanted: tellsMemory))
    }
  }

  @discardableResult private static func reporting<Value>(
    to channel: Channel, _ body: () throws -> Value
  ) throws -> Value? {
    do {
      return try body()
    } catch WireError.closed {
      return nil
    } catch let error as ProgramError {
      // What was lost may succeed with the next worker.
      if case .lost = error { throw error }
      try channel.send(.failed(exitCode: error.exitCode, reason: error.description))
      return nil
    } catch let error where !(error is WireError) {
      // Not an accident: the next worker would fail in the same way.
      try channel.send(.failed(exitCode: 65, reason: "\(error)"))
      return nil
    }
  }

  private static func serve(
    _ model: some Model, _ setup: WorkerSetup, _ population: Population, on channel: Channel,
    _ memory: MemoryReport
  ) throws {
    var memory = memory
    var clients = SimulatedClients(model: model, setup: setup, population: population)
    var hasModel = false
    while true {
      try memory.tell(on: channel)
      switch try channel.receive() {
      case .model(let round, let parameters):
        let sizes = [model.layout.count, clients.layouts.broadcast.count]
        guard round >= 0, sizes.contains(parameters.count) else {
          throw WireError.malformed("a model of \(parameters.count) parameters in round \(round)")
        }
        // The first round waits for its own data alone; no later one for any.
        if hasModel { makeAhead(&clients, channel) }
        clients.begin(round: round, parameters: parameters)
        hasModel = true
      case let early where !hasModel:
        throw WireError.unexpected("\(early.name) before a model")
      case .round(let told):
        if let session = told.session {
          try check(
            session.cohort,
            below: population.clients + setup.configuration.privacy.audit.canaries)
          try checkSession(session.identifier, session.cohort, setup.configuration)
          guard clients.takes(session) else {
            throw WireError.malformed("a session for sum \(session.step) of a round")
          }
        }
        guard clients.takes(told.starts) else {
          throw WireError.malformed("a client that begins with a model that was not sent")
        }
        do {
          try clients.begin(told)
        } catch {
          throw WireError.malformed("a session that cannot be: \(error)")
        }
      case .state(let state):
        try check([state.client], below: population.clients)
        guard state.values.count == clients.layouts.clientState.count else {
          throw WireError.malformed("a state of \(state.values.count) numbers")
        }
        clients.take(state)
      case .relay(let participant, let isReplay, let message):
        guard clients.isInSession, clients.hasBroadcast else {
          throw WireError.unexpected("relay before session")
        }
        let answer = try clients.answer(participant, message, isReplay: isReplay)
        guard !isReplay else { continue }
        if let kept = clients.takeKept() { try channel.send(.kept(kept)) }
        try channel.send(.answer(participant: participant, answer))
      case .train(let cohort):
        try check(cohort, below: population.clients + setup.configuration.privacy.audit.canaries)
        // Behind secure aggregation nothing is summed in the clear, whoever asks for it.
        guard setup.configuration.secureAggregation.protocol == .none, clients.isReady,
          clients.hasBroadcast
        else { throw WireError.unexpected("train outside a session") }
        try train(cohort, &clients, on: channel)
      case .pool(let chosen, let pass, let learningRate):
        try check(chosen, below: population.clients)
        // A benchmark has nothing to evaluate, so nothing to compare with.
        guard pass > 0, !chosen.isEmpty, population.hasHistories
        else { throw WireError.unexpected("pool") }
        try channel.send(
          .pooled(parameters: try clients.pooled(chosen, pass: pass, learningRate: learningRate)))
      case .collect:
        try memory.tell(on: channel)
        try channel.send(.sum(clients.collect()))
        makeAhead(&clients, channel)
      case .initialize:
        guard let program = clients.program else { throw WireError.unexpected("initialize") }
        try channel.send(.pooled(parameters: try program.initialParameters()))
      case .evaluate(let chosen, let isFirst):
        try check(chosen, below: population.clients)
        if let program = clients.program {
          try program.measure(chosen) { try channel.send(.measured($0)) }
          continue
        }
        for client in chosen {
          try channel.send(.evaluated(try clients.evaluate(client, isFirst: isFirst)))
        }
      case .survey(let chosen):
        try check(chosen, below: population.clients)
        guard clients.program == nil else { throw WireError.unexpected("survey") }
        try survey(chosen, &clients, on: channel)
      case .versions(let versions):
        guard versions.allSatisfy({ $0.count == model.layout.count }) else {
          throw WireError.malformed("a version of another size")
        }
        clients.add(versions)
      case .live(let chosen, let firstDay, let days):
        try check(chosen, below: population.clients)
        guard (0...36_500).contains(firstDay), (1...36_500).contains(days),
          population.hasHistories
        else { throw WireError.unexpected("live from day \(firstDay) for \(days)") }
        for client in chosen {
          try channel.send(
            .lived(try clients.live(client, days: firstDay..<(firstDay + days))))
        }
      case let other:
        throw WireError.unexpected(other.name)
      }
    }
  }

  private static func makeAhead(
    _ clients: inout SimulatedClients<some Model>, _ channel: Channel
  ) {
    while !channel.isHungUp, clients.makeAhead() {}
  }

  /// Long enough that small clients share a frame, short beside any deadline.
  private static let longestSilence = Duration.milliseconds(50)

  /// Trains clients and tells of them together, unless they take long.
  private static func train(
    _ cohort: [Int], _ clients: inout SimulatedClients<some Model>, on channel: Channel
  ) throws {
    var finished: [TrainedClient] = []
    var last = ContinuousClock.now
    try clients.announce(cohort)
    for (position, client) in cohort.enumerated() {
      finished.append(TrainedClient(client: client, outcome: try clients.train(client)))
      if let kept = clients.takeKept() { try channel.send(.kept(kept)) }
      if let update = clients.takeUpdate() {
        try channel.send(.update(client: client, values: update))
      }
      let now = ContinuousClock.now
      guard position == cohort.count - 1 || now - last > longestSilence else { continue }
      try channel.send(.trained(finished))
      finished.removeAll(keepingCapacity: true)
      last = now
    }
  }

  /// Says what the virtual time of clients depends on, of several together.
  private static func survey(
    _ chosen: [Int], _ clients: inout SimulatedClients<some Model>, on channel: Channel
  ) throws {
    var finished: [ClientConditions] = []
    var last = ContinuousClock.now
    for (position, client) in chosen.enumerated() {
      finished.append(try clients.conditions(of: client))
      let now = ContinuousClock.now
      guard position == chosen.count - 1 || now - last > longestSilence else { continue }
      try channel.send(.surveyed(finished))
      finished.removeAll(keepingCapacity: true)
      last = now
    }
  }

  private static func check(_ clients: [Int], below count: Int) throws(WireError) {
    for client in clients where !(0..<count).contains(client) {
      throw .malformed("client \(client) of a population of \(count)")
    }
  }

  private static func checkSession(
    _ identifier: [UInt8], _ cohort: [Int], _ configuration: Configuration
  ) throws(WireError) {
    guard configuration.encodesUpdates else { throw .unexpected("session") }
    guard identifier.count == AggregationParameters.hashLength, !cohort.isEmpty,
      zip(cohort, cohort.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw .malformed("a session of \(cohort.count) clients in no order") }
  }
}
