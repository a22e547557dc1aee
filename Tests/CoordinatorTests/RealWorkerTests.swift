import Coordinator
import Federation
import Foundation
import Glibc
import Messages
import Synchronization
import TestSupport
import Testing
import Wire

/// Real worker processes, undisturbed and disturbed: the result is the same bits.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RealWorkerTests {
  static let cohort = Array(stride(from: 58, through: 0, by: -2))

  static func trained(
    _ configuration: Configuration, cohort: [Int] = cohort, workers: Int,
    launch: WorkerLaunch? = nil,
    log: Log = Log()
  ) async throws -> Trained {
    let launch = try launch ?? WorkerLaunch(executable: fedsimExecutable())
    return try await onThread {
      let pool = try configuration.pool(workers: workers, launch: launch, log: log)
      defer { pool.shutDown() }
      return try pool.train(cohort, configuration)
    }
  }

  @Test func theNumberOfWorkersDoesNotMatter() async throws {
    let configuration = benchmarkConfiguration()
    let log = Log()
    let one = try await Self.trained(configuration, workers: 1, log: log)
    #expect(one.outcomes.count == Self.cohort.count)
    #expect(one.outcomes.contains(.dropped))
    #expect(one.sum.count > 20)
    #expect(one.sum.weight == 64 * one.sum.count)
    #expect(try await Self.trained(configuration, workers: 3, log: log) == one)
    #expect(try await Self.trained(configuration, workers: 40, log: log) == one)
    #expect(log.all.isEmpty)
  }

  static let firstAnswer =
    Frame.headerSize
    + Message.ready(
      .own(parameters: benchmarkConfiguration().parameters.count, build: "")
    ).encoded().payload.count

  /// A worker that dies after so many bytes of its answers: while it starts, while it trains, in a
  /// frame or between two, within its sum.
  @Test(arguments: [10, firstAnswer, firstAnswer + 1, 150, 400, 1_000, 2_000])
  func aWorkerThatDiesInMidPhaseIsReplaced(bytes: Int) async throws {
    let configuration = benchmarkConfiguration()
    let folder = try TemporaryFolder()
    let launch = shell(
      #"""
      if mkdir "$1" 2>/dev/null
      then "$0" worker | { dd bs=1 count="$2" 2>/dev/null; kill -9 $$; }
      else exec "$0" worker
      fi
      """#,
      try fedsimExecutable(), "\(folder.path)/first", "\(bytes)")
    let log = Log()
    let disturbed = try await Self.trained(configuration, workers: 1, launch: launch, log: log)
    #expect(try await Self.trained(configuration, workers: 1) == disturbed)
    #expect(log.all.count == 1)
    #expect(log.all.first?.contains("signal 9") == true)
  }

  /// Kills one of two workers once it has computed for a tenth of a second of this phase.
  @Test func aKilledWorkerIsReplaced() async throws {
    var configuration = benchmarkConfiguration(clients: 600)
    configuration.model.kind = .lstm
    configuration.model.sequenceLength = 16
    // Much longer than the tenth of a second, also on a fast processor.
    configuration.training.local.epochs = 8
    let cohort = Array(0..<600)
    let undisturbed = try await Self.trained(configuration, cohort: cohort, workers: 1)

    // A name of their own tells these workers from those of other tests.
    let folder = try TemporaryFolder()
    let executable = try ownExecutable(in: folder)
    let log = Log()
    let (result, victim) = try await onThread { [configuration] in
      let victim = Mutex<pid_t>(0)
      Thread.detachNewThread {
        while victim.withLock({ $0 == 0 }) {
          usleep(1_000)
          for child in children(startedFrom: executable) where processorTicks(of: child) >= 15 {
            kill(child, SIGKILL)
            return victim.withLock { $0 = child }
          }
        }
      }
      let pool = try configuration.pool(
        workers: 2, launch: WorkerLaunch(executable: executable), log: log)
      defer { pool.shutDown() }
      let result = try pool.train(cohort, configuration)
      return (
        result,
        victim.withLock { victim in
          defer { victim = -1 }
          return victim
        }
      )
    }
    #expect(result == undisturbed)
    #expect(log.all.count == 1)
    let line = try #require(log.all.first)
    #expect(line.contains("process \(victim)) failed on client "))
    #expect(line.contains("in training of round 1: "))
    #expect(line.contains("signal 9"))
  }

  /// A worker that dies between two phases is only noticed when the next one begins.
  @Test func aWorkerKilledBetweenPhasesIsReplaced() async throws {
    let configuration = benchmarkConfiguration()
    let undisturbed = try await Self.trained(configuration, workers: 1)
    let folder = try TemporaryFolder()
    let executable = try ownExecutable(in: folder)
    let log = Log()
    let second = try await onThread {
      let pool = try configuration.pool(
        workers: 2, launch: WorkerLaunch(executable: executable), log: log)
      defer { pool.shutDown() }
      #expect(try pool.train(Self.cohort, configuration) == undisturbed)
      let workers = children(startedFrom: executable)
      #expect(workers.count == 2)
      for worker in workers { kill(worker, SIGKILL) }
      while !children(startedFrom: executable).isEmpty { usleep(1_000) }
      defer { #expect(pool.restarts == 2) }
      return try pool.train(Self.cohort, configuration)
    }
    #expect(second == undisturbed)
    #expect(log.all.count == 2)
  }

  @Test func badInputIsNoAccident() async throws {
    var configuration = benchmarkConfiguration()
    configuration.population = Configuration().population
    configuration.population.source = .file
    configuration.population.path = Setting("/nowhere/no-such-log.sqlite")
    let log = Log()
    let error = await #expect(throws: CoordinatorError.self) {
      try await Self.trained(configuration, workers: 2, log: log)
    }
    guard case .badInput(65, let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("no-such-log.sqlite"))
    #expect(log.all.isEmpty)
  }

  /// Three rounds and two evaluations of simulated phones.
  static var phones: Configuration {
    var configuration = Configuration()
    configuration.population.clients = 40
    configuration.population.days = 5
    configuration.model.kind = .logistic
    configuration.training.cohortSize = 8
    configuration.training.rounds = 3
    configuration.evaluation.every = 2
    configuration.evaluation.testDays = 1
    configuration.evaluation.clients = 6
    configuration.evaluation.newClients = 4
    return configuration
  }

  /// Rounds and evaluations of simulated phones, whichever worker meets whichever phone.
  @Test func aRunDoesNotDependOnItsWorkers() async throws {
    let one = try await Self.run(Self.phones, workers: 1)
    let three = try await Self.run(Self.phones, workers: 3)
    #expect(one == three)
    #expect(one.rounds.map(\.round) == [1, 2, 3])
    #expect(one.rounds.allSatisfy { $0.reported + ($0.idle ?? -1) == 8 })
    // The evaluation of round 2, and that of the last round.
    #expect(one.evaluations == 2)
    #expect(one.rows.contains { $0.predictor == .bayesOptimal && $0.split == .newClients })
  }

  struct Run: Equatable, Sendable {
    var rounds: [RoundRecord] = []
    var evaluations = 0
    var rows: [MeasuredRow] = []
    var state: ServerState
  }

  static func run(_ configuration: Configuration, workers: Int) async throws -> Run {
    let launch = WorkerLaunch(executable: try fedsimExecutable())
    return try await onThread {
      let pool = try configuration.pool(workers: workers, launch: launch, log: Log())
      defer { pool.shutDown() }
      let start = ServerState(
        parameters: configuration.parameters, server: configuration.training.server)
      var run = FederatedRun(
        configuration: configuration, clients: configuration.population.clients, state: start,
        pool: pool)
      var result = Run(state: start)
      while !run.isFinished {
        var record = try run.nextRound()
        record.timing.train = 0
        record.timing.aggregate = 0
        result.rounds.append(record)
        if run.isEvaluationDue {
          result.evaluations += 1
          result.rows += try run.evaluate().rows
        }
      }
      result.state = run.state
      return result
    }
  }
}
