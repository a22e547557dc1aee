import Coordinator
import Federation
import Foundation
import Messages
import SecureAggregation
import Testing
import Wire

/// Real workers that are slow, or hang, in the middle of secure aggregation.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SlowWorkerTests {
  private static func configuration(
    _ change: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    SecureRoundTests.configuration(.secagg) {
      $0.training.rounds = 1
      $0.workers.deadlineSeconds = 2
      change(&$0)
    }
  }

  /// Workers of which the first to start falls silent for a while after so many bytes of answers, the
  /// first of which counts as 24 bytes: how long it is depends on the machine.
  private static func silent(
    _ folder: TemporaryFolder, after bytes: Int, seconds: Int
  ) throws -> WorkerLaunch {
    shell(
      #"""
      if mkdir "$1" 2>/dev/null
      then "$0" worker | { dd bs=1 count="$2" 2>/dev/null; sleep "$3"; cat; }
      else exec "$0" worker
      fi
      """#,
      try fedsimExecutable(), "\(folder.path)/first", "\(RealWorkerTests.firstAnswer - 24 + bytes)",
      "\(seconds)")
  }

  /// Slower than the others but within the deadline: nothing is lost, and nothing is different.
  @Test func aSlowWorkerChangesNothing() async throws {
    let configuration = Self.configuration { $0.workers.deadlineSeconds = 20 }
    let expected = try await SecureRoundTests.run(configuration)
    for bytes in [1_000, 20_000, 70_000] {
      let folder = try TemporaryFolder()
      let log = Log()
      let launch = try Self.silent(folder, after: bytes, seconds: 1)
      let result = try await SecureRoundTests.run(
        configuration, workers: 2, launch: launch, log: log)
      #expect(result == expected)
      #expect(log.all.isEmpty, "\(log.all)")
    }
  }

  /// A worker that hangs while keys, shares, vectors or disclosures are sent is given up at the
  /// deadline; its clients are made again by another, which says the same.
  @Test(arguments: [3_000, 60_000, 125_000, 165_000])
  func aWorkerThatHangsIsReplaced(bytes: Int) async throws {
    let configuration = Self.configuration { $0.secureAggregation.adversary = .active }
    let expected = try await SecureRoundTests.run(configuration)
    #expect(expected.rounds[0].status == "completed")
    let folder = try TemporaryFolder()
    let log = Log()
    let launch = try Self.silent(folder, after: bytes, seconds: 6)
    #expect(try await SecureRoundTests.run(configuration, launch: launch, log: log) == expected)
    #expect(log.all.count == 1, "\(log.all)")
    #expect(log.all.first?.contains("not finished within 2.0 seconds") == true, "\(log.all)")
  }

  /// Clients whose secrets nobody can draw again drop out with a worker that hangs: the round goes
  /// on without them, and what was sent is counted message by message.
  @Test func withoutTheClientsOfAHungWorkerTheRoundGoesOn() async throws {
    let configuration = Self.configuration {
      $0.privacy.randomness = .system
      $0.secureAggregation.dropoutFraction = 0.4
    }
    let folder = try TemporaryFolder()
    // One of four workers, with seven or eight clients: it hangs while shares are sent.
    let launch = try Self.silent(folder, after: 12_000, seconds: 6)
    let record = try await SecureRoundTests.run(configuration, workers: 4, launch: launch).rounds[0]
    #expect(record.status == "completed", "\(String(describing: record.abandonment))")
    #expect((1...8).contains(record.dropped) && record.reported == 30 - record.dropped)
    let taken = try #require(record.aggregation)
    let codec = try configuration.codec(
      round: 1, cohortSize: 30, length: configuration.parameters.count,
      RoundParameters(configuration))
    let sent = taken.traffic
    let sharers = sent[1].messagesFromClients
    #expect(sent.map(\.messagesFromClients) == [30, sharers, record.reported, 0, record.reported])
    #expect(record.reported <= sharers && sharers < 30)
    // Header, two keys; a sealed pair of shares for 29 neighbours; the vector and the masked 1.
    let header = 13
    #expect(sent[0].bytesFromClients == 30 * (header + 64))
    #expect(sent[1].bytesFromClients == sharers * (header + 4 + 29 * (4 + 12 + 8 + 80 + 16)))
    #expect(
      sent[2].bytesFromClients == record.reported * (header + 4 * (codec.length + 1)))
    #expect(sent[4].bytesFromClients == record.reported * (header + 4 + sharers * (4 + 1 + 40)))
    #expect(record.bytesFromClients == sent.reduce(0) { $0 + $1.bytesFromClients })
  }

  /// With half of the clients gone the threshold is missed: the round is abandoned with its bytes
  /// on record, the model stays, and the next round has all of its clients.
  @Test func tooManyClientsOfAHungWorkerAbandonTheRound() async throws {
    let configuration = Self.configuration {
      $0.privacy.randomness = .system
      $0.training.rounds = 2
    }
    let folder = try TemporaryFolder()
    let launch = try Self.silent(folder, after: 12_000, seconds: 6)
    let result = try await SecureRoundTests.run(configuration, workers: 2, launch: launch)
    let (lost, next) = (result.rounds[0], result.rounds[1])
    #expect(lost.status == "abandoned" && lost.updateNorm == 0 && lost.reported == 0)
    #expect(lost.abandonment?.contains("are left where secure aggregation needs") == true)
    let sent = try #require(lost.aggregation).traffic
    #expect(sent[0].bytesFromClients == 30 * (13 + 64))
    #expect((1..<30).contains(sent[1].messagesFromClients))
    #expect(sent.last == AggregationRecord.Traffic())
    #expect(lost.bytesFromClients == sent.reduce(0) { $0 + $1.bytesFromClients })
    #expect(next.status == "completed" && next.reported == 30)
  }
}
