import Coordinator
import Federation
import Foundation
import Messages
import TestSupport
import Testing
import UsageData
import Wire

/// Workers that misbehave, as shell commands: each is reported, replaced, and given up in the end.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct FakeWorkerTests {
  struct Fake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: String
    /// What the report must say.
    let words: [String]
  }

  static let fakes = [
    Fake(
      testDescription: "prints rubbish", script: "echo 'Hello, I am no worker'; exec sleep 60",
      words: ["bytes that are no frame", "signal 9"]),
    Fake(
      testDescription: "exits with words", script: "echo 'out of cheese' >&2; exit 3",
      words: ["closed the pipe", "exit status 3", "its last words: out of cheese"]),
    Fake(
      testDescription: "is silent", script: "exec sleep 60",
      words: ["nothing was heard for 0.3 seconds", "signal 9", "wrote no error"]),
    Fake(
      testDescription: "closes its output", script: "exec >&-; exec sleep 60",
      words: ["closed the pipe"]),
    Fake(
      testDescription: "dies from a signal", script: "kill -SEGV $$",
      words: ["closed the pipe", "signal 11"]),
    Fake(
      testDescription: "stops in the middle of a frame",
      script: #"head -c 16 > /dev/null; printf 'FSIM\001\000'"#,
      words: ["a frame was cut: 6 of 16 bytes"]),
    Fake(
      testDescription: "speaks another version",
      script: #"printf 'FSIM\002\000\000\000\000\000\000\000\000\000\000\000'; exec sleep 60"#,
      words: ["protocol version 2"]),
    Fake(
      testDescription: "announces a huge frame",
      script: #"printf 'FSIM\001\000\145\000\377\377\377\377\000\000\000\000'; exec sleep 60"#,
      words: ["a frame of 4294967295 bytes"]),
    Fake(
      testDescription: "talks too much before it dies",
      script: "yes 'lots of words' | head -c 200000 >&2; echo 'the end' >&2; exit 1",
      words: ["exit status 1", "the end"]),
  ]

  static var configuration: Configuration {
    var configuration = benchmarkConfiguration()
    configuration.workers.deadlineSeconds = 0.3
    return configuration
  }

  @Test(arguments: fakes)
  func aWorkerThatKeepsFailingEndsThePhase(fake: Fake) async throws {
    let log = Log()
    let message = try await onThread {
      var configuration = Self.configuration
      // Only a silent worker is to meet its deadline, however busy the machine is.
      if fake.testDescription != "is silent" { configuration.workers.deadlineSeconds = 20 }
      let pool = try configuration.pool(workers: 1, launch: shell(fake.script), log: log)
      defer { pool.shutDown() }
      do {
        _ = try pool.train([7, 8, 9], configuration)
        return "no error"
      } catch CoordinatorError.workersKeepDying(let message) {
        #expect(pool.restarts == 2)
        return message
      }
    }
    #expect(message.hasPrefix("Workers keep failing (2 times in one training): "))
    #expect(log.all.count == 2)
    for line in log.all + [message] {
      #expect(line.contains("Worker 0 (process "))
      #expect(line.contains("failed on client 7 in training of round 1: "))
      for words in fake.words { #expect(line.contains(words)) }
      #expect(line.utf8.count < 2_500)
    }
  }

  @Test func aProgramThatIsNotThereCannotStart() async throws {
    let error = await #expect(throws: CoordinatorError.self) {
      try await onThread {
        let pool = try Self.configuration.pool(
          workers: 1, launch: WorkerLaunch(executable: "/nowhere/fedsim"), log: Log())
        _ = try pool.train([1], Self.configuration)
      }
    }
    guard case .cannotStart = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  // MARK: - Workers that speak the language and lie

  static let parameterCount = configuration.parameters.count

  /// The error of training client 7 with a worker that gives these answers whatever it is asked.
  static func error(of answers: [Message]) async throws -> String? {
    try await onThread {
      let folder = try TemporaryFolder()
      let file = "\(folder.path)/answers"
      let bytes = answers.flatMap { message in
        let (type, payload) = message.encoded()
        return Frame.encode(type: type, payload: payload)
      }
      try Data(bytes).write(to: URL(filePath: file))
      var configuration = configuration
      configuration.workers.deadlineSeconds = 20
      configuration.workers.maxFailures = 1
      let pool = try configuration.pool(
        workers: 1, launch: shell(#"cat "$0"; exec cat > /dev/null"#, file), log: Log())
      defer { pool.shutDown() }
      do {
        _ = try pool.train([7], configuration)
        return nil
      } catch CoordinatorError.workersKeepDying(let message) {
        return message
      }
    }
  }

  static func reported(_ client: Int = 7, weight: Int = 5) -> Message {
    .trained([
      .init(client: client, outcome: .reported(examples: 5, weight: weight, loss: 1, norm: 1))
    ])
  }

  static func sum(weight: Int, count: Int, parameters: Int = parameterCount) -> Message {
    .sum(
      UpdateSum(
        values: [Int64](repeating: 1, count: parameters), weight: weight, count: count))
  }

  @Test func theSumMustBeWhatTheClientsReported() async throws {
    let ready = Message.ready(.own(parameters: Self.parameterCount, build: ""))
    #expect(
      try await Self.error(of: [ready, Self.reported(), Self.sum(weight: 5, count: 1)]) == nil)
    let wrong: [(Message, String)] = [
      (Self.sum(weight: 5, count: 2), "a sum of 2 updates"),
      (Self.sum(weight: 4, count: 1), "a sum of 1 updates of weight 4, not 1 of weight 5"),
      (Self.sum(weight: 0, count: 0), "a sum of 0 updates"),
      (Self.sum(weight: -1, count: 1), "a count of -1"),
      (Self.sum(weight: .max, count: 1), "a count of \(Int.max)"),
      (
        Self.sum(weight: UpdateSum.largestWeight + 1, count: 1),
        "a sum of 1 updates of weight 67108865"
      ),
      (Self.sum(weight: 5, count: -1), "a count of -1"),
      (
        Self.sum(weight: 5, count: 1, parameters: Self.parameterCount - 1),
        "a sum of \(Self.parameterCount - 1) numbers, not \(Self.parameterCount)"
      ),
      (.collect, "something else than the sum"),
    ]
    for (answer, words) in wrong {
      let error = try await Self.error(of: [ready, Self.reported(), answer])
      #expect(error?.contains(words) == true, "\(words): \(error ?? "no error")")
    }
  }

  @Test func answersMustBeForTheClientThatWasAsked() async throws {
    let ready = Message.ready(.own(parameters: Self.parameterCount, build: ""))
    let wrong: [([Message], String)] = [
      ([.ready(.own(parameters: Self.parameterCount + 1, build: ""))], "not ready for"),
      ([.collect], "not ready for"),
      ([ready, Self.reported(8)], "not the answer for client 7"),
      ([ready, Self.sum(weight: 0, count: 0)], "not the answer for client 7"),
      (
        [
          ready,
          .evaluated(
            ClientEvaluation(
              client: 7, traits: ClientTraits(archetype: nil, history: ClientHistory()))),
        ], "not the answer for client 7"
      ),
      ([ready, Self.reported(weight: UpdateSum.largestWeight + 1)], "a weight of 67108865"),
    ]
    for (answers, words) in wrong {
      let error = try await Self.error(of: answers)
      #expect(error?.contains(words) == true, "\(words): \(error ?? "no error")")
    }
  }
}
