import Coordinator
import Federation
import Foundation
import Messages
import SecureAggregation
import TestSupport
import Testing
import Wire

/// Secure aggregation with real worker processes.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SecureRoundTests {
  static func configuration(
    _ kind: SecureAggregationConfiguration.Kind, _ change: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    var configuration = benchmarkConfiguration()
    configuration.training.cohortSize = 30
    configuration.training.rounds = 2
    configuration.secureAggregation.protocol = kind
    configuration.secureAggregation.encoding.clip = Setting(1)
    configuration.privacy.clippingBound = Setting(0.005)
    configuration.faults.dropoutRate = 0
    change(&configuration)
    return configuration
  }

  /// The records of all rounds, without times, and the model at the end.
  struct Result: Equatable, Sendable {
    var rounds: [RoundRecord] = []
    var parameters: [Float] = []
  }

  static func run(
    _ configuration: Configuration, workers: Int = 1, launch: WorkerLaunch? = nil, log: Log = Log()
  ) async throws -> Result {
    let launch = try launch ?? WorkerLaunch(executable: fedsimExecutable())
    return try await onThread {
      let pool = try configuration.pool(workers: workers, launch: launch, log: log)
      defer { pool.shutDown() }
      let clients = configuration.population.clients
      let privacy = try PrivacyPlan(configuration, clients: clients)
      var run = FederatedRun(
        configuration: configuration, clients: clients,
        state: ServerState(
          parameters: configuration.parameters, server: configuration.training.server,
          privacy: privacy.map { PrivacyState(configuration, plan: $0) },
          canaries: configuration.privacy.audit.canaries),
        pool: pool, privacy: privacy)
      var result = Result()
      while !run.isFinished {
        var record = try run.nextRound()
        record.timing = RoundTiming()
        result.rounds.append(record)
      }
      result.parameters = run.state.parameters
      return result
    }
  }

  @Test(arguments: [SecureAggregationConfiguration.Kind.secagg, .secaggPlus], Adversary.allCases)
  func theModelIsThatOfAPlainSum(
    kind: SecureAggregationConfiguration.Kind, adversary: Adversary
  ) async throws {
    let clear = try await Self.run(Self.configuration(.none) { $0.faults.dropoutRate = 0.2 })
    let configuration = Self.configuration(kind) {
      $0.faults.dropoutRate = 0.2
      $0.secureAggregation.adversary = adversary
      $0.secureAggregation.corruptFraction = 0.02
      // A sparse graph needs a cohort of 60; this one draws the same clients.
      $0.secureAggregation.dropoutFraction = 0.3
    }
    let masked = try await Self.run(configuration)
    #expect(masked.parameters == clear.parameters)
    #expect(masked.rounds.contains { $0.dropped > 0 })
    for (one, other) in zip(masked.rounds, clear.rounds) {
      #expect(one.abandonment == nil)
      #expect(one.reported == other.reported && one.dropped == other.dropped)
      #expect(one.clipped == other.clipped && one.clipped ?? 0 > 0)
      #expect(one.trainLoss == other.trainLoss && one.examples == other.examples)
      let taken = try #require(one.aggregation)
      #expect(taken.survivors == 30 - one.dropped)
      #expect(taken.expandedMasks == taken.survivors + one.dropped * taken.survivors)
    }
    #expect(try await Self.run(configuration, workers: 3) == masked)
    #expect(try await Self.run(configuration, workers: 7) == masked)
  }

  /// Clients vanish at every moment; whoever uploaded is in the sum, whatever became of it then.
  @Test func clientsMayVanishInEveryStage() async throws {
    let configuration = Self.configuration(.secagg) {
      $0.secureAggregation.adversary = .active
      $0.secureAggregation.dropoutFraction = 0.4
      $0.secureAggregation.corruptFraction = 0
      $0.faults = FaultConfiguration(all: 0.06)
    }
    let result = try await Self.run(configuration, workers: 2)
    var seen: Set<VanishingPoint> = []
    for record in result.rounds {
      #expect(record.abandonment == nil)
      let taken = try #require(record.aggregation)
      let cohort = configuration.cohort(round: record.round)
      let points = cohort.map { configuration.vanishingPoint(of: $0, round: record.round) }
      seen.formUnion(points.compactMap(\.self))
      func staying(_ point: VanishingPoint) -> Int {
        points.count { $0.map { $0 > point } ?? true }
      }
      let sent = taken.traffic.map(\.messagesFromClients)
      #expect(
        sent == [
          staying(.beforeKeys), staying(.beforeKeys), staying(.beforeUpload),
          staying(.afterUpload), staying(.beforeUnmask),
        ])
      #expect(record.reported == staying(.beforeUpload))
    }
    #expect(seen.count == 5, "raise the rates: \(seen)")
    // The same clients in clear: only those that did not upload are missing.
    let uploaders = result.rounds.map(\.reported)
    #expect(uploaders.allSatisfy { $0 < 30 })
  }

  @Test func belowTheThresholdTheModelStaysAndTheRunGoesOn() async throws {
    let configuration = Self.configuration(.secagg) {
      $0.training.rounds = 3
      $0.faults.dropoutRate = 0.7
    }
    let log = Log()
    let result = try await Self.run(configuration, workers: 2, log: log)
    #expect(result.parameters == configuration.parameters)
    for record in result.rounds {
      #expect(record.status == "abandoned" && record.updateNorm == 0)
      #expect(record.abandonment?.contains("are left where secure aggregation needs") == true)
      #expect(record.reported == 0 && record.trainLoss == nil && record.examples == 0)
      // Nobody was asked for a share.
      #expect(record.aggregation?.traffic.last == AggregationRecord.Traffic())
    }
    #expect(result.rounds.map(\.round) == [1, 2, 3])
    #expect(try await Self.run(configuration, workers: 3) == result)
  }

  @Test func aPoissonCohortMayBeTooSmall() async throws {
    let configuration = Self.configuration(.secaggPlus) {
      $0.training.sampling = .poisson
      $0.training.cohortSize = 2
      $0.training.rounds = 8
      $0.secureAggregation.dropoutFraction = 0
    }
    let result = try await Self.run(configuration)
    let small = result.rounds.filter { $0.cohortSize < 2 }
    #expect(!small.isEmpty && small.count < 8)
    #expect(small.allSatisfy { $0.abandonment?.contains("needs a cohort of 2") == true })
    #expect(result.rounds.contains { $0.status == "completed" })
  }

  /// A worker that dies after so many bytes of its answers: while it sends keys, shares, in the
  /// middle of a masked vector, between two, while it discloses shares.
  @Test(arguments: [200, 3_000, 20_000, 60_000, 100_000, 140_000])
  func aWorkerThatDiesInMidSessionIsReplaced(bytes: Int) async throws {
    let configuration = Self.configuration(.secagg) {
      $0.training.rounds = 1
      $0.secureAggregation.adversary = .active
      $0.faults = FaultConfiguration(all: 0.03)
    }
    let expected = try await Self.run(configuration)
    #expect(expected.rounds[0].status == "completed")
    let folder = try TemporaryFolder()
    let launch = try mortal(folder, after: bytes)
    let log = Log()
    #expect(try await Self.run(configuration, launch: launch, log: log) == expected)
    #expect(log.all.count == 1, "\(log.all)")
    #expect(log.all.first?.contains("in secure aggregation of round 1: ") == true)
    #expect(log.all.first?.contains("signal 9") == true)
  }

  /// With the system's randomness nobody can make a client again: those of a lost worker have
  /// dropped out, and the round goes on without them.
  @Test func withTheSystemsRandomnessALostWorkerCostsItsClients() async throws {
    let configuration = Self.configuration(.secagg) {
      $0.training.rounds = 1
      $0.privacy.randomness = .system
      $0.secureAggregation.dropoutFraction = 0.4
    }
    let folder = try TemporaryFolder()
    let log = Log()
    // Four workers of seven or eight clients; the first to start dies while shares are sent.
    let result = try await Self.run(
      configuration, workers: 4, launch: try mortal(folder, after: 12_000), log: log)
    let record = result.rounds[0]
    #expect(record.status == "completed", "\(String(describing: record.abandonment))")
    #expect((1...8).contains(record.dropped) && record.reported == 30 - record.dropped)
    #expect(record.aggregation?.survivors == record.reported)
    #expect(log.all.contains { $0.contains("its secrets were lost with the worker") })
  }
}

/// Workers of which the first to start is killed after so many bytes of its answers.
func mortal(_ folder: TemporaryFolder, after bytes: Int) throws -> WorkerLaunch {
  shell(
    #"""
    if mkdir "$1" 2>/dev/null
    then "$0" worker | { dd bs=1 count="$2" 2>/dev/null; kill -9 $$; }
    else exec "$0" worker
    fi
    """#,
    try fedsimExecutable(), "\(folder.path)/first", "\(bytes)")
}

extension FaultConfiguration {
  init(all rate: Double) {
    self.init()
    dropoutRate = rate
    beforeKeysRate = rate
    afterSharesRate = rate
    afterUploadRate = rate
    beforeUnmaskRate = rate
  }
}
