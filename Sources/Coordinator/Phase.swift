import ClientPrograms
import Federation
import Messages
import Synchronization
import Wire

/// One thing that all workers do together: train a cohort, or evaluate clients.
struct Phase: Sendable {
  enum Kind: Sendable {
    /// With updates added up by the workers, or sent one by one.
    case training(isSummed: Bool)
    case evaluation(isFirst: Bool)
    /// Secure aggregation: clients train when the protocol asks for their update.
    case aggregation
    /// One worker trains on the examples of many clients.
    case pooling(Message)
    /// Clients live through so many days from one on.
    case life(firstDay: Int, days: Int)
    /// One worker asks its client program for the model to start from.
    case beginning
    /// Clients say what the virtual time of their work depends on.
    case survey
  }

  /// Unique within the pool, so that a worker is sent each phase's model once.
  let id: Int
  var kind: Kind
  let round: Int
  let parameters: [Float]
  /// What follows the model, in order: other versions, what the round tells its clients.
  var openings: [Message] = []
  /// What a client has kept, nil for a client that is new; itself nil where clients keep nothing.
  var states: (@Sendable (_ client: Int) throws -> [Float]?)?
  /// Told how many clients are evaluated, each time that one is.
  var counted: (@Sendable (_ done: Int, _ clients: Int) -> Void)?

  var name: String {
    switch kind {
    case .training: "training"
    case .evaluation: "evaluation"
    case .aggregation: "secure aggregation"
    case .pooling: "pooled training"
    case .life(let firstDay, _): "life from day \(firstDay)"
    case .beginning: "the beginning"
    case .survey: "a survey"
    }
  }

  /// Whether clients answer what became of their training.
  var collects: Bool {
    switch kind {
    case .training: true
    case .evaluation, .aggregation, .pooling, .life, .beginning, .survey: false
    }
  }

  /// Whether updates stay in the worker until its sum is collected.
  var isSummed: Bool {
    if case .training(let isSummed) = kind { isSummed } else { false }
  }

  var isSurvey: Bool {
    if case .survey = kind { true } else { false }
  }

  func request(_ clients: [Int]) -> Message {
    switch kind {
    case .training, .aggregation: .train(clients: clients)
    case .evaluation(let isFirst): .evaluate(clients: clients, isFirst: isFirst)
    case .pooling(let message): message
    case .beginning: .initialize
    case .survey: .survey(clients: clients)
    case .life(let firstDay, let days): .live(clients: clients, firstDay: firstDay, days: days)
    }
  }
}

/// Answers of all workers, in whatever order they come; read when the phase is over.
final class PhaseResults: Sendable {
  private struct State {
    var outcomes: [Int: ClientOutcome]
    var evaluations: [Int: ClientEvaluation] = [:]
    var lives: [Int: ClientLife] = [:]
    var conditions: [Int: ClientConditions] = [:]
    /// By client, the slot that was asked.
    var places: [Int: Int] = [:]
    var pooled: [Float] = []
    var kept: [Int: [Float]] = [:]
    var updates: [Int: [Float]] = [:]
    var sum: UpdateSum
  }

  private let state: Mutex<State>
  private let parameterCount: Int
  private let collects: Bool
  private let isSummed: Bool
  private let clients: Int
  private let counted: (@Sendable (_ done: Int, _ clients: Int) -> Void)?
  /// Takes what is sent on and not kept here; nil keeps everything but sums.
  private let onward: (@Sendable (_ message: Message, _ client: Int) -> Void)?

  /// - Parameter onward: where a relay sends what is said of single clients, with the first that the
  ///   worker has not answered for.
  init(
    parameterCount: Int, collects: Bool, isSummed: Bool, clients: Int,
    counted: (@Sendable (_ done: Int, _ clients: Int) -> Void)?,
    onward: (@Sendable (_ message: Message, _ client: Int) -> Void)? = nil
  ) {
    self.parameterCount = parameterCount
    self.clients = clients
    self.counted = counted
    self.collects = collects
    self.isSummed = isSummed
    self.onward = onward
    state = Mutex(
      State(
        outcomes: collects ? Dictionary(minimumCapacity: clients) : [:],
        sum: UpdateSum(parameters: collects ? parameterCount : 0)))
  }

  /// Keeps the answers for the first of these clients and returns for how many; a client that ran
  /// again simply answers the same again.
  func record(_ message: Message, from clients: [Int]) throws(WireError) -> Int {
    let answered = try take(message, from: clients)
    if let client = clients.first { onward?(message, client) }
    return answered
  }

  private func take(_ message: Message, from clients: [Int]) throws(WireError) -> Int {
    let isKeptHere = onward == nil
    switch message {
    case .trained(let trained)
    where collects && !trained.isEmpty && clients.starts(with: trained.map(\.client)):
      try state.withLock { state throws(WireError) in
        for one in trained {
          if !isSummed, case .reported = one.outcome, state.updates[one.client] == nil {
            throw .unexpected("a report of client \(one.client) without its update")
          }
          state.outcomes[one.client] = one.outcome
        }
      }
      return trained.count
    case .update(let client, let values)
    where collects && !isSummed && clients.contains(client) && values.count == parameterCount:
      state.withLock { $0.updates[client] = isKeptHere ? values : [] }
      return 0
    case .kept(let state) where collects && clients.contains(state.client):
      if isKeptHere { self.state.withLock { $0.kept[state.client] = state.values } }
      return 0
    case .evaluated(let evaluation) where !collects && evaluation.client == clients.first:
      guard isKeptHere else { return 1 }
      let done = state.withLock { state in
        state.evaluations[evaluation.client] = evaluation
        return state.evaluations.count
      }
      counted?(done, self.clients)
      return 1
    case .measured(let measured) where !collects && measured.client == clients.first:
      return try take(.evaluated(ClientEvaluation(measured)), from: clients)
    case .lived(let life) where !collects && life.client == clients.first:
      if isKeptHere { state.withLock { $0.lives[life.client] = life } }
      return 1
    case .surveyed(let surveyed)
    where !collects && !surveyed.isEmpty && clients.starts(with: surveyed.map(\.client)):
      if isKeptHere {
        state.withLock { state in
          for one in surveyed { state.conditions[one.client] = one }
        }
      }
      return surveyed.count
    case .pooled(let parameters) where !collects && parameters.count == parameterCount:
      if isKeptHere { state.withLock { $0.pooled = parameters } }
      return 1
    default:
      throw .unexpected("\(message.name), not the answer for client \(clients.first ?? -1)")
    }
  }

  /// Adds a worker's sum; it must hold what these clients reported, no more and no less.
  func add(_ sum: UpdateSum, of clients: [Int]) throws(WireError) {
    guard sum.values.count == parameterCount else {
      throw .unexpected("a sum of \(sum.values.count) numbers, not \(parameterCount)")
    }
    try state.withLock { state throws(WireError) in
      var (weight, count) = (0, 0)
      for client in clients {
        switch state.outcomes[client] {
        case .reported(_, let own, _, _): weight += own
        case .encoded, .noiseOnly, .cut: weight += 1
        default: continue
        }
        count += 1
      }
      guard (sum.weight, sum.count) == (weight, count) else {
        throw .unexpected(
          "a sum of \(sum.count) updates of weight \(sum.weight), not \(count) of weight \(weight)")
      }
      state.sum.add(sum)
    }
  }

  var outcomes: [Int: ClientOutcome] { state.withLock { $0.outcomes } }
  var evaluations: [Int: ClientEvaluation] { state.withLock { $0.evaluations } }
  var lives: [Int: ClientLife] { state.withLock { $0.lives } }
  var conditions: [Int: ClientConditions] { state.withLock { $0.conditions } }
  var places: [Int: Int] { state.withLock { $0.places } }
  var pooled: [Float] { state.withLock { $0.pooled } }

  /// Notes which slot has what clients of a survey need to train.
  func place(_ clients: some Sequence<Int>, in slot: Int) {
    state.withLock { state in
      for client in clients { state.places[client] = slot }
    }
  }
  /// Those that came one by one.
  var updates: [Int: [Float]] { state.withLock { $0.updates } }
  /// What clients keep whose report is in the sum.
  var kept: [Int: [Float]] { state.withLock { $0.kept } }
  var sum: UpdateSum { state.withLock { $0.sum } }
}

extension ClientEvaluation {
  fileprivate init(_ measured: ClientMetrics) {
    self.init(
      client: measured.client, examples: measured.examples,
      metrics: measured.metrics.map { Metric($0.name, $0.value) })
  }
}
