import Foundation
import Glibc
import SecureAggregation
import Synchronization

/// One session of many clients in this process, on two threads, without training and pipes.
///
/// Clients share their keys once; from then on every dropout rate has its own server.
struct SessionBenchmark {
  /// One dropout rate: seconds of the server, and of all clients for all rates together.
  struct Result {
    var clients = 0.0
    var server = 0.0
    /// Words of masks that were expanded, and key agreements that were made, by everybody.
    var words = 0.0
    var agreements = 0.0
    var peakMegabytes = 0.0
  }

  /// A client whose step is taken by one thread at a time.
  private final class Seat: @unchecked Sendable {
    var client: AggregationClient
    var source: KeyedRandomSource

    init(_ participant: Int, _ parameters: AggregationParameters, _ memory: PairKeyMemory?) {
      client = AggregationClient(
        participant: participant, parameters: parameters, memory: memory)
      source = KeyedRandomSource(seed: 1, purpose: .clientSecrets, client: participant)
    }
  }

  /// Vectors in memory at the same time.
  private static let portion = 200

  private let parameters: AggregationParameters
  private let dropouts: [Double]
  private let seats: [Seat]
  private let executor = ParallelExecutor.threads(2)
  private let clientSeconds = Stopwatch()

  /// - Parameters:
  ///   - dropouts: fractions that vanish between sharing their keys and uploading.
  ///   - memory: for clients whose own time is not measured.
  init(
    clients count: Int, words: Int, scheme: AggregationScheme, dropouts: [Double],
    memory: PairKeyMemory? = nil
  ) throws {
    let neighbourhood = try AggregationRequirements(
      cohortSize: count, adversary: .curious, corruptFraction: 0.05,
      dropoutFraction: max(0.05, dropouts.max() ?? 0)
    ).neighbourhood(for: scheme)
    let hash = Cryptography.hash([1])
    parameters = try AggregationParameters(
      scheme: scheme, adversary: .curious, cohortSize: count, neighbourhood: neighbourhood,
      modulus: .bits32, vectorLength: words, minimumSurvivors: 2, session: hash, round: 1,
      modelHash: hash, layoutHash: hash)
    self.dropouts = dropouts
    let parameters = parameters
    seats = (0..<count).map { Seat($0, parameters, memory) }
  }

  /// By dropout rate.
  func run() throws -> [Result] {
    let everybody = Array(seats.indices)
    var results = dropouts.map { _ in Result() }
    let begun = Stopwatch()
    let server = try shareKeys(everybody, begun)

    let staying = dropouts.map { rate in
      // A multiplier without common factors spreads the dropouts over the cohort.
      everybody.filter { Double($0 * 7_919 % everybody.count) >= rate * Double(everybody.count) }
    }
    var servers = dropouts.map { _ in server }
    let stopwatches = dropouts.map { _ in Stopwatch() }
    let stays = staying.map(Set.init)
    let input = ResidueVector.bits32([UInt32](repeating: 5, count: parameters.vectorLength))
    for portion in portions(of: everybody.filter { one in stays.contains { $0.contains(one) } }) {
      let relayed = begun.time { portion.map { server.relayedShares(for: $0) } }
      let vectors = try answers(of: portion) { index, seat in
        try seat.client.maskInput(input, shares: relayed[index])
      }
      for rate in dropouts.indices {
        let own = vectors.filter { stays[rate].contains($0.participant) }
        try stopwatches[rate].time { for vector in own { try servers[rate].receive(vector) } }
      }
    }
    for rate in dropouts.indices {
      let aggregate = try open(&servers[rate], staying[rate], stopwatches[rate])
      results[rate].server = begun.seconds + stopwatches[rate].seconds
      count(aggregate, into: &results[rate])
    }
    for rate in dropouts.indices {
      results[rate].clients = clientSeconds.seconds
      results[rate].peakMegabytes = peakMegabytes()
    }
    return results
  }

  private func shareKeys(
    _ everybody: [Int], _ stopwatch: Stopwatch
  ) throws -> AggregationServer {
    var server = AggregationServer(parameters: parameters)
    let keys = try answers(of: everybody) { _, seat in
      try seat.client.advertiseKeys(using: &seat.source)
    }
    try stopwatch.time {
      var graph = KeyedRandomSource(seed: 1, purpose: .graph)
      for message in keys { try server.receive(message) }
      try server.assignNeighbours(using: &graph)
    }
    for portion in portions(of: everybody) {
      let peers = stopwatch.time { portion.map { server.neighbourKeys(for: $0) } }
      let shares = try answers(of: portion) { index, seat in
        try seat.client.shareKeys(with: peers[index], using: &seat.source)
      }
      try stopwatch.time { for message in shares { try server.receive(message) } }
    }
    try stopwatch.time { try server.closeSharing() }
    return server
  }

  private func open(
    _ server: inout AggregationServer, _ staying: [Int], _ stopwatch: Stopwatch
  ) throws -> Aggregate {
    try stopwatch.time { try server.closeInput() }
    for portion in portions(of: staying) {
      let survivors = stopwatch.time { portion.map { server.survivors(for: $0) } }
      let disclosures = try answers(of: portion) { index, seat in
        // A copy: the same client answers for every dropout rate.
        var client = seat.client
        return try client.unmask(survivors[index])
      }
      try stopwatch.time { for message in disclosures { try server.receive(message) } }
    }
    let executor = executor
    let aggregate = try stopwatch.time { try server.unmask(on: executor) }
    precondition(aggregate.sum.signed(at: 0) == Int64(5 * staying.count), "a wrong sum")
    return aggregate
  }

  private func count(_ aggregate: Aggregate, into result: inout Result) {
    let survivors = aggregate.survivors.count
    let neighbours = parameters.neighbours
    let masks = survivors * (neighbours + 1) + aggregate.expandedMasks
    result.words = Double(masks) * Double(parameters.vectorLength)
    // For sealing by everybody, for masks by those that upload, and again by the server.
    result.agreements = Double(
      (seats.count + survivors) * neighbours + aggregate.expandedMasks - survivors)
  }

  private func portions(of participants: [Int]) -> [[Int]] {
    stride(from: 0, to: participants.count, by: Self.portion).map {
      Array(participants[$0..<min($0 + Self.portion, participants.count)])
    }
  }

  /// One step of these clients, on two threads; failures end the benchmark.
  private func answers<Message: Sendable>(
    of participants: [Int], _ step: @Sendable (_ index: Int, Seat) throws -> Message
  ) throws -> [Message] {
    let (seats, executor) = (seats, executor)
    return try clientSeconds.time {
      let found = Mutex<[Message?]>([Message?](repeating: nil, count: participants.count))
      let failure = Mutex<(any Error)?>(nil)
      executor.run(participants.count) { index in
        do {
          let message = try step(index, seats[participants[index]])
          found.withLock { $0[index] = message }
        } catch {
          failure.withLock { $0 = error }
        }
      }
      if let error = failure.withLock(\.self) { throw error }
      return found.withLock { $0.compactMap(\.self) }
    }
  }

  private func peakMegabytes() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1_024
  }
}

/// Adds up the wall time of several pieces of work.
private final class Stopwatch {
  private(set) var seconds = 0.0

  func time<Value>(_ body: () throws -> Value) rethrows -> Value {
    let start = ContinuousClock.now
    defer { seconds += (ContinuousClock.now - start) / .seconds(1) }
    return try body()
  }
}
