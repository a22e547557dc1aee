import Federation
import Messages
import SecureAggregation
import Testing
import Wire

/// The worker's side of an encoded round, and what it refuses.
@Suite(.timeLimit(.minutes(10)))
struct SessionTests {
  static func configuration(
    _ kind: SecureAggregationConfiguration.Kind = .secagg
  ) -> Configuration {
    var configuration = benchmarkConfiguration()
    // A client refuses a session of fewer than it was configured for.
    configuration.training.cohortSize = cohort.count
    configuration.secureAggregation.protocol = kind
    configuration.secureAggregation.encoding.clip = Setting(1)
    return configuration
  }

  static let identifier = [UInt8](repeating: 7, count: 32)
  static let cohort = Array(10..<20)

  static func begin(_ participant: Int) -> Message {
    .relay(participant: participant, isReplay: false, message: [])
  }

  static func session(_ identifier: [UInt8], _ cohort: [Int]) -> Message {
    .round(RoundParameters(session: .init(identifier: identifier, cohort: cohort)))
  }

  static func conversation(
    _ configuration: Configuration, _ messages: [Message]
  ) async throws -> (answers: [Message], error: WireError?) {
    let session = session(identifier, cohort)
    let (answers, error) = try await WorkerTests.conversation(
      [configuration.setup(), configuration.model(), session] + messages)
    return (Array(answers.dropFirst()), error)
  }

  @Test func aParticipantAdvertisesItsKeys() async throws {
    let configuration = Self.configuration()
    let (answers, error) = try await Self.conversation(configuration, [Self.begin(3)])
    #expect(error == nil)
    let parameters = try AggregationSession(
      configuration, scheme: .secagg, round: 1,
      RoundParameters(session: .init(identifier: Self.identifier, cohort: Self.cohort)),
      model: configuration.initialParameters(of: configuration.makeModel())
    ).parameters
    guard answers.count == 1, case .answer(3, .message(let bytes)) = answers[0] else {
      Issue.record("\(answers)")
      return
    }
    let keys = try KeyAdvertisement(decoding: bytes, parameters: parameters)
    #expect(keys.participant == 3 && keys.sharingKey != keys.maskingKey)
  }

  /// What brings a lost client back is not answered, and the client is the same afterwards.
  @Test func replaysAreNotAnswered() async throws {
    let replay = Message.relay(participant: 3, isReplay: true, message: [])
    let (answers, error) = try await Self.conversation(
      Self.configuration(), [replay, Self.begin(4)])
    #expect(error == nil && answers.count == 1)
  }

  @Test func aVanishedClientIsSilent() async throws {
    var configuration = Self.configuration()
    configuration.faults.beforeKeysRate = 1
    let (answers, _) = try await Self.conversation(configuration, [Self.begin(3)])
    #expect(answers == [.answer(participant: 3, .silence)])
  }

  /// A message of no session ends the client's session, not the worker.
  @Test func aBadMessageIsRefusedByItsClient() async throws {
    for bytes in [[1], [2, 0, 0], [200], [6] + [UInt8](repeating: 0, count: 20)] as [[UInt8]] {
      let bad = Message.relay(participant: 3, isReplay: false, message: bytes)
      let (answers, error) = try await Self.conversation(
        Self.configuration(), [Self.begin(3), bad, Self.begin(5)])
      #expect(error == nil && answers.count == 3)
      guard case .answer(3, .refusal) = answers[1] else {
        Issue.record("\(answers[1])")
        continue
      }
    }
  }

  /// Later sums are of rules that take several, as many as they take, with a point as long as a report.
  @Test func aRoundHasOnlyItsSums() async throws {
    func later(_ configuration: Configuration, _ step: Int, _ length: Int) async throws
      -> WireError?
    {
      let point = [Float](repeating: 0.5, count: length)
      let session = Message.round(
        RoundParameters(
          session: .init(
            identifier: Self.identifier, cohort: Self.cohort, step: step,
            point: step > 0 ? point : [])))
      return try await Self.conversation(configuration, [session, Self.begin(3)]).error
    }
    var configuration = Self.configuration()
    configuration.training.weighting = .uniform
    let length = configuration.parameterCount
    #expect(try await later(configuration, 0, 0) == nil)
    #expect(try await later(configuration, 1, length) != nil)
    configuration.aggregator = AggregatorConfiguration(GeometricMedian())
    for step in 0...4 { #expect(try await later(configuration, step, length) == nil) }
    for (step, length) in [(5, length), (1, 0), (1, length - 1), (4, length + 1)] {
      let error = try await later(configuration, step, length)
      #expect(
        error == .malformed("a session for sum \(step) of a round"),
        "\(step): \(String(describing: error))")
    }
  }

  @Test func whatNoCoordinatorSaysEndsTheWorker() async throws {
    let secure = Self.configuration()
    let wrong: [(Configuration, [Message], String)] = [
      (secure, [.train(clients: [11])], "train outside a session"),
      (secure, [Self.begin(10)], "participant 10"),
      (secure, [Self.begin(-1)], "participant -1"),
      (secure, [Self.begin(1), Self.begin(1)], "a second beginning"),
      (
        secure, [.relay(participant: 1, isReplay: false, message: [2])], "which has not begun"
      ),
      (secure, [Self.session(Self.identifier, [2, 1])], "in no order"),
      (secure, [Self.session(Self.identifier, [1, 1])], "in no order"),
      (secure, [Self.session([1], [1, 2])], "in no order"),
      (secure, [Self.session(Self.identifier, [1])], "needs a cohort of 2"),
      (
        secure, [Self.session(Self.identifier, [1, 2, 3, 4, 5, 6, 7])],
        "a cohort of 7, of which at least 8 must be in the sum"
      ),
      (secure, [Self.session(Self.identifier, [1, 30])], "client 30"),
      (Self.configuration(.none), [Self.begin(1)], "relay before session"),
      (secure, [secure.model(), Self.begin(1)], "relay before session"),
      (
        Self.configuration(.none), [secure.model(), .train(clients: [1])],
        "train outside a session"
      ),
    ]
    for (configuration, messages, words) in wrong {
      let (_, error) = try await Self.conversation(configuration, messages)
      #expect(
        error.map { "\($0)".contains(words) } == true, "\(words): \(String(describing: error))")
    }
    let (_, error) = try await Self.conversation(benchmarkConfiguration(), [])
    #expect(error == .unexpected("session"))
  }

  /// Summed in clear, the vectors of a worker's clients are those that would have been masked.
  @Test func encodedUpdatesAreSummedInClear() async throws {
    let configuration = Self.configuration(.none)
    let (answers, error) = try await Self.conversation(
      configuration, [.train(clients: [12, 13]), .collect])
    #expect(error == nil)
    #expect(
      answers.first
        == .trained([.init(client: 12, outcome: .encoded), .init(client: 13, outcome: .encoded)]))
    guard case .sum(let sum) = answers.last else {
      Issue.record("\(answers)")
      return
    }
    #expect(sum.count == 2)
    let codec = try configuration.codec(
      round: 1, cohortSize: Self.cohort.count, length: configuration.parameterCount,
      RoundParameters(configuration))
    let decoded = try codec.decode(sum, participants: 2)
    #expect(decoded.numbers?.reported == 2 && decoded.numbers?.examples == 128)
  }
}
