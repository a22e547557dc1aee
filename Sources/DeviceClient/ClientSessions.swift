import Federation
import Messages
import SecureAggregation
import Wire

/// The clients of this worker in one session of secure aggregation.
struct ClientSessions {
  private let session: AggregationSession
  private var clients: [Int: SessionClient] = [:]
  private let memory = PairKeyMemory()

  init(_ session: AggregationSession) { self.session = session }

  var codec: any UpdateCodec { session.codec }

  /// What a participant of this worker says to a message; an empty one opens its session.
  ///
  /// - Parameters:
  ///   - isReplay: the participant is brought back from another worker; what is left of it here
  ///     is out of date.
  ///   - vector: trains a client and encodes its update.
  mutating func answer(
    _ participant: Int, _ message: [UInt8], isReplay: Bool,
    vector: (_ client: Int) throws -> ResidueVector
  ) throws -> Answer {
    guard session.cohort.indices.contains(participant) else {
      throw WireError.malformed("participant \(participant) of no session")
    }
    do {
      if message.isEmpty {
        if isReplay { clients[participant] = nil }
        return try begin(session, participant)
      }
      guard let client = clients[participant]?.client else {
        throw WireError.unexpected("a message for participant \(participant), which has not begun")
      }
      let answer = try clients[participant]?.answer(message) { try vector(client) }
      if answer == nil || clients[participant]?.isOver == true { clients[participant] = nil }
      return answer.map(Answer.message) ?? .silence
    } catch let error as SecureAggregationError {
      clients[participant] = nil
      return .refusal("\(error)")
    }
  }

  private mutating func begin(_ session: AggregationSession, _ participant: Int) throws -> Answer {
    guard clients[participant] == nil else {
      throw WireError.unexpected("a second beginning of participant \(participant)")
    }
    var client = SessionClient(session, participant: participant, memory: memory)
    guard let answer = try client.begin() else { return .silence }
    clients[participant] = client
    return .message(answer)
  }
}
