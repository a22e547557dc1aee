import ClientPrograms
import Federation
import Sealing
import Wire

/// Everything the coordinator and a worker say to each other.
///
/// Through pipes that are to be sealed `seal` comes first. A worker is told once what the experiment is
/// (`setup`) and says what it is itself (`ready`); it is told once per phase which model to use (`model`),
/// and then which clients to train or evaluate; it answers in that order. Updates
/// stay in the worker as an exact sum until `collect` asks for it. What a round tells its clients
/// (`round`) follows the model; behind secure aggregation the clients then get what the
/// server has to say by `relay`, one message at a time, instead of `train`.
package enum Message: Equatable, Sendable {
  // Coordinator to worker
  /// JSON of `WorkerSetup`.
  case setup([UInt8])
  case model(round: Int, parameters: [Float])
  case train(clients: [Int])
  case collect
  /// `isFirst` asks for the predictors that do not change from round to round as well.
  case evaluate(clients: [Int], isFirst: Bool)
  /// What the round tells its clients, from now on.
  case round(RoundParameters)
  /// A message of the server for a participant of the session; empty for its beginning.
  ///
  /// A replay brings a client that was lost with its worker back to where it was, and is not
  /// answered.
  case relay(participant: Int, isReplay: Bool, message: [UInt8])
  /// Continue from the model on the examples of these clients in one heap, drawn for this pass.
  case pool(clients: [Int], pass: Int, learningRate: Double)
  /// Every later frame, in both directions, is sealed with this key of 32 bytes; itself it is not, so
  /// whoever reads the pipe from its first byte on reads everything.
  case seal(key: [UInt8])

  /// The model of the phase and these are the versions that phones may have.
  case versions([[Float]])
  /// What a client kept, for its training that follows; a client that is new has none.
  case state(ClientState)
  /// Play so many days of these clients from a day on (`fedsim lifecycle`), with each version.
  case live(clients: [Int], firstDay: Int, days: Int)
  /// Asks the client program for the parameters that round 1 starts from; answered by `pooled`.
  case initialize
  /// Asks what the virtual time of these clients' work depends on.
  case survey(clients: [Int])

  // Worker to coordinator
  case ready(WorkerIdentity)
  /// The next clients of those to train, in their order: as many as are done.
  case trained([TrainedClient])
  /// The next clients of a survey, in their order: as many as are done.
  case surveyed([ClientConditions])
  case sum(UpdateSum)
  case evaluated(ClientEvaluation)
  case answer(participant: Int, Answer)
  /// What a client keeps if its report is counted; comes before word of its report.
  case kept(ClientState)
  case lived(ClientLife)
  /// A client's update by itself, in multiples of 2^-30, for rules of aggregation that compare clients;
  /// comes before word of its report, and is in no sum.
  case update(client: Int, values: [Float])
  /// What a client of a client program measured, in place of `evaluated`.
  case measured(ClientMetrics)
  /// The model after `pool`, or after `initialize`.
  case pooled(parameters: [Float])
  /// The largest resident memory so far; may come before any other message, and is not asked for.
  case usage(peakMemoryBytes: Int)
  /// The last message of a worker that ends by an accident of its own: how it ends, and why.
  case bye(exitCode: Int32, reason: String)
  /// A relay has replaced one of its own workers; for the log.
  case replaced(reason: String)
  /// The worker cannot go on, and another would not fare better: bad input, not an accident.
  case failed(exitCode: Int32, reason: String)
}

extension Message {
  enum Code: UInt16 {
    case setup = 1
    case model, train, collect, evaluate, round, relay
    case pool = 9
    case seal = 10
    case versions
    case live, state
    case initialize = 30
    case survey
    case ready = 101
    case trained, sum, evaluated, failed, answer, pooled, lived, kept, update, usage, bye, replaced
    case measured = 130
    case surveyed
  }

  /// The message type and payload of a frame.
  package func encoded() -> (type: UInt16, payload: [UInt8]) {
    var writer = ByteWriter()
    let code: Code
    switch self {
    case .setup(let json):
      code = .setup
      writer.append(bytes: json)
    case .model(let round, let parameters):
      code = .model
      writer.reserve(16 + 4 * parameters.count)
      writer.append(round)
      writer.append(array: parameters)
    case .train(let clients):
      code = .train
      writer.append(compact: clients.count)
      for client in clients { writer.append(compact: client) }
    case .collect:
      code = .collect
    case .evaluate(let clients, let isFirst):
      code = .evaluate
      writer.append(UInt8(isFirst ? 1 : 0))
      writer.append(array: clients)
    case .round(let parameters):
      code = .round
      parameters.append(to: &writer)
    case .relay(let participant, let isReplay, let message):
      code = .relay
      writer.reserve(17 + message.count)
      writer.append(participant)
      writer.append(UInt8(isReplay ? 1 : 0))
      writer.append(array: message)
    case .pool(let clients, let pass, let learningRate):
      code = .pool
      writer.append(array: clients)
      writer.append(pass)
      writer.append(learningRate)
    case .seal(let key):
      code = .seal
      writer.append(bytes: key)
    case .versions(let versions):
      code = .versions
      writer.append(compact: versions.count)
      for parameters in versions { writer.append(array: parameters) }
    case .live(let clients, let firstDay, let days):
      code = .live
      writer.append(array: clients)
      writer.append(firstDay)
      writer.append(days)
    case .state(let state):
      code = .state
      state.append(to: &writer)
    case .kept(let state):
      code = .kept
      state.append(to: &writer)
    case .update(let client, let values):
      code = .update
      writer.reserve(16 + 4 * values.count)
      writer.append(client)
      writer.append(array: values)
    case .initialize:
      code = .initialize
    case .survey(let clients):
      code = .survey
      writer.append(compact: clients.count)
      for client in clients { writer.append(compact: client) }
    case .surveyed(let clients):
      code = .surveyed
      writer.append(compact: clients.count)
      for client in clients { client.append(to: &writer) }
    case .measured(let measured):
      code = .measured
      measured.append(to: &writer)
    case .ready(let identity):
      code = .ready
      identity.append(to: &writer)
    case .usage(let bytes):
      code = .usage
      writer.append(bytes)
    case .replaced(let reason):
      code = .replaced
      writer.append(text: reason)
    case .bye(let exitCode, let reason):
      code = .bye
      writer.append(exitCode)
      writer.append(text: reason)
    case .trained(let clients):
      code = .trained
      writer.append(compact: clients.count)
      for client in clients { client.append(to: &writer) }
    case .sum(let sum):
      code = .sum
      writer.reserve(24 + 8 * sum.values.count)
      sum.append(to: &writer)
    case .evaluated(let evaluation):
      code = .evaluated
      evaluation.append(to: &writer)
    case .answer(let participant, let answer):
      code = .answer
      writer.append(participant)
      answer.append(to: &writer)
    case .lived(let life):
      code = .lived
      life.append(to: &writer)
    case .pooled(let parameters):
      code = .pooled
      writer.reserve(8 + 4 * parameters.count)
      writer.append(array: parameters)
    case .failed(let exitCode, let reason):
      code = .failed
      writer.append(exitCode)
      writer.append(text: reason)
    }
    return (code.rawValue, writer.bytes)
  }

  /// The name of the message, for errors.
  package var name: String {
    switch self {
    case .setup: "setup"
    case .model: "model"
    case .train: "train"
    case .collect: "collect"
    case .evaluate: "evaluate"
    case .round: "round"
    case .relay: "relay"
    case .pool: "pool"
    case .seal: "seal"
    case .versions: "versions"
    case .live: "live"
    case .initialize: "initialize"
    case .survey: "survey"
    case .surveyed: "surveyed"
    case .measured: "measured"
    case .state: "state"
    case .kept: "kept"
    case .update: "update"
    case .ready: "ready"
    case .usage: "usage"
    case .bye: "bye"
    case .replaced: "replaced"
    case .trained: "trained"
    case .sum: "sum"
    case .evaluated: "evaluated"
    case .answer: "answer"
    case .lived: "lived"
    case .pooled: "pooled"
    case .failed: "failed"
    }
  }
}
