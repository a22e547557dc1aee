import Wire

/// What a worker and a client program say to each other, over the program's standard input and output.
///
/// Frames are those between coordinator and worker. The program is told once what the experiment is
/// (`setup`) and says that it is `ready`; then it is asked for the model to start from, for updates and for
/// metrics, and answers in the order of the questions. docs/python.md has the bytes.
package enum ProgramMessage: Equatable, Sendable {
  // Worker to program
  /// JSON of `ProgramSetup`.
  case setup([UInt8])
  /// Asks for the parameters that round 1 starts from.
  case initialize
  /// What the next questions are about.
  case model(round: Int, parameters: [Float])
  case train(clients: [Int])
  case evaluate(clients: [Int])

  // Program to worker
  /// JSON of `ProgramReady`.
  case ready([UInt8])
  case initial(parameters: [Float])
  case report(ProgramReport)
  case measured(ClientMetrics)
  /// The program cannot go on, and would fail again.
  case failed(reason: String)
}

/// What one client of a program has to say after training.
package struct ProgramReport: Equatable, Sendable {
  package var client: Int
  /// Examples that it trained on; 0 for a client with nothing to learn from.
  package var examples: Int
  /// Mean training loss (nats).
  package var loss: Double
  /// Local − global parameters; empty where there are no examples.
  package var values: [Float]

  package init(client: Int, examples: Int, loss: Double, values: [Float]) {
    self.client = client
    self.examples = examples
    self.loss = loss
    self.values = values
  }
}

/// What one client of a program measured.
package struct ClientMetrics: Equatable, Sendable {
  /// A mean over the client's examples.
  package struct Metric: Equatable, Sendable, Codable {
    package var name: String
    package var value: Double

    package init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  package var client: Int
  /// Examples that it was evaluated on.
  package var examples: Int
  package var metrics: [Metric]

  package init(client: Int, examples: Int, metrics: [Metric]) {
    self.client = client
    self.examples = examples
    self.metrics = metrics
  }

  package func value(of name: String) -> Double? { metrics.first { $0.name == name }?.value }
}

extension ProgramMessage {
  /// Types of frames; those of messages that coordinator and worker have too are the same.
  package enum Code: UInt16, Sendable {
    case setup = 1
    case model = 2
    case train = 3
    case evaluate = 5
    case initialize = 30
    case ready = 101
    case failed = 105
    case measured = 130
    case initial = 131
    case report = 132
  }

  package var code: Code {
    switch self {
    case .setup: .setup
    case .initialize: .initialize
    case .model: .model
    case .train: .train
    case .evaluate: .evaluate
    case .ready: .ready
    case .initial: .initial
    case .report: .report
    case .measured: .measured
    case .failed: .failed
    }
  }

  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .setup(let json), .ready(let json):
      writer.append(bytes: json)
    case .initialize:
      break
    case .model(let round, let parameters):
      writer.reserve(16 + 4 * parameters.count)
      writer.append(round)
      writer.append(array: parameters)
    case .train(let clients):
      writer.append(compact: clients.count)
      for client in clients { writer.append(compact: client) }
    case .evaluate(let clients):
      // As between coordinator and worker, where 1 asks for predictors that a program has not.
      writer.append(UInt8(0))
      writer.append(array: clients)
    case .initial(let parameters):
      writer.append(array: parameters)
    case .report(let report):
      writer.append(report.client)
      writer.append(report.examples)
      writer.append(report.loss)
      writer.append(array: report.values)
    case .measured(let measured):
      measured.append(to: &writer)
    case .failed(let reason):
      writer.append(Int32(65))
      writer.append(text: reason)
    }
    return writer.bytes
  }

  package init(type: UInt16, payload: [UInt8]) throws(WireError) {
    guard let code = Code(rawValue: type) else { throw .unknownMessage(type) }
    var reader = ByteReader(payload)
    switch code {
    case .setup:
      self = .setup(payload)
      return
    case .ready:
      self = .ready(payload)
      return
    case .initialize:
      self = .initialize
    case .model:
      self = .model(round: try reader.readInt(), parameters: try reader.readArray(of: Float.self))
    case .train:
      self = .train(
        clients: try reader.readList { reader throws(WireError) in try reader.readCompact() })
    case .evaluate:
      _ = try reader.read(UInt8.self)
      self = .evaluate(clients: try reader.readArray(of: Int.self))
    case .initial:
      self = .initial(parameters: try reader.readArray(of: Float.self))
    case .report:
      self = .report(
        ProgramReport(
          client: try reader.readInt(), examples: try reader.readInt(),
          loss: try reader.readDouble(), values: try reader.readArray(of: Float.self)))
    case .measured:
      self = .measured(try ClientMetrics(from: &reader))
    case .failed:
      _ = try reader.read(Int32.self)
      self = .failed(reason: try reader.readText())
    }
    try reader.finish()
  }
}

extension ClientMetrics {
  package func append(to writer: inout ByteWriter) {
    writer.append(client)
    writer.append(examples)
    writer.append(compact: metrics.count)
    for metric in metrics {
      writer.append(text: metric.name)
      writer.append(metric.value)
    }
  }

  package init(from reader: inout ByteReader) throws(WireError) {
    let client = try reader.readInt()
    let examples = try reader.readInt()
    let metrics = try reader.readList { reader throws(WireError) in
      Metric(try reader.readText(), try reader.readDouble())
    }
    self.init(client: client, examples: examples, metrics: metrics)
  }
}

extension Channel {
  package func sendToProgram(
    _ message: ProgramMessage, deadline: Double? = nil
  ) throws(WireError) {
    try sendFrame(type: message.code.rawValue, payload: message.encoded(), deadline: deadline)
  }

  package func receiveFromProgram(deadline: Double? = nil) throws(WireError) -> ProgramMessage {
    let (type, payload) = try receiveFrame(deadline: deadline)
    return try ProgramMessage(type: type, payload: payload)
  }
}
