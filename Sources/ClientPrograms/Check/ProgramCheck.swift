import Wire

/// Plays a worker to a client program, and finds the rules that it breaks.
package struct ProgramCheck {
  private let words: [String]
  private let setup: ProgramSetup
  /// For one answer, in seconds.
  private let deadline: Double
  /// Ids of clients in no order; all of them exist.
  private let clients: [Int]

  /// - Parameter setup: 0 parameters stand for as many as the program says it has.
  package init(_ words: [String], setup: ProgramSetup, deadline: Double) throws(ProgramError) {
    var setup = setup
    if setup.parameters == 0 {
      setup.parameters = 1
      setup.parameters = try Self.parameters(of: words, setup, deadline: deadline)
    }
    self.words = words
    self.setup = setup
    self.deadline = deadline
    clients = [3, 0, 4, 1, 2].filter { $0 < setup.clients }
  }

  /// What the program says its model has; 1 where that cannot be told, which the check then shows.
  private static func parameters(
    of words: [String], _ setup: ProgramSetup, deadline: Double
  ) throws(ProgramError) -> Int {
    let process = try ProgramProcess(words)
    guard let json = try? setup.encoded(),
      (try? process.channel.sendToProgram(.setup(json), deadline: deadline)) != nil,
      case .ready(let answer)? = try? process.channel.receiveFromProgram(deadline: deadline),
      let ready = try? ProgramReady(json: answer)
    else { return 1 }
    return max(1, ready.parameters)
  }

  /// Everything that is wrong, each rule once, in the order of the rules.
  ///
  /// - Parameter watch: told what comes next.
  package func run(watch: (String) -> Void = { _ in }) throws(ProgramError) -> [BrokenRule] {
    var broken: [BrokenRule] = []
    var first: [ProgramReport] = []
    watch("a whole conversation")
    broken += try conversation(&first)
    // What is broken already would be found again in every probe.
    guard !broken.contains(where: { $0.rule.endsCheck }) else { return Self.ordered(broken) }
    watch("the same in another process")
    broken += try inAnotherProcess(first)
    for probe in Self.probes(setup) {
      watch(probe.name)
      broken += try refusal(probe)
    }
    return Self.ordered(broken)
  }

  private static func ordered(_ broken: [BrokenRule]) -> [BrokenRule] {
    ProgramRule.allCases.compactMap { rule in broken.first { $0.rule == rule } }
  }

  // MARK: - A conversation as it should be

  private func conversation(
    _ first: inout [ProgramReport]
  ) throws(ProgramError) -> [BrokenRule] {
    var talk = try ProgramTalk(words, setup: setup, deadline: deadline)
    do throws(BrokenRule) {
      try talk.begin()
      let model = try talk.initialParameters()
      guard try talk.initialParameters().map(\.bitPattern) == model.map(\.bitPattern) else {
        throw BrokenRule(.repeatable, "initialize was answered by another model the second time")
      }
      try talk.send(.model(round: 1, parameters: model))
      first = try talk.reports(of: clients)
      try talk.expectSilence("after the last report")
      try talk.expectSame(first, try talk.reports(of: clients.reversed()), "in another order")
      try talk.evaluate(clients)
      try talk.expectSilence("after the last metrics")
      try talk.expectSame(first, try talk.reports(of: clients), "after an evaluation")
      let other = model.enumerated().map { $1 + ($0 % 2 == 0 ? 0.125 : -0.0625) }
      try talk.send(.model(round: 2, parameters: other))
      let second = try talk.reports(of: clients)
      let hasUpdates = first.contains { $0.examples > 0 }
      guard !hasUpdates || !talk.isSame(first, second) else {
        throw BrokenRule(
          .latestModel, "another model in another round gave every client the same update")
      }
      try talk.send(.model(round: 1, parameters: model))
      try talk.expectSame(
        first, try talk.reports(of: clients), "after another model had been in between")
      try talk.leave()
    } catch {
      talk.note(error)
    }
    return talk.broken
  }

  private func inAnotherProcess(_ first: [ProgramReport]) throws(ProgramError) -> [BrokenRule] {
    var talk = try ProgramTalk(words, setup: setup, deadline: deadline)
    do throws(BrokenRule) {
      try talk.begin()
      let model = try talk.initialParameters()
      try talk.send(.model(round: 1, parameters: model))
      try talk.expectSame(first, try talk.reports(of: clients), "in another process")
    } catch {
      talk.note(error)
    }
    return talk.broken
  }

  // MARK: - What must be refused

  /// Bytes that a program must not go on from.
  struct Probe {
    var name: String
    var rule: ProgramRule
    /// What is sent in order before them.
    var after: Stage
    var bytes: [UInt8]
    var closesInput = false

    enum Stage { case start, ready, model }
  }

  private func refusal(_ probe: Probe) throws(ProgramError) -> [BrokenRule] {
    var talk = try ProgramTalk(words, setup: setup, deadline: deadline)
    do throws(BrokenRule) {
      if probe.after != .start { try talk.begin() }
      if probe.after == .model {
        try talk.send(.model(round: 1, parameters: [Float](repeating: 0, count: setup.parameters)))
      }
      try talk.expectRefusal(of: probe.bytes, closing: probe.closesInput, probe.rule, probe.name)
    } catch {
      talk.note(error)
    }
    return talk.broken
  }

  private static func probes(_ setup: ProgramSetup) -> [Probe] {
    func frame(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
      Frame.encode(type: type, payload: payload)
    }
    func message(_ message: ProgramMessage) -> [UInt8] {
      frame(message.code.rawValue, message.encoded())
    }
    func changed(_ bytes: [UInt8], at index: Int, to byte: UInt8) -> [UInt8] {
      var bytes = bytes
      bytes[index] = byte
      return bytes
    }
    let train = message(.train(clients: [0]))
    let model = ProgramMessage.model(
      round: 1, parameters: [Float](repeating: 0, count: setup.parameters))
    let json = (try? setup.encoded()) ?? []
    let long = message(
      .model(round: 1, parameters: [Float](repeating: 0, count: setup.parameters + 1)))
    return [
      Probe(
        name: "a frame with another beginning", rule: .refusesCorrupt, after: .model,
        bytes: changed(train, at: 0, to: 0x47)),
      Probe(
        name: "a frame of another version", rule: .refusesCorrupt, after: .model,
        bytes: changed(train, at: 4, to: 9)),
      Probe(
        name: "a frame with a wrong checksum", rule: .refusesCorrupt, after: .model,
        bytes: changed(train, at: 12, to: train[12] ^ 1)),
      Probe(
        name: "a frame that says it is longer than 2^30 bytes", rule: .refusesCorrupt,
        after: .model, bytes: changed(train, at: 11, to: 0xFF)),
      Probe(
        name: "a frame that is cut", rule: .refusesCorrupt, after: .model,
        bytes: Array(train.dropLast()), closesInput: true),
      Probe(
        name: "a message of type 999", rule: .refusesUnknown, after: .model, bytes: frame(999, [])),
      Probe(
        name: "a question before setup", rule: .refusesDisorder, after: .start,
        bytes: message(.initialize)),
      Probe(
        name: "a second setup", rule: .refusesDisorder, after: .ready,
        bytes: message(.setup(json))),
      Probe(
        name: "train before a model", rule: .refusesDisorder, after: .ready, bytes: train),
      Probe(
        name: "a model of another length", rule: .refusesMalformed, after: .ready,
        bytes: long + train),
      Probe(
        name: "a client beyond the population", rule: .refusesMalformed, after: .model,
        bytes: message(.train(clients: [setup.clients]))),
      Probe(
        name: "a payload with bytes too many", rule: .refusesMalformed, after: .model,
        bytes: frame(ProgramMessage.Code.train.rawValue, [1, 0, 0])),
      Probe(
        name: "a payload with bytes missing", rule: .refusesMalformed, after: .ready,
        bytes: frame(ProgramMessage.Code.model.rawValue, Array(model.encoded().dropLast())) + train),
      Probe(
        name: "a setup that is no JSON", rule: .refusesMalformed, after: .start,
        bytes: frame(ProgramMessage.Code.setup.rawValue, Array("{".utf8))),
    ]
  }
}

extension ProgramRule {
  /// Whether nothing more can be learned from a program that breaks the rule.
  fileprivate var endsCheck: Bool {
    switch self {
    case .frameStart, .frameVersion, .frameLength, .frameChecksum, .payload, .deadline, .staysAlive,
      .ready:
      true
    default: false
    }
  }
}
