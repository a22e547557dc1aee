import Coordinator
import Federation
import Foundation
import SecureAggregation
import TestSupport
import Testing

/// A rule that takes several sums of the same clients, with real worker processes.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RepeatedRoundTests {
  static let iterations = 2

  static func configuration(
    _ kind: SecureAggregationConfiguration.Kind, _ change: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    SecureRoundTests.configuration(kind) {
      var rule = GeometricMedian()
      rule.iterations = iterations
      $0.aggregator = AggregatorConfiguration(rule)
      $0.training.weighting = .uniform
      $0.secureAggregation.encoding.clip = Setting()
      change(&$0)
    }
  }

  /// But for the encoding and single precision.
  @Test func theModelIsThatOfTheRuleInTheClear() async throws {
    let clear = try await SecureRoundTests.run(Self.configuration(.none))
    let configuration = Self.configuration(.secaggPlus)
    let masked = try await SecureRoundTests.run(configuration)
    #expect(masked.rounds.allSatisfy { $0.status == "completed" && $0.reported == 30 })
    let moved = zip(clear.parameters, configuration.parameters).map { abs($0 - $1) }.max() ?? 0
    let apart = zip(clear.parameters, masked.parameters).map { abs($0 - $1) }.max() ?? 1
    #expect(apart < 1e-7 && moved > 1e-4, "\(apart) of \(moved)")
    for (one, other) in zip(masked.rounds, clear.rounds) {
      let losses = try (#require(one.trainLoss), #require(other.trainLoss))
      #expect(abs(losses.0 - losses.1) < 1e-3 && one.examples == other.examples)
      // Three sums of 30 clients, none of whom is lost.
      let taken = try #require(one.aggregation)
      #expect(taken.survivors == 30 && taken.expandedMasks == 3 * 30)
      #expect(taken.traffic[AggregationStage.input.rawValue].messagesFromClients == 3 * 30)
      #expect(one.bytesFromClients == taken.bytesFromClients)
      let sent = MemoryLayout<Float>.size * configuration.parameters.count
      #expect(one.bytesToClients == taken.bytesToClients + 3 * 30 * sent)
    }
  }

  static func vanishing(_ configuration: inout Configuration) {
    configuration.faults = FaultConfiguration(all: 0.04)
    configuration.secureAggregation.dropoutFraction = 0.4
    configuration.secureAggregation.corruptFraction = 0.02
  }

  /// Who is lost in the first sum is not asked again, and who is lost in a later one is missing there alone.
  @Test(arguments: Adversary.allCases)
  func theNumberOfWorkersDoesNotMatter(adversary: Adversary) async throws {
    func changed(_ configuration: inout Configuration) {
      Self.vanishing(&configuration)
      configuration.secureAggregation.adversary = adversary
      // Signatures take time.
      if adversary == .active { configuration.training.rounds = 1 }
    }
    let configuration = Self.configuration(.secagg, changed)
    let one = try await SecureRoundTests.run(configuration)
    for record in one.rounds {
      #expect(record.status == "completed", "\(String(describing: record.abandonment))")
      let cohort = configuration.cohort(round: record.round)
      func staying(_ clients: [Int], _ point: VanishingPoint, _ step: Int) -> [Int] {
        clients.filter {
          configuration.vanishingPoint(of: $0, round: record.round, step: step)
            .map { $0 > point } ?? true
        }
      }
      let first = staying(cohort, .beforeUpload, 0)
      let later = (1...Self.iterations).map { staying(first, .beforeUpload, $0).count }
      #expect(record.reported == first.count && record.dropped == 30 - first.count)
      #expect(first.count < 30 && later.contains { $0 < first.count }, "raise the rates")
      let traffic = try #require(record.aggregation).traffic
      #expect(
        traffic[AggregationStage.input.rawValue].messagesFromClients
          == later.reduce(first.count, +))
      #expect(
        traffic[AggregationStage.keys.rawValue].messagesFromClients
          == (1...Self.iterations).reduce(staying(cohort, .beforeKeys, 0).count) {
            $0 + staying(first, .beforeKeys, $1).count
          })
    }
    #expect(try await SecureRoundTests.run(configuration, workers: 3) == one)
    let sealed = Self.configuration(.secagg) {
      changed(&$0)
      $0.workers.sealFrames = true
    }
    #expect(try await SecureRoundTests.run(sealed, workers: 7) == one)
  }

  /// A worker that dies in the middle of each of three sums: another trains its clients again.
  @Test func aWorkerThatDiesInAnySumIsReplaced() async throws {
    let configuration = Self.configuration(.secagg) {
      $0.training.rounds = 1
      $0.faults = FaultConfiguration(all: 0.02)
      $0.secureAggregation.dropoutFraction = 0.5
    }
    let folder = try TemporaryFolder()
    // A worker that is never killed leaves word of how much it said.
    let counted = shell(
      #""$0" worker | tee "$1""#, try fedsimExecutable(), "\(folder.path)/answers")
    let expected = try await SecureRoundTests.run(configuration, launch: counted)
    #expect(expected.rounds[0].status == "completed")
    let said = try Data(contentsOf: URL(filePath: "\(folder.path)/answers")).count
    for sum in 0...Self.iterations {
      let own = try TemporaryFolder()
      let launch = try mortal(own, after: said * (2 * sum + 1) / (2 * Self.iterations + 2))
      let log = Log()
      #expect(
        try await SecureRoundTests.run(configuration, launch: launch, log: log) == expected)
      #expect(log.all.count == 1, "\(log.all)")
      #expect(log.all.first?.contains("signal 9") == true)
    }
  }

  /// With the system's randomness a lost worker costs its clients the sum in which it was lost.
  @Test func withTheSystemsRandomnessTheRoundGoesOn() async throws {
    let configuration = Self.configuration(.secagg) {
      $0.training.rounds = 1
      $0.privacy.randomness = .system
      $0.secureAggregation.dropoutFraction = 0.5
    }
    let expected = try await SecureRoundTests.run(configuration, workers: 4)
    #expect(expected.rounds[0].status == "completed")
    let folder = try TemporaryFolder()
    let log = Log()
    let lost = try await SecureRoundTests.run(
      configuration, workers: 4, launch: try mortal(folder, after: 12_000), log: log)
    #expect(lost.rounds[0].status == "completed")
    #expect(log.all.contains { $0.contains("its secrets were lost with the worker") })
  }

  /// Whoever spoils a later sum must not bring about the mean of the first.
  @Test func aLaterSumThatIsAbandonedAbandonsTheRound() async throws {
    let configuration = Self.configuration(.secagg) {
      $0.training.rounds = 6
      $0.faults.dropoutRate = 0.05
      $0.secureAggregation.dropoutFraction = 0.1
    }
    let log = Log()
    let result = try await SecureRoundTests.run(configuration, log: log)
    let later = result.rounds.filter { $0.abandonment != nil && $0.dropped <= 3 }
    #expect(!later.isEmpty && result.rounds.contains { $0.abandonment == nil })
    for record in later {
      #expect(record.updateNorm == 0 && record.reported == 0 && record.trainLoss == nil)
      let sent = try #require(record.aggregation).traffic[AggregationStage.input.rawValue]
      #expect(sent.messagesFromClients > 30)
      #expect(
        log.all.contains {
          $0.hasPrefix("Round \(record.round): sum ") && $0.contains("of 3 is missing")
        })
    }
  }
}
