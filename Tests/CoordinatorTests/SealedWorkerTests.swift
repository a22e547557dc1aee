import Coordinator
import Federation
import Foundation
import Messages
import Testing
import Wire

/// Real workers whose frames are sealed.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SealedWorkerTests {
  static var configuration: Configuration {
    var configuration = benchmarkConfiguration()
    configuration.workers.sealFrames = true
    return configuration
  }

  @Test func sealsChangeNoResult() async throws {
    let clear = try await RealWorkerTests.trained(benchmarkConfiguration(), workers: 2)
    let log = Log()
    for workers in [1, 3] {
      let sealed = try await RealWorkerTests.trained(
        Self.configuration, workers: workers, log: log)
      #expect(sealed == clear)
    }
    #expect(log.all.isEmpty)
  }

  @Test func aRunOfSealedWorkersIsTheSameRun() async throws {
    var configuration = RealWorkerTests.phones
    let clear = try await RealWorkerTests.run(configuration, workers: 2)
    configuration.workers.sealFrames = true
    #expect(try await RealWorkerTests.run(configuration, workers: 2) == clear)
  }

  /// What the first worker's answers go through before they reach the coordinator.
  struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Reads answers from standard input; `$1` is a file of answers of another conversation.
    let filter: String
    let words: String
  }

  static let ready = Message.ready(
    .own(parameters: configuration.parameters.count, build: ""))

  /// Bytes of the first answer, sealed.
  static let firstAnswer = Frame.headerSize + ready.encoded().payload.count + 28

  static let tamperings = [
    Tampering(
      testDescription: "another conversation is played instead", filter: #"cat "$1""#,
      words: "does not open"),
    Tampering(
      testDescription: "the first answer comes twice",
      filter: #"head -c \#(firstAnswer) > "$1.one"; cat "$1.one" "$1.one" -"#,
      words: "does not open"),
    Tampering(
      testDescription: "the first answer is lost",
      filter: "head -c \(firstAnswer) > /dev/null; cat",
      words: "nothing was heard"),
    Tampering(
      testDescription: "an answer is cut",
      filter: "dd bs=1 count=\(firstAnswer + 18) 2>/dev/null; kill -9 $$",
      words: "a frame was cut"),
    Tampering(
      testDescription: "bytes change", filter: #"stdbuf -o0 tr '\001' '\002'"#, words: "a frame "),
    Tampering(
      testDescription: "answers in clear",
      filter: #"cat > /dev/null & printf '%b' "$2"; sleep 60"#,
      words: "does not open"),
  ]

  /// The worker is replaced as after any accident, and the phase ends as it would have.
  @Test(arguments: tamperings)
  func aWorkerWhoseAnswersAreTamperedWithIsReplaced(_ tampering: Tampering) async throws {
    var configuration = Self.configuration
    let undisturbed = try await RealWorkerTests.trained(configuration, workers: 1)
    let folder = try TemporaryFolder()
    let program = try fedsimExecutable()
    let recording = "\(folder.path)/recording"
    // Answers of another conversation, sealed as well.
    _ = try await RealWorkerTests.trained(
      configuration, workers: 1,
      launch: shell(#""$0" worker | tee "$1""#, program, recording))
    #expect(FileManager.default.fileExists(atPath: recording))
    if tampering.words == "nothing was heard" { configuration.workers.deadlineSeconds = 2 }
    let (type, payload) = Self.ready.encoded()
    let clear = Frame.encode(type: type, payload: payload)
      .map { "\\0" + String($0, radix: 8) }.joined()
    let log = Log()
    let disturbed = try await RealWorkerTests.trained(
      configuration, workers: 1,
      launch: shell(
        """
        if mkdir "$1.first" 2>/dev/null
        then "$0" worker | { \(tampering.filter); }
        else exec "$0" worker
        fi
        """, program, recording, clear),
      log: log)
    #expect(disturbed == undisturbed)
    #expect(log.all.count == 1)
    #expect(log.all.first?.contains(tampering.words) == true, "\(log.all)")
  }
}
