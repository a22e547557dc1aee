import Coordinator
import Federation
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// Workers that are killed from outside, and workers at their limit of processor time.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct WorkersKilledTogetherTests {
  /// Three at once say nothing about the clients that they worked on, though they are killed more often
  /// than failures are accepted; and the result is that of an undisturbed run.
  @Test func workersThatAreKilledAtOneMomentAreReplaced() async throws {
    var configuration = benchmarkConfiguration(clients: 600)
    configuration.model.kind = .lstm
    configuration.model.sequenceLength = 16
    configuration.workers.maxFailures = 3
    let cohort = Array(0..<600)
    let undisturbed = try await RealWorkerTests.trained(configuration, cohort: cohort, workers: 1)
    let folder = try TemporaryFolder()
    let executable = try ownExecutable(in: folder)
    let log = Log()
    let isOver = Atomic(false)
    let kills = Atomic(0)
    let result = try await onThread { [configuration] in
      let pool = try configuration.pool(
        workers: 3, launch: WorkerLaunch(executable: executable), log: log)
      defer { pool.shutDown() }
      Thread.detachNewThread {
        // Each time while all three compute.
        for _ in 0..<4 {
          while !isOver.load(ordering: .relaxed) {
            usleep(1_000)
            let workers = children(startedFrom: executable)
            guard workers.count == 3, workers.allSatisfy({ processorTicks(of: $0) >= 4 }) else {
              continue
            }
            for worker in workers { kill(worker, SIGKILL) }
            kills.add(1, ordering: .relaxed)
            usleep(100_000)
            break
          }
        }
      }
      defer { isOver.store(true, ordering: .relaxed) }
      return try pool.train(cohort, configuration)
    }
    #expect(result == undisturbed)
    let times = kills.load(ordering: .relaxed)
    #expect(log.all.count >= 3)
    // The last time may come when workers have answered for all clients: then nothing is lost.
    #expect((3 * (times - 1)...3 * times).contains(log.all.count), "\(times) times: \(log.all)")
  }

  /// A client that ends every worker it is given to is found, also by several workers.
  @Test func aClientThatKillsWorkersIsStillFound() async throws {
    let log = Log()
    let message = try await onThread {
      var configuration = FakeWorkerTests.configuration
      configuration.workers.deadlineSeconds = 20
      configuration.workers.maxFailures = 3
      let pool = try configuration.pool(
        workers: 3, launch: shell("kill -KILL $$"), log: log)
      defer { pool.shutDown() }
      do {
        _ = try pool.train(Array(0..<9), configuration)
        return "no error"
      } catch CoordinatorError.workersKeepDying(let message) {
        return message
      }
    }
    #expect(message.hasPrefix("Workers keep failing ("), "\(message)")
    #expect(log.all.count <= 3 * 31)
  }

  @Test func theLimitOfProcessorTimeIsCalledThat() async throws {
    let log = Log()
    let message = try await onThread {
      var configuration = FakeWorkerTests.configuration
      configuration.workers.deadlineSeconds = 20
      configuration.workers.maxFailures = 3
      let pool = try configuration.pool(workers: 2, launch: shell("kill -XCPU $$"), log: log)
      defer { pool.shutDown() }
      do {
        _ = try pool.train(Array(0..<9), configuration)
        return "no error"
      } catch CoordinatorError.workersKeepDying(let message) {
        return message
      }
    }
    #expect(message.contains("reached the limit of CPU time 3 times"), "\(message)")
    #expect(message.contains("ulimit -t") && message.contains("fedsim resume"))
    #expect(log.all.count <= 6)
  }
}
