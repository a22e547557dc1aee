import Wire

/// The client program of a worker: trains and measures where fedsim's own models would.
///
/// It is started with the worker and answers questions in their order. Training may be asked for many
/// clients at once, so that the program trains one while the worker encodes another.
package final class ClientProgram {
  private let process: ProgramProcess
  private let setup: ProgramSetup
  private let deadline: Double
  private let line: String
  package let ready: ProgramReady

  private var round = 0
  private var parameters: [Float] = []
  /// Whether the program has the model that the next questions are about.
  private var hasModel = false
  /// Clients that it was asked to train and has not answered for.
  private var asked: ArraySlice<Int> = []

  /// Starts a program and tells it the experiment.
  ///
  /// - Parameter deadline: how long it may be silent about one client, in seconds.
  package init(
    _ words: [String], setup: ProgramSetup, deadline: Double
  ) throws(ProgramError) {
    let process = try ProgramProcess(words)
    let line = words.joined(separator: " ")
    self.process = process
    self.setup = setup
    self.deadline = deadline
    self.line = line
    let ready: ProgramReady
    do {
      try process.channel.sendToProgram(.setup(setup.encoded()), deadline: deadline)
      guard case .ready(let json) = try process.channel.receiveFromProgram(deadline: deadline)
      else {
        throw ProgramError.failed(
          "The client program '\(line)' did not begin with ready\(process.lastLines).")
      }
      ready = try ProgramReady(json: json)
    } catch let error as WireError {
      throw Self.error(error, process, line, "before it was ready", deadline, isStarting: true)
    } catch let error as ProgramError {
      throw error
    } catch {
      throw .failed(
        "The client program '\(line)' answered setup with a ready that is no JSON with protocol, name and "
          + "parameters; try it with `fedsim worker-check`.")
    }
    self.ready = ready
    guard ready.protocol == ProgramReady.version else {
      throw .mismatch(
        "The client program '\(line)' speaks version \(ready.protocol) of the protocol, and this fedsim "
          + "version \(ProgramReady.version); install the fedsim package that belongs to it.")
    }
    guard ready.parameters == setup.parameters else {
      throw .mismatch(
        "model.parameters is \(setup.parameters), and the model of the client program '\(line)' has "
          + "\(ready.parameters) parameters; set model.parameters to that.")
    }
    guard ready.clients.map({ $0 >= setup.clients }) ?? true else {
      throw .mismatch(
        "population.clients is \(setup.clients), and the client program '\(line)' has data for "
          + "\(ready.clients ?? 0) clients; lower population.clients.")
    }
  }

  /// The parameters that round 1 starts from.
  package func initialParameters() throws(ProgramError) -> [Float] {
    try drain()
    let place = "when asked for the model to start from"
    try send(.initialize, place)
    guard case .initial(let parameters) = try receive(place),
      parameters.count == setup.parameters
    else { throw failed(place, "the answer is no model of \(setup.parameters) parameters") }
    guard parameters.allSatisfy(\.isFinite) else {
      throw failed(place, "the model has a number that is not finite")
    }
    return parameters
  }

  /// Takes the model that the next questions are about.
  package func begin(round: Int, parameters: [Float]) {
    self.round = round
    self.parameters = parameters
    hasModel = false
  }

  /// Asks for the training of these clients, whose reports are then taken in this order.
  package func request(_ clients: [Int]) throws(ProgramError) {
    try drain()
    guard let first = clients.first else { return }
    try sendModel(on: first)
    try send(.train(clients: clients), place(first))
    asked = clients[...]
  }

  /// What a client has to say after training; asks for it unless it was requested.
  package func report(of client: Int) throws(ProgramError) -> ProgramReport {
    if asked.first != client { try request([client]) }
    let report = try nextReport(of: client)
    guard report.examples > 0 || report.values.isEmpty else {
      throw failed(place(client), "the update comes from no examples")
    }
    guard report.examples == 0 || report.values.count == setup.parameters else {
      throw failed(
        place(client),
        "the update has \(report.values.count) numbers, and the model has \(setup.parameters)")
    }
    return report
  }

  /// Hands over what each of these clients measures on the model, in this order.
  package func measure(
    _ clients: [Int], _ body: (ClientMetrics) throws -> Void
  ) throws {
    try drain()
    guard let first = clients.first else { return }
    try sendModel(on: first)
    try send(.evaluate(clients: clients), place(first))
    for client in clients {
      guard case .measured(let measured) = try receive(place(client)), measured.client == client
      else { throw failed(place(client), "the answer is not what this client measured") }
      if let problem = measured.problem { throw failed(place(client), problem) }
      try body(measured)
    }
  }

  // MARK: - One question and its answer

  private func nextReport(of client: Int) throws(ProgramError) -> ProgramReport {
    guard case .report(let report) = try receive(place(client)), report.client == client,
      report.examples >= 0, report.examples < 1 << 40
    else { throw failed(place(client), "the answer is not the report of this client") }
    asked = asked.dropFirst()
    return report
  }

  /// Takes what was asked for and is wanted no more.
  private func drain() throws(ProgramError) {
    while let client = asked.first { _ = try nextReport(of: client) }
  }

  private func sendModel(on client: Int) throws(ProgramError) {
    guard !hasModel else { return }
    try send(.model(round: round, parameters: parameters), place(client))
    hasModel = true
  }

  private func place(_ client: Int) -> String { "on client \(client) in round \(round)" }

  private func send(_ message: ProgramMessage, _ place: String) throws(ProgramError) {
    do throws(WireError) {
      try process.channel.sendToProgram(message, deadline: deadline)
    } catch .closed {
      // What it said before it left says more than that it left.
      _ = try receive(place)
      throw lost(.closed, place)
    } catch {
      throw lost(error, place)
    }
  }

  private func receive(_ place: String) throws(ProgramError) -> ProgramMessage {
    let message: ProgramMessage
    do throws(WireError) {
      message = try process.channel.receiveFromProgram(deadline: deadline)
    } catch {
      throw lost(error, place)
    }
    guard case .failed(let reason) = message else { return message }
    _ = process.end(within: 0.5)
    throw failed(place, reason)
  }

  private func failed(_ place: String, _ reason: String) -> ProgramError {
    .failed("The client program '\(line)' failed \(place): \(reason)\(process.lastLines).")
  }

  private func lost(_ error: WireError, _ place: String) -> ProgramError {
    Self.error(error, process, line, place, deadline, isStarting: false)
  }

  /// What became of a program that does not answer as it should.
  private static func error(
    _ error: WireError, _ process: ProgramProcess, _ line: String, _ place: String,
    _ deadline: Double, isStarting: Bool
  ) -> ProgramError {
    switch error {
    case .timedOut, .unfinished:
      _ = process.end(within: 0)
      return .lost(
        "The client program '\(line)' said nothing for \(deadline) seconds \(place)\(process.lastLines); "
          + "raise workers.deadline_seconds if it needs longer")
    case .closed, .truncated, .system:
      let end = process.end(within: 1)
      let text = "The client program '\(line)' \(end.words) \(place)\(process.lastLines)"
      // One that does not even start would not start the next time.
      return isStarting && end.signal == 0 ? .failed("\(text).") : .lost(text)
    case .notAFrame, .unsupportedVersion, .oversized, .corrupt, .unopened, .unknownMessage,
      .malformed, .unexpected, .givenUp:
      _ = process.end(within: 0)
      return .failed(
        "The client program '\(line)' sent \(error) \(place)\(process.lastLines); try it with `fedsim "
          + "worker-check`.")
    }
  }
}

extension ClientMetrics {
  /// What is wrong with them, if anything.
  package var problem: String? {
    guard (0..<1 << 40).contains(examples) else { return "it measured on \(examples) examples" }
    var names = Set<String>()
    for metric in metrics {
      let isName =
        !metric.name.isEmpty && metric.name.count <= 60
        && metric.name.allSatisfy {
          $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0))
        }
      guard isName else {
        return
          "a metric is called '\(metric.name.prefix(60))'; use letters, digits, '_', '-' and '.'"
      }
      guard names.insert(metric.name).inserted else { return "it measured \(metric.name) twice" }
    }
    if let accuracy = value(of: "accuracy"), examples > 0, !(0...1).contains(accuracy) {
      return "an accuracy is \(accuracy), not a share from 0 to 1"
    }
    return nil
  }
}
