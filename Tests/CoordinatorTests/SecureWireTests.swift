import Coordinator
import Federation
import Foundation
import Messages
import SecureAggregation
import Testing
import Wire

/// What crosses the pipe of a real worker behind secure aggregation: property 14 of privacy.md, A3.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SecureWireTests {
  /// Everything that a single worker says in one round.
  static func recorded(_ configuration: Configuration) async throws -> Data {
    let folder = try TemporaryFolder()
    let launch = shell(
      #""$0" worker | tee "$1""#, try fedsimExecutable(), "\(folder.path)/answers")
    _ = try await SecureRoundTests.run(configuration, launch: launch)
    return try Data(contentsOf: URL(filePath: "\(folder.path)/answers"))
  }

  /// A client's loss and norm, its whole encoded vector and its encoded loss: all of them are on
  /// the pipe in clear when updates are summed in clear, and none behind secure aggregation.
  @Test func noNumberOfAClientIsOnThePipeInClear() async throws {
    func small(_ kind: SecureAggregationConfiguration.Kind, encodes: Bool) -> Configuration {
      SecureRoundTests.configuration(kind) {
        $0.training.rounds = 1
        $0.training.cohortSize = 2
        $0.secureAggregation.corruptFraction = 0
        $0.secureAggregation.dropoutFraction = 0
        if !encodes { $0.secureAggregation.encoding.clip = Setting() }
      }
    }
    let configuration = small(.secagg, encodes: true)
    let canaries = try Self.canaries(configuration)
    let clear = try await Self.recorded(small(.none, encodes: false))
    let masked = try await Self.recorded(configuration)
    #expect(masked.count > 4 * configuration.parameters.count)
    for canary in canaries.outcomes {
      #expect(clear.range(of: canary) != nil, "the search must find what is there")
      #expect(masked.range(of: canary) == nil)
    }
    for canary in canaries.residues { #expect(masked.range(of: canary) == nil) }
    // The same clients without masks: the same search finds their vectors in the same frames.
    var maskless = Cryptography.standard
    maskless.addMask = { _, _, _, _ in }
    for (cryptography, isFound) in [(maskless, true), (.standard, false)] {
      let frames = try Self.uploads(configuration, cryptography)
      for canary in canaries.residues {
        #expect((frames.range(of: canary) != nil) == isFound)
      }
    }
  }

  /// The frames in which a worker sends the uploads of the first cohort.
  static func uploads(
    _ configuration: Configuration, _ cryptography: Cryptography
  ) throws -> Data {
    let cohort = Self.firstCohort(configuration)
    let session = try AggregationSession(
      configuration, scheme: .secagg, round: 1,
      RoundPlan(configuration).parameters(round: 1, cohort: cohort, nil),
      model: configuration.parameters)
    let parameters = session.parameters
    var clients = cohort.indices.map {
      SessionClient(session, participant: $0, cryptography: cryptography)
    }
    var server = AggregationServer(parameters: parameters)
    var graph = configuration.secrets(.graph, round: 1)
    for index in clients.indices {
      let keys = try #require(try clients[index].begin())
      try server.receive(try KeyAdvertisement(decoding: keys, parameters: parameters))
    }
    try server.assignNeighbours(using: &graph)
    func answer(_ index: Int, _ message: some AggregationMessage) throws -> [UInt8] {
      let vector = benchmarkUpdate(configuration, cohort[index], session.codec).vector
      return try #require(
        try clients[index].answer(message.encoded(for: parameters)) { vector })
    }
    for index in clients.indices {
      let shares = try answer(index, server.neighbourKeys(for: index))
      try server.receive(try EncryptedShares(decoding: shares, parameters: parameters))
    }
    try server.closeSharing()
    var frames = Data()
    for index in clients.indices {
      let upload = try answer(index, server.relayedShares(for: index))
      let (type, payload) = Message.answer(participant: index, .message(upload)).encoded()
      frames.append(contentsOf: Frame.encode(type: type, payload: payload))
    }
    return frames
  }

  static func firstCohort(_ configuration: Configuration) -> [Int] {
    configuration.cohort(round: 1)
  }

  /// Of each client of the first cohort: loss and norm as they are sent in clear, and eight
  /// consecutive residues that hold the loss.
  static func canaries(
    _ configuration: Configuration
  ) throws -> (outcomes: [Data], residues: [Data]) {
    let cohort = firstCohort(configuration)
    let parameters = configuration.parameters
    let codec = try configuration.codec(
      round: 1, cohortSize: cohort.count, length: parameters.count,
      RoundParameters(configuration))
    var outcomes: [Data] = []
    var residues: [Data] = []
    for client in cohort {
      let (outcome, vector) = benchmarkUpdate(configuration, client, codec)
      guard case .reported(_, _, let loss, let norm) = outcome, case .bits32(let words) = vector
      else { throw WireError.unexpected("a client that does not report") }
      for number in [loss, norm] {
        outcomes.append(withUnsafeBytes(of: number.bitPattern.littleEndian) { Data($0) })
      }
      residues.append(words.suffix(8).withUnsafeBytes { Data($0) })
    }
    return (outcomes, residues)
  }
}
