import Federation
import Messages
import Wire

extension Relay {
  /// What the coordinator has said of the phase.
  private struct Opened {
    var phase: Phase
    var told: RoundParameters?
    let states = RelayedStates()
    var clients: RelayedPhase?
    var session: RelayedSession?
  }

  /// Does what the coordinator says until it closes the connection.
  ///
  /// - Parameter build: which program this is.
  func read(build: String) {
    do {
      send(.ready(.own(parameters: parameterCount, build: build)))
      var places: [Int: Int] = [:]
      var opened: Opened?
      while true {
        let message = try receive()
        if case .model(let round, let parameters) = message {
          guard round >= 0 else { throw WireError.malformed("a model of round \(round)") }
          endWork()
          // A later sum of a round asks the worker that has what a client reports.
          if round != opened?.phase.round { places = [:] }
          places.merge(opened?.session?.places ?? [:]) { $1 }
          opened = Opened(phase: nextPhase(round: round, parameters: parameters))
        } else {
          guard var now = opened else {
            throw WireError.unexpected("\(message.name) before a model")
          }
          try take(message, &now, places)
          opened = now
        }
      }
    } catch {
      end(with: error)
    }
  }

  private func take(_ message: Message, _ opened: inout Opened, _ places: [Int: Int]) throws {
    switch message {
    case .round(let told):
      try open(with: message, &opened)
      opened.told = told
    case .versions: try open(with: message, &opened)
    case .state(let state): opened.states.take(state)
    case .train(let clients):
      try hand(clients, .training(isSummed: plan.aggregation != .server), &opened)
    case .evaluate(let clients, let isFirst):
      try hand(clients, .evaluation(isFirst: isFirst), &opened)
    case .live(let clients, let firstDay, let days):
      try hand(clients, .life(firstDay: firstDay, days: days), &opened)
    case .survey(let clients): try hand(clients, .survey, &opened)
    case .pool(let clients, _, _):
      // One piece of work, named after its first client.
      try hand(Array(clients.prefix(1)), .pooling(message), &opened)
    case .initialize: try hand([0], .beginning, &opened)
    case .collect:
      try phase(.training(isSummed: true), of: &opened).collect()
      opened.clients = nil
    case .relay(let participant, let isReplay, let text):
      let session = try session(of: &opened, places)
      try session.take(participant, text, isReplay: isReplay)
    default: throw WireError.unexpected(message.name)
    }
  }

  private func open(with message: Message, _ opened: inout Opened) throws {
    guard !opened.phase.openings.contains(where: { $0.name == message.name }),
      opened.clients == nil, opened.session == nil
    else { throw WireError.unexpected("\(message.name) in the middle of a phase") }
    opened.phase.openings.append(message)
  }

  /// Adds clients to what the local workers do, or begins with it.
  private func hand(_ clients: [Int], _ kind: Phase.Kind, _ opened: inout Opened) throws {
    guard !clients.isEmpty else { return }
    try phase(kind, of: &opened).hand(clients)
  }

  private func phase(_ kind: Phase.Kind, of opened: inout Opened) throws -> RelayedPhase {
    if let phase = opened.clients, kind.continues(phase.phase.kind) { return phase }
    opened.phase.kind = kind
    if plan.layouts.clientState.count > 0 || plan.layouts.personal != nil {
      let states = opened.states
      opened.phase.states = { states[$0] }
    }
    let work = RelayedPhase(
      opened.phase, opened.states, workers: workers, sumLength: try sumLength(opened, kind),
      send: send)
    opened.clients = work
    opened.session = nil
    begin(work)
    return work
  }

  /// Numbers of a local worker's sum, of a single update or of a model after pooled training.
  private func sumLength(_ opened: Opened, _ kind: Phase.Kind) throws -> Int {
    let length = plan.layouts.report.count
    switch kind {
    case .training(isSummed: true):
      guard let told = opened.told, let cohort = told.session?.cohort else { return length }
      return try setup.configuration.codec(
        round: opened.phase.round, cohortSize: cohort.count, length: length, told
      ).length
    case .training: return length
    case .evaluation, .aggregation, .pooling, .life, .beginning, .survey: return parameterCount
    }
  }

  private func session(
    of opened: inout Opened, _ places: [Int: Int]
  ) throws -> RelayedSession {
    if let session = opened.session { return session }
    guard let session = opened.told?.session else {
      throw WireError.unexpected("relay before session")
    }
    opened.phase.kind = .aggregation
    let states = opened.states
    opened.phase.states = { states[$0] }
    let work = RelayedSession(
      opened.phase, session, states, places: places, workers: workers,
      remakesClients: setup.configuration.remakesClients, send: send)
    opened.session = work
    opened.clients = nil
    begin(work)
    return work
  }
}

extension Phase.Kind {
  /// Whether more of this can be added to that.
  fileprivate func continues(_ other: Phase.Kind) -> Bool {
    switch (self, other) {
    case (.training(let own), .training(let others)): own == others
    case (.evaluation(let own), .evaluation(let others)): own == others
    case (.survey, .survey): true
    case (.life(let first, let days), .life(let firstOfOther, let daysOfOther)):
      (first, days) == (firstOfOther, daysOfOther)
    default: false
    }
  }
}
