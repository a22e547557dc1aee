import ClientPrograms
import Federation
import Foundation
import Messages
import Testing
import UsageData
import Wire

/// Messages against frames that Vectors/frames.py builds from the description of the wire.
struct MessageTests {
  static let messages: [(name: String, message: Message)] = [
    ("setup", .setup(Array(#"{"training_end":7}"#.utf8))),
    ("model", .model(round: 12, parameters: [0.5, -1.25, 3.0e-5])),
    ("train", .train(clients: [3, 0, 1 << 40])),
    ("collect", .collect),
    ("evaluate", .evaluate(clients: [9], isFirst: true)),
    (
      "session",
      .round(
        RoundParameters(
          clippingBound: 0.25, session: .init(identifier: Array(0..<32), cohort: [2, 5])))
    ),
    (
      "later sum",
      .round(
        RoundParameters(
          session: .init(identifier: Array(0..<32), cohort: [2, 5], step: 3, point: [0.5, -2])))
    ),
    ("unbounded", .round(RoundParameters())),
    ("relay", .relay(participant: 3, isReplay: false, message: [9, 8])),
    ("replay", .relay(participant: 4, isReplay: true, message: [])),
    ("clip", .round(RoundParameters(clippingBound: 0.125))),
    ("pool", .pool(clients: [4, 2], pass: 3, learningRate: 0.0625)),
    ("seal", .seal(key: Array(0..<32))),
    ("versions", .versions([[0.5], [-2]])),
    ("live", .live(clients: [4, 2], firstDay: 21, days: 10)),
    ("state", .state(ClientState(client: 300, values: [0.5, -2]))),
    ("kept", .kept(ClientState(client: 1 << 33, values: []))),
    ("update", .update(client: 1 << 33, values: [0.5, -2])),
    ("lived", .lived(life)),
    ("initialize", .initialize),
    ("survey", .survey(clients: [3, 300])),
    (
      "surveyed",
      .surveyed([conditions, ClientConditions(client: 300, examples: 0)])
    ),
    ("beginnings", .round(beginnings)),
    (
      "measured",
      .measured(
        ClientMetrics(client: 3, examples: 4, metrics: [ClientMetrics.Metric("accuracy", 0.5)]))
    ),
    ("pooled", .pooled(parameters: [0.5, -2])),
    ("ready", .ready(identity)),
    (
      "ready of another program",
      .ready(
        WorkerIdentity(machine: "node8", build: "digits 3", capabilities: [], parameters: 7))
    ),
    ("usage", .usage(peakMemoryBytes: 123_456_789)),
    ("replaced", .replaced(reason: "killed")),
    ("bye", .bye(exitCode: 70, reason: "out of memory")),
    (
      "reported", .trained([.init(client: 5, outcome: reported), .init(client: 6, outcome: .idle)])
    ),
    ("idle", .trained([.init(client: 6, outcome: .idle)])),
    ("dropped", .trained([.init(client: 7, outcome: .dropped)])),
    ("diverged", .trained([.init(client: 8, outcome: .diverged)])),
    ("encoded", .trained([.init(client: 9, outcome: .encoded)])),
    ("noise only", .trained([.init(client: 9, outcome: .noiseOnly)])),
    ("cut", .trained([.init(client: 9, outcome: .cut)])),
    ("cut answer", .answer(participant: 3, .cutMessage([7, 9]))),
    ("noise only answer", .answer(participant: 3, .noiseOnlyMessage([7, 8]))),
    ("sum", .sum(UpdateSum(values: [-1, 1 << 45], weight: 40, count: 2))),
    ("evaluated", .evaluated(evaluation)),
    ("failed", .failed(exitCode: 65, reason: "no such file: café")),
    ("answer", .answer(participant: 3, .message([7, 7]))),
    ("silence", .answer(participant: 4, .silence)),
    ("refusal", .answer(participant: 5, .refusal("a reason"))),
  ]

  static let conditions: ClientConditions = {
    var conditions = ClientConditions(
      client: 3, examples: 40, rests: [3_600..<7_200, 80_000..<90_000])
    conditions.archetype = 2
    return conditions
  }()

  static let beginnings: RoundParameters = {
    var told = RoundParameters(clippingBound: 0.125)
    told.starts = [
      .init(client: 2, model: 0, staleness: 0), .init(client: 300, model: 1, staleness: 4),
    ]
    return told
  }()

  static let identity = WorkerIdentity(
    machine: "node7", build: "fedsim 1234-0badcafe", blas: "OpenBLAS 0.3.21", kernel: "Haswell",
    vectorBits: 256, capabilities: ["sum", "evaluate"], parameters: 4242)

  static let reported = ClientOutcome.reported(examples: 300, weight: 31, loss: 0.75, norm: 2.5)

  static let life: ClientLife = {
    var day = ClientLife.Day()
    (day.isInUse, day.isRested, day.unlocks, day.ceilingHits) = (true, true, 60, 57)
    var outcome = ClientLife.Outcome()
    (outcome.answered, outcome.hits, outcome.hitsTop3) = (59, 50, 55)
    (outcome.shown, outcome.taken) = (40, 38)
    day.outcomes = [outcome]
    var before = ClientLife.Day()
    before.outcomes = [ClientLife.Outcome()]
    var life = ClientLife(client: 300, days: [day, before])
    life.timing.predictions = 119
    life.timing.slowestNanoseconds = 82_786
    return life
  }()

  /// More answers than questions, more hits than answers, flags that nobody knows.
  @Test(arguments: [(3, 4), (4, 20), (7, 61), (8, 56), (11, 41)] as [(Int, UInt8)])
  func impossibleLivesAreMalformed(at place: Int, value: UInt8) throws {
    var (type, payload) = Message.lived(Self.life).encoded()
    payload[place] = value
    #expect {
      try Message(type: type, payload: payload)
    } throws: { error in
      if case .malformed = error as? WireError { true } else { false }
    }
  }

  /// Numbers that no update has, which is finite and short.
  @Test(arguments: [Float.nan, .infinity, 128, -128])
  func impossibleUpdatesAreMalformed(value: Float) throws {
    let (type, payload) = Message.update(client: 1, values: [0, value]).encoded()
    #expect {
      try Message(type: type, payload: payload)
    } throws: { error in
      if case .malformed = error as? WireError { true } else { false }
    }
  }

  static func known<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a value that can be") }
    return value
  }

  static let evaluation = ClientEvaluation(
    client: 11, traits: known(ClientTraits(archetype: 9, unlocks: 300, days: 28)),
    parts: [
      .init(
        .federated, .coldTest,
        PredictionTally(
          ranking: RankingTally(
            examples: 10, unseen: 1, top1: 4, top3: 6, top5: 7, reciprocalRankSum: 5.25,
            crossEntropySum: 12.5),
          choices: known(
            ChoiceTally(apps: [
              .init(app: 3, predicted: 6, opened: 200, hits: 4),
              .init(app: 70_000, predicted: 0, opened: 6, hits: 0),
            ])),
          confidence: known(ConfidenceTally(outcomes: [1 << 31 | 1, 12])))),
      .init(
        .bayesOptimal, .coldStart,
        PredictionTally(
          ranking: RankingTally(
            examples: 10, unseen: 1, top1: 5, top3: 7, top5: 8, reciprocalRankSum: 6.125,
            crossEntropySum: 11), choices: ChoiceTally(), confidence: ConfidenceTally())),
    ])

  /// Parts that no client has.
  @Test func impossibleEvaluationsAreMalformed() throws {
    let (type, payload) = Message.evaluated(Self.evaluation).encoded()
    // After the client (8 bytes): archetype, unlocks (2 bytes), days, number of parts, predictor,
    // period, ranking (56), number of apps, app (4), predicted, opened (2), hits, app (4).
    let changes: [(name: String, at: Int, value: UInt8)] = [
      ("archetype", 8, 11), ("days", 11, 0), ("parts", 12, 3), ("predictor", 13, 99),
      ("period", 14, 9), ("order of apps", 80, 2),
    ]
    for (name, place, value) in changes {
      var changed = payload
      changed[place] = value
      if name == "order of apps" { changed.replaceSubrange(81...83, with: [0, 0, 0]) }
      #expect {
        try Message(type: type, payload: changed)
      } throws: { error in
        if case .malformed = error as? WireError { true } else { false }
      }
    }
  }

  static func frames() throws -> [String: [UInt8]] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Vectors/frames.json")
    let hex = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
    return try hex.mapValues { digits in
      let digits = Array(digits)
      return try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(digits[$0...($0 + 1)]), radix: 16))
      }
    }
  }

  @Test func everyMessageHasItsBytes() throws {
    let frames = try Self.frames()
    #expect(frames.count == Self.messages.count)
    for (name, message) in Self.messages {
      let (type, payload) = message.encoded()
      #expect(Frame.encode(type: type, payload: payload) == frames[name], "\(name)")
    }
  }

  @Test func everyFrameIsRead() throws {
    let frames = try Self.frames()
    for (name, message) in Self.messages {
      let frame = try #require(frames[name])
      let header = try Frame.decodeHeader(Array(frame[..<Frame.headerSize]))
      let payload = Array(frame[Frame.headerSize...])
      #expect(header.length == payload.count)
      try Frame.verify(header, headerBytes: Array(frame[..<Frame.headerSize]), payload: payload)
      #expect(try Message(type: header.type, payload: payload) == message, "\(name)")
    }
  }

  /// Bits, not values: NaN and −0 must cross the pipe as they are.
  @Test func floatsKeepTheirBits() throws {
    let parameters: [Float] = [
      .nan, -0.0, .infinity, .leastNonzeroMagnitude, -.greatestFiniteMagnitude,
    ]
    let (type, payload) = Message.model(round: 0, parameters: parameters).encoded()
    guard case .model(_, let read) = try Message(type: type, payload: payload) else {
      Issue.record("another message came back")
      return
    }
    #expect(read.map(\.bitPattern) == parameters.map(\.bitPattern))
  }

  @Test func everyCutPayloadIsMalformed() throws {
    for (name, message) in Self.messages where name != "setup" {
      let (type, payload) = message.encoded()
      for count in 0..<payload.count {
        #expect(throws: WireError.self, "\(name), \(count) of \(payload.count) bytes") {
          try Message(type: type, payload: Array(payload[..<count]))
        }
      }
      #expect(throws: WireError.malformed("1 bytes too many"), "\(name)") {
        try Message(type: type, payload: payload + [0])
      }
    }
  }

  @Test func unknownMessagesAreRefused() {
    for type in [0, 8, 14, 100, 199, .max] as [UInt16] {
      #expect(throws: WireError.unknownMessage(type)) { try Message(type: type, payload: []) }
    }
  }

  /// A later sum is not the first one.
  @Test func aLaterSumHasANumber() throws {
    let session = RoundParameters.Session(
      identifier: [UInt8](repeating: 7, count: 32), cohort: [2, 5], step: 3, point: [0.5])
    var (type, payload) = Message.round(RoundParameters(session: session)).encoded()
    // Behind the bound, the kind, the identifier and two clients, both with their number.
    let place = 8 + 1 + 8 + 32 + 8 + 16
    #expect(payload[8] == 2 && payload[place] == 3)
    payload[place] = 0
    #expect(throws: WireError.malformed("a later sum of number 0")) {
      try Message(type: type, payload: payload)
    }
    payload[8] = 3
    #expect(throws: WireError.malformed("a round of kind 3")) {
      try Message(type: type, payload: payload)
    }
  }

  /// What a later version says is not known, except where it runs.
  @Test func aReadyOfAnotherVersionSaysItsMachine() throws {
    var writer = ByteWriter()
    writer.append(UInt16(3))
    writer.append(text: "node9")
    writer.append(bytes: [1, 2, 3])
    guard case .ready(let identity) = try Message(type: 101, payload: writer.bytes) else {
      Issue.record("another message")
      return
    }
    #expect(identity.version == 3 && identity.machine == "node9")
    let difference = identity.difference(from: Self.identity)
    #expect(difference?.contains("version 3 of the messages") == true)
  }

  /// Whatever may change bits is told apart, and nothing else is.
  @Test func whatMayChangeBitsIsADifference() {
    let changes: [(WritableKeyPath<WorkerIdentity, String>, String)] = [
      (\.build, "another program"), (\.blas, "other linear algebra"),
      (\.kernel, "other linear algebra"),
    ]
    for (path, words) in changes {
      var other = Self.identity
      other[keyPath: path] = "fedsim other"
      #expect(other.difference(from: Self.identity)?.contains(words) == true)
    }
    var other = Self.identity
    other.vectorBits = 512
    #expect(other.difference(from: Self.identity)?.contains("vectors of 512 bits") == true)
    other = Self.identity
    (other.machine, other.capabilities) = ("node8", [])
    #expect(other.difference(from: Self.identity) == nil)
    #expect(!other.isForeign)
    other.build = "digits 3"
    #expect(other.isForeign)
  }

  @Test(arguments: [-1, Int.min, 1 << 50])
  func impossibleMemoriesAreMalformed(bytes: Int) {
    let (type, payload) = Message.usage(peakMemoryBytes: bytes).encoded()
    #expect(throws: WireError.self) { try Message(type: type, payload: payload) }
  }

  /// Numbers that a sum could overflow on, or that nothing can have.
  @Test(arguments: [-1, Int.min, Int.max, 1 << 40])
  func impossibleCountsAreMalformed(count: Int) throws {
    let impossible: [Message] = [
      .trained([.init(client: 0, outcome: .reported(examples: count, weight: 1, loss: 0, norm: 0))]
      ),
      .trained([.init(client: 0, outcome: .reported(examples: 1, weight: count, loss: 0, norm: 0))]
      ),
      .sum(UpdateSum(values: [0], weight: count, count: 1)),
      .sum(UpdateSum(values: [0], weight: 1, count: count)),
      .evaluated(
        ClientEvaluation(
          client: 0, traits: ClientTraits(archetype: nil, history: ClientHistory()),
          parts: [
            .init(
              .federated, .test,
              PredictionTally(
                ranking: RankingTally(
                  examples: count, unseen: 0, top1: 0, top3: 0, top5: 0, reciprocalRankSum: 0,
                  crossEntropySum: 0), choices: ChoiceTally(), confidence: ConfidenceTally()))
          ])),
    ]
    for message in impossible {
      let (type, payload) = message.encoded()
      #expect {
        try Message(type: type, payload: payload)
      } throws: { error in
        if case .malformed = error as? WireError { true } else { false }
      }
    }
  }

  @Test func aSumHeavierThanItsLimitIsMalformed() {
    let limit = UpdateSum.largestWeight
    for (weight, count, isPossible) in [
      (limit, 1, true), (limit + 1, 1, false), (5, 5, true), (5, 6, false), (0, 0, true),
    ] {
      let (type, payload) = Message.sum(UpdateSum(values: [], weight: weight, count: count))
        .encoded()
      let read = try? Message(type: type, payload: payload)
      #expect((read != nil) == isPossible, "weight \(weight), count \(count)")
    }
  }
}
