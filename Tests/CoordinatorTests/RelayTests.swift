import Coordinator
import Federation
import Foundation
import Glibc
import Messages
import Synchronization
import TestSupport
import Testing

/// Workers with workers of their own: the same bits as without.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RelayTests {
  /// What a relay has told its coordinator.
  private final class Told: Sendable {
    private let messages = Mutex<[Message]>([])
    func append(_ message: Message) { messages.withLock { $0.append(message) } }
    var all: [Message] { messages.withLock(\.self) }
  }

  @Test func theCoordinatorIsAnsweredInItsOwnOrder() {
    let told = Told()
    let answers = RelayedAnswers(send: told.append)
    func trained(_ clients: Int...) -> Message {
      .trained(clients.map { TrainedClient(client: $0, outcome: .idle) })
    }
    answers.expect([5, 3, 9])
    answers.take(trained(3), of: 3)
    #expect(told.all == [])
    answers.take(.kept(ClientState(client: 5, values: [1])), of: 5)
    answers.take(.update(client: 5, values: [2]), of: 5)
    // Lost with its worker, and made again by another.
    answers.take(.kept(ClientState(client: 5, values: [1])), of: 5)
    answers.take(trained(5), of: 5)
    let first: [Message] = [
      .kept(ClientState(client: 5, values: [1])), .update(client: 5, values: [2]), trained(5, 3),
    ]
    #expect(told.all == first)
    // Whoever was answered is not answered again.
    answers.take(trained(3), of: 3)
    answers.expect([4])
    answers.take(trained(4), of: 4)
    #expect(told.all == first)
    answers.take(trained(9), of: 9)
    #expect(told.all == first + [trained(9, 4)])
    answers.expect([7])
    answers.take(.pooled(parameters: [1]), of: 7)
    #expect(told.all == first + [trained(9, 4), .pooled(parameters: [1])])
  }

  @Test func participantsAreSpreadAndStay() {
    let queue = RelayQueue(places: [nil, nil, 1, nil], slots: 2)
    func add(_ participant: Int) {
      queue.append(
        RelayStep.Request(participant: participant, client: participant, message: []),
        mayMove: false)
    }
    for participant in 0..<4 { add(participant) }
    let first = (0..<3).map { _ in queue.take(for: 0)?.participant }
    let second = (0..<3).map { _ in queue.take(for: 1)?.participant }
    #expect(first == [0, 3, nil] && second == [1, 2, nil])
    queue.served(0, by: 1)
    add(0)
    #expect(queue.take(for: 0) == nil && queue.take(for: 1)?.participant == 0)
    queue.forget(0)
    #expect(queue.holder(of: 0) == nil)
    add(3)
    queue.close()
    #expect(queue.waitForMore(for: 0) && queue.take(for: 0)?.participant == 3)
    #expect(!queue.waitForMore(for: 0) && !queue.waitForMore(for: 1))
  }

  private static func relayed(_ configuration: Configuration, _ local: Int = 2) -> Configuration {
    var configuration = configuration
    configuration.workers.relay = local
    return configuration
  }

  @Test(arguments: [1, 2]) func aSumIsThatOfPlainWorkers(relays: Int) async throws {
    let configuration = benchmarkConfiguration()
    let plain = try await RealWorkerTests.trained(configuration, workers: 1)
    let log = Log()
    let relayed = try await RealWorkerTests.trained(
      Self.relayed(configuration, 3), workers: relays, log: log)
    #expect(relayed == plain)
    #expect(log.all.isEmpty)
  }

  /// Rounds and evaluations of phones, also with updates that are compared one by one.
  @Test(arguments: [false, true]) func aRunIsThatOfPlainWorkers(isOneByOne: Bool) async throws {
    var configuration = RealWorkerTests.phones
    configuration.evaluation.pooledEpochs = 1
    if isOneByOne { configuration.aggregator = AggregatorConfiguration(TrimmedMean()) }
    let plain = try await RealWorkerTests.run(configuration, workers: 1)
    let relayed = try await RealWorkerTests.run(Self.relayed(configuration), workers: 2)
    // What differs is what the configuration of the workers says.
    #expect(relayed == plain)
  }

  /// Masked vectors pass through, with clients that vanish in every stage.
  @Test(arguments: [1, 2]) func aSecureRoundIsThatOfPlainWorkers(relays: Int) async throws {
    let configuration = SecureRoundTests.configuration(.secaggPlus) {
      $0.faults.dropoutRate = 0.1
      $0.faults.afterUploadRate = 0.05
      $0.secureAggregation.dropoutFraction = 0.3
    }
    let plain = try await SecureRoundTests.run(configuration)
    let log = Log()
    let relayed = try await SecureRoundTests.run(
      Self.relayed(configuration, 3), workers: relays, log: log)
    #expect(relayed == plain)
    #expect(plain.rounds.contains { $0.dropped > 0 })
    #expect(log.all.isEmpty)
  }

  enum Victim: CaseIterable { case relay, worker }

  /// The direct children of a process.
  private static func localWorkers(of process: pid_t) -> [pid_t] {
    let tasks = "/proc/\(process)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return threads.flatMap { thread in
      (try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8))?
        .split(separator: " ").compactMap { pid_t($0) } ?? []
    }
  }

  /// A worker that dies is replaced by its relay; a relay that dies costs the coordinator one retry.
  ///
  /// No process is left behind.
  @Test(arguments: Victim.allCases) func whoeverDiesIsReplaced(victim: Victim) async throws {
    var configuration = benchmarkConfiguration(clients: 300)
    configuration.model.kind = .lstm
    configuration.model.sequenceLength = 16
    configuration.training.local.epochs = 4
    let cohort = Array(0..<300)
    let undisturbed = try await RealWorkerTests.trained(configuration, cohort: cohort, workers: 1)
    let folder = try TemporaryFolder()
    let executable = try ownExecutable(in: folder)
    let log = Log()
    let seen = Mutex<Set<pid_t>>([])
    let kills = Atomic(0)
    let isOver = Atomic(false)
    let result = try await onThread { [configuration = Self.relayed(configuration)] in
      Thread.detachNewThread {
        while !isOver.load(ordering: .relaxed) {
          usleep(1_000)
          for relay in children(startedFrom: executable) {
            let local = Self.localWorkers(of: relay)
            seen.withLock { $0.formUnion(local + [relay]) }
            guard kills.load(ordering: .relaxed) == 0,
              let busy = local.first(where: { processorTicks(of: $0) >= 10 })
            else { continue }
            kill(victim == .relay ? relay : busy, SIGKILL)
            kills.add(1, ordering: .relaxed)
          }
        }
      }
      let pool = try configuration.pool(
        workers: 2, launch: WorkerLaunch(executable: executable), log: log)
      defer {
        isOver.store(true, ordering: .relaxed)
        pool.shutDown()
      }
      return try pool.train(cohort, configuration)
    }
    #expect(result == undisturbed)
    #expect(kills.load(ordering: .relaxed) == 1)
    #expect(log.all.count == 1, "\(log.all)")
    #expect(log.all.first?.hasPrefix("Behind relay ") == (victim == .worker))
    #expect(log.all.first?.contains("signal 9") == true)
    let processes = seen.withLock(\.self)
    #expect(processes.count >= 6)
    // Workers of a relay that was killed notice that by themselves.
    let end = ContinuousClock.now + .seconds(20)
    while processes.contains(where: { kill($0, 0) == 0 }), ContinuousClock.now < end {
      usleep(10_000)
    }
    #expect(processes.allSatisfy { kill($0, 0) != 0 })
  }

  /// Workers that a relay cannot keep end the run as they do without one.
  @Test func badInputIsNoAccident() async throws {
    var configuration = benchmarkConfiguration()
    configuration.population = Configuration().population
    configuration.population.source = .file
    configuration.population.path = Setting("/nowhere/no-such-log.sqlite")
    let error = await #expect(throws: CoordinatorError.self) {
      try await RealWorkerTests.trained(Self.relayed(configuration), workers: 2)
    }
    guard case .badInput(65, let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("no-such-log.sqlite"))
  }
}
