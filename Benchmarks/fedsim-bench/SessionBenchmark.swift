import Foundation
import Glibc
import SecureAggregation
import Synchronization

/// One session of many clients in this process, on two threads, without training and pipes.
struct SessionBenchmark {
  /// Seconds of all clients and of the server, each with two threads at work.
  struct Result {
    var clients = 0.0
    var server = 0.0
    var peakMegabytes = 0.0
  }

  /// A client whose step is taken by one thread at a time.
  private final class Seat: @unchecked Sendable {
    var client: AggregationClient
    var source: KeyedRandomSource

    init(_ participant: Int, _ parameters: AggregationParameters) {
      client = AggregationClient(participant: participant, parameters: parameters)
      source = KeyedRandomSource(seed: 1, purpose: .clientSecrets, client: participant)
    }
  }

  private let parameters: AggregationParameters
  private let dropouts: Double
  private let seats: [Seat]
  private let executor = ParallelExecutor.threads(2)
  private var result = Result()

  /// - Parameter dropouts: fraction that vanishes between sharing its keys and uploading.
  init(clients count: Int, words: Int, scheme: AggregationScheme, dropouts: Double) throws {
    let neighbourhood = try AggregationRequirements(
      cohortSize: count, adversary: .curious, corruptFraction: 0.05,
      dropoutFraction: max(0.05, dropouts)
    ).neighbourhood(for: scheme)
    let hash = Cryptography.hash([1])
    parameters = try AggregationParameters(
      scheme: scheme, adversary: .curious, cohortSize: count, neighbourhood: neighbourhood,
      modulus: .bits32, vectorLength: words, minimumSurvivors: 2, session: hash, round: 1,
      modelHash: hash, layoutHash: hash)
    self.dropouts = dropouts
    let parameters = parameters
    seats = (0..<count).map { Seat($0, parameters) }
  }

  mutating func run() throws -> Result {
    let parameters = parameters
    let everybody = Array(seats.indices)
    var server = AggregationServer(parameters: parameters)
    var graph = KeyedRandomSource(seed: 1, purpose: .graph)

    let keys = try answers(of: everybody) { try $0.client.advertiseKeys(using: &$0.source) }
    let peers = try timed(\.server) {
      for message in keys { try server.receive(message) }
      try server.assignNeighbours(using: &graph)
      return everybody.map { server.neighbourKeys(for: $0) }
    }
    let shares = try answers(of: everybody) { seat in
      try seat.client.shareKeys(with: peers[seat.client.participant], using: &seat.source)
    }
    let relayed = try timed(\.server) {
      for message in shares { try server.receive(message) }
      try server.closeSharing()
      return everybody.map { server.relayedShares(for: $0) }
    }

    // A multiplier without common factors spreads the dropouts over the cohort.
    let staying = everybody.filter {
      Double($0 * 7_919 % everybody.count) >= dropouts * Double(everybody.count)
    }
    let input = Self.input(parameters.vectorLength)
    for start in stride(from: 0, to: staying.count, by: 200) {
      let some = Array(staying[start..<min(start + 200, staying.count)])
      let vectors = try answers(of: some) { seat in
        try seat.client.maskInput(input, shares: relayed[seat.client.participant])
      }
      try timed(\.server) { for vector in vectors { try server.receive(vector) } }
    }
    let survivors = try timed(\.server) {
      try server.closeInput()
      return everybody.map { server.survivors(for: $0) }
    }
    let disclosures = try answers(of: staying) { seat in
      try seat.client.unmask(survivors[seat.client.participant])
    }
    let executor = executor
    let aggregate = try timed(\.server) {
      for message in disclosures { try server.receive(message) }
      return try server.unmask(on: executor)
    }
    precondition(aggregate.sum.signed(at: 0) == Int64(5 * staying.count), "a wrong sum")
    result.peakMegabytes = peakMegabytes()
    return result
  }

  private static func input(_ words: Int) -> ResidueVector {
    .bits32([UInt32](repeating: 5, count: words))
  }

  /// One step of these clients, on two threads; failures end the benchmark.
  private mutating func answers<Message: Sendable>(
    of participants: [Int], _ step: @Sendable (Seat) throws -> Message
  ) throws -> [Message] {
    let (seats, executor) = (seats, executor)
    return try timed(\.clients) {
      let found = Mutex<[Message?]>([Message?](repeating: nil, count: participants.count))
      let failure = Mutex<(any Error)?>(nil)
      executor.run(participants.count) { index in
        do {
          let message = try step(seats[participants[index]])
          found.withLock { $0[index] = message }
        } catch {
          failure.withLock { $0 = error }
        }
      }
      if let error = failure.withLock(\.self) { throw error }
      return found.withLock { $0.compactMap(\.self) }
    }
  }

  private mutating func timed<Value>(
    _ role: WritableKeyPath<Result, Double>, _ body: () throws -> Value
  ) rethrows -> Value {
    let start = ContinuousClock.now
    defer { result[keyPath: role] += (ContinuousClock.now - start) / .seconds(1) }
    return try body()
  }

  private func peakMegabytes() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1_024
  }
}
