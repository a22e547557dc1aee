import Wire

/// One conversation of a check with a client program.
struct ProgramTalk {
  private let process: ProgramProcess
  private let setup: ProgramSetup
  private let deadline: Double
  private(set) var broken: [BrokenRule] = []
  /// How long nothing has to arrive to count as silence, in seconds.
  private static let silence = 0.15

  init(_ words: [String], setup: ProgramSetup, deadline: Double) throws(ProgramError) {
    process = try ProgramProcess(words)
    self.setup = setup
    self.deadline = deadline
  }

  mutating func note(_ found: BrokenRule) { broken.append(found) }

  // MARK: - Questions

  mutating func begin() throws(BrokenRule) {
    let json: [UInt8]
    do {
      json = try setup.encoded()
    } catch {
      throw BrokenRule(.ready, "the setup cannot be written: \(error)")
    }
    try send(.setup(json))
    let message = try receive("setup")
    guard case .ready(let answer) = message else {
      throw BrokenRule(.ready, "setup was answered by \(message.code)")
    }
    let ready: ProgramReady
    do {
      ready = try ProgramReady(json: answer)
    } catch {
      throw BrokenRule(
        .ready,
        "ready is no JSON with protocol, name and parameters: "
          + String(String(decoding: answer, as: UTF8.self).prefix(200)))
    }
    guard ready.protocol == ProgramReady.version else {
      throw BrokenRule(.ready, "ready says protocol \(ready.protocol), not \(ProgramReady.version)")
    }
    guard ready.parameters == setup.parameters else {
      throw BrokenRule(
        .ready, "ready says \(ready.parameters) parameters, and setup said \(setup.parameters)")
    }
  }

  mutating func initialParameters() throws(BrokenRule) -> [Float] {
    try send(.initialize)
    let message = try receive("initialize")
    guard case .initial(let parameters) = message else {
      throw BrokenRule(.initial, "initialize was answered by \(message.code)")
    }
    guard parameters.count == setup.parameters, parameters.allSatisfy(\.isFinite) else {
      let finite = parameters.count(where: \.isFinite)
      throw BrokenRule(
        .initial,
        "the model has \(parameters.count) numbers, \(finite) of them finite, not \(setup.parameters)"
      )
    }
    return parameters
  }

  /// Reports in the order of the clients; what is wrong with one of them is noted.
  mutating func reports(of clients: [Int]) throws(BrokenRule) -> [ProgramReport] {
    try send(.train(clients: clients))
    var reports: [ProgramReport] = []
    for client in clients {
      let message = try receive("train of client \(client)")
      guard case .report(let report) = message, report.client == client else {
        let found =
          if case .report(let report) = message { "a report of client \(report.client)" } else {
            "\(message.code)"
          }
        throw BrokenRule(
          .reportOrder,
          "train of clients \(clients) was answered by \(found) where that of client \(client) comes"
        )
      }
      check(report)
      reports.append(report)
    }
    return reports
  }

  private mutating func check(_ report: ProgramReport) {
    let client = "client \(report.client)"
    if report.examples < 0 || (report.examples == 0) != report.values.isEmpty {
      note(
        BrokenRule(
          .exampleCount,
          "\(client) reports \(report.examples) examples with an update of \(report.values.count) numbers"
        ))
    } else if report.examples > 0, report.values.count != setup.parameters {
      note(
        BrokenRule(
          .updateLength,
          "the update of \(client) has \(report.values.count) numbers, not \(setup.parameters)"))
    }
    if !report.loss.isFinite || !report.values.allSatisfy(\.isFinite) {
      note(
        BrokenRule(
          .updateFinite,
          "the \(report.loss.isFinite ? "update" : "loss") of \(client) is not finite"))
    }
  }

  mutating func evaluate(_ clients: [Int]) throws(BrokenRule) {
    try send(.evaluate(clients: clients))
    for client in clients {
      let message = try receive("evaluate of client \(client)")
      guard case .measured(let measured) = message, measured.client == client else {
        let found =
          if case .measured(let measured) = message { "metrics of client \(measured.client)" } else
          { "\(message.code)" }
        throw BrokenRule(
          .metricOrder,
          "evaluate of clients \(clients) was answered by \(found) where those of client \(client) come"
        )
      }
      let lost = measured.metrics.first { measured.examples > 0 && !$0.value.isFinite }
      if let problem = measured.problem ?? lost.map({ "\($0.name) is not finite" }) {
        note(BrokenRule(.metrics, "of client \(client), \(problem)"))
      }
    }
  }

  func isSame(_ left: [ProgramReport], _ right: [ProgramReport]) -> Bool {
    let right = Dictionary(right.map { ($0.client, $0) }) { first, _ in first }
    return left.allSatisfy { report in
      guard let other = right[report.client] else { return false }
      return report.examples == other.examples && report.loss.bitPattern == other.loss.bitPattern
        && report.values.map(\.bitPattern) == other.values.map(\.bitPattern)
    }
  }

  mutating func expectSame(
    _ first: [ProgramReport], _ second: [ProgramReport], _ when: String
  ) throws(BrokenRule) {
    for report in first where !isSame([report], second) {
      throw BrokenRule(
        .repeatable,
        "client \(report.client) reports something else \(when), with the same round and model")
    }
  }

  // MARK: - Frames

  mutating func send(_ message: ProgramMessage) throws(BrokenRule) {
    do throws(WireError) {
      try process.channel.sendToProgram(message, deadline: deadline)
    } catch {
      throw found(error, "\(message.code)")
    }
  }

  private func receive(_ question: String) throws(BrokenRule) -> ProgramMessage {
    do throws(WireError) {
      let message = try process.channel.receiveFromProgram(deadline: deadline)
      if case .failed(let reason) = message {
        throw WireError.unexpected("failed: \(reason)")
      }
      return message
    } catch {
      throw found(error, question)
    }
  }

  /// The rule that a conversation ended by.
  private func found(_ error: WireError, _ question: String) -> BrokenRule {
    switch error {
    case .closed:
      let end = process.end(within: 1)
      return BrokenRule(.staysAlive, "the program \(end.words) at \(question)\(process.lastLines)")
    case .unexpected(let what):
      return BrokenRule(.staysAlive, "\(question) was answered by \(what)\(process.lastLines)")
    case .timedOut, .unfinished, .givenUp, .system:
      return BrokenRule(.deadline, "\(question): \(error)")
    case .notAFrame:
      return BrokenRule(.frameStart, "\(question) was answered by \(error)")
    case .unsupportedVersion:
      return BrokenRule(.frameVersion, "\(question) was answered by \(error)")
    case .truncated, .oversized:
      return BrokenRule(.frameLength, "\(question): \(error)")
    case .corrupt, .unopened:
      return BrokenRule(.frameChecksum, "\(question) was answered by \(error)")
    case .unknownMessage, .malformed:
      return BrokenRule(.payload, "\(question) was answered by \(error)")
    }
  }

  /// Nothing may arrive for a moment.
  mutating func expectSilence(_ when: String) throws(BrokenRule) {
    let message: ProgramMessage
    do throws(WireError) {
      message = try process.channel.receiveFromProgram(deadline: Self.silence)
    } catch .timedOut {
      return
    } catch {
      throw found(error, when)
    }
    throw BrokenRule(.silence, "\(message.code) came \(when)")
  }

  // MARK: - Ends

  /// Closes the program's input, after which it has to leave.
  mutating func leave() throws(BrokenRule) {
    process.channel.closeOutput()
    let end = process.end(within: deadline)
    guard end.isSuccess else {
      throw BrokenRule(
        .leaves, "with its input closed the program \(end.words)\(process.lastLines)")
    }
  }

  /// Sends what must not be; the program has to end, and may say `failed` first.
  mutating func expectRefusal(
    of bytes: [UInt8], closing: Bool, _ rule: ProgramRule, _ name: String
  ) throws(BrokenRule) {
    let channel = process.channel
    // One that has left already does not read it all.
    try? channel.sendBytes(bytes, deadline: deadline)
    if closing { channel.closeOutput() }
    var hasFailed = false
    loop: while true {
      do throws(WireError) {
        let message = try channel.receiveFromProgram(deadline: deadline)
        guard case .failed = message else {
          throw .unexpected("\(message.code)")
        }
        hasFailed = true
      } catch .closed {
        break loop
      } catch .timedOut {
        throw BrokenRule(rule, "\(name) neither ended the program nor was answered by failed")
      } catch .unexpected(let answer) {
        throw BrokenRule(rule, "\(name) was answered by \(answer)")
      } catch {
        throw found(error, name)
      }
    }
    let end = process.end(within: deadline)
    guard !end.wasKilled else { throw BrokenRule(rule, "\(name) did not end the program") }
    guard hasFailed || !end.isSuccess else {
      throw BrokenRule(rule, "\(name) ended the program with exit status 0, as if all were well")
    }
  }
}
