import DeviceClient
import Federation
import Foundation
import Glibc
import Messages
import TestSupport
import Testing
import UsageData
import Wire

/// Hostile bytes crash neither side, hang neither, and make neither reserve much memory.
///
/// Each test runs in a process of its own whose address space is limited: a crash, a hang or an
/// allocation of a gigabyte fails the test. `FEDSIM_FUZZ_SEED` tries other bytes.
@Suite(.timeLimit(.minutes(10)))
struct FrameFuzzTests {
  static var seed: UInt64 {
    ProcessInfo.processInfo.environment["FEDSIM_FUZZ_SEED"].flatMap { UInt64($0) } ?? 20_260_105
  }

  /// Lets this process have that many more bytes than it has now.
  static func limitMemory(to more: Int) throws {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      .split(separator: " ").first.flatMap { Int($0) }
    let limit = UInt(try #require(pages) * Int(getpagesize()) + more)
    var limits = rlimit(rlim_cur: limit, rlim_max: limit)
    #expect(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0)
  }

  /// The coordinator's side: whatever a worker sends, `receive` answers with a message or an error.
  @Test func theCoordinatorSurvives() async {
    print("fuzz seed \(Self.seed)")
    await #expect(processExitsWith: .success) {
      try Self.limitMemory(to: 256 << 20)
      let traits = ClientTraits(archetype: nil, history: ClientHistory())
      let tally = PredictionTally(
        ranking: RankingTally(
          examples: 9, unseen: 1, top1: 2, top3: 3, top5: 4, reciprocalRankSum: 3,
          crossEntropySum: 5),
        choices: try #require(
          ChoiceTally(apps: [.init(app: 1, predicted: 9, opened: 2, hits: 2)])),
        confidence: try #require(ConfidenceTally(outcomes: [1, 2, 3])))
      var mutator = FrameMutator(
        seed: Self.seed,
        samples: [
          .ready(.own(parameters: 72, build: "a build")),
          .trained([.init(client: 3, outcome: .idle)]),
          .trained([
            .init(client: 4, outcome: .reported(examples: 64, weight: 64, loss: 2, norm: 0.5))
          ]),
          .sum(UpdateSum(values: [1, -2, 3, 4], weight: 64, count: 1)),
          .evaluated(
            ClientEvaluation(
              client: 5, traits: traits,
              parts: [.init(.federated, .test, tally), .init(.markov, .coldTest, tally)])),
          .failed(exitCode: 65, reason: "a reason"),
        ])
      var (messages, errors) = (0, 0)
      for _ in 0..<100_000 {
        let pipe = try SystemPipe()
        pipe.send(mutator.next())
        close(pipe.writeEnd)
        let channel = Channel(input: pipe.readEnd, output: openNull())
        var isOpen = true
        while isOpen {
          do throws(WireError) {
            _ = try channel.receive(deadline: 50)
            messages += 1
          } catch {
            // The bytes are all there: whatever is wrong with them, it is never that none came.
            if case .timedOut = error { exit(2) }
            if error != .closed { errors += 1 }
            isOpen = false
          }
        }
      }
      // Most cases end in an error; proper frames before it, and lucky ones, are read.
      guard errors > 50_000, messages > 50_000 else { exit(3) }
    }
  }

  /// The worker's side: whatever a coordinator sends, `serve` returns or throws a `WireError`.
  @Test func theWorkerSurvives() async {
    print("fuzz seed \(Self.seed)")
    await #expect(processExitsWith: .success) {
      try Self.limitMemory(to: 1 << 30)
      let configuration = benchmarkConfiguration()
      let (setup, model) = (try configuration.setup(), configuration.model())
      var mutator = FrameMutator(
        seed: Self.seed,
        samples: [
          setup, model, .train(clients: [0, 7, 29]), .train(clients: [3]), .collect,
          .evaluate(clients: [5], isFirst: true), .evaluate(clients: [6, 1], isFirst: false),
        ])
      let beginnings = [[], frames([setup]), frames([setup, model]), frames([setup, model])]
      var (answers, errors) = (0, 0)
      for index in 0..<20_000 {
        let (own, error) = try serve(beginnings[index % beginnings.count] + mutator.next())
        answers += own.count
        if error != nil { errors += 1 }
      }
      guard errors > 10_000, answers > 10_000 else { exit(3) }
    }
  }

  /// The same in a session: participants refuse what no server sends, and the worker goes on.
  @Test func theWorkerOfASessionSurvives() async {
    print("fuzz seed \(Self.seed)")
    await #expect(processExitsWith: .success) {
      try Self.limitMemory(to: 1 << 30)
      let configuration = SessionTests.configuration()
      let session = SessionTests.session(SessionTests.identifier, SessionTests.cohort)
      let beginning = frames([try configuration.setup(), configuration.model(), session])
      let conversation = try serve(beginning + frames((0..<3).map(SessionTests.begin)))
      let advertisement = conversation.answers.compactMap { answer in
        if case .answer(_, .message(let bytes)) = answer { bytes } else { nil }
      }
      var mutator = FrameMutator(
        seed: Self.seed,
        samples: [session, SessionTests.begin(1), SessionTests.begin(2)]
          + advertisement.map { .relay(participant: 1, isReplay: false, message: $0) })
      var answers = 0
      for _ in 0..<3_000 { answers += try serve(beginning + mutator.next()).answers.count }
      guard answers > 3_000 else { exit(3) }
    }
  }

  /// The same on a sealed connection, whose frames somebody changes, repeats, drops and swaps: the
  /// worker hears the frames before the first wrong one and nothing after it.
  @Test func theSealedWorkerSurvives() async {
    print("fuzz seed \(Self.seed)")
    await #expect(processExitsWith: .success) {
      try Self.limitMemory(to: 1 << 30)
      let configuration = benchmarkConfiguration()
      let training = Message.train(clients: [3])
      let sealed = try sealedFrames(
        [try configuration.setup(), configuration.model(), training, training, .collect])
      // The key and the model have no answer.
      let answersAfter = [0, 0, 1, 1, 2, 3, 4]
      guard try serveSealed(sealed.flatMap(\.self)) == (4, nil) else { exit(2) }
      var mutator = SealedFrameMutator(seed: Self.seed, frames: sealed)
      for _ in 0..<10_000 {
        let (bytes, intact) = mutator.next()
        let (answers, error) = try serveSealed(bytes)
        // Without its first frame a conversation is in clear: a worker may say that it is no setup.
        guard intact == 0 ? answers <= 1 : answers == answersAfter[intact] && error != nil
        else { exit(3) }
      }
    }
  }

  /// The same with clients whose histories and features are made on the spot.
  @Test func theWorkerOfSimulatedPhonesSurvives() async {
    print("fuzz seed \(Self.seed)")
    await #expect(processExitsWith: .success) {
      try Self.limitMemory(to: 1 << 30)
      let configuration = syntheticConfiguration()
      let beginning = frames([try configuration.setup(), configuration.model()])
      var mutator = FrameMutator(
        seed: Self.seed,
        samples: [
          configuration.model(), .train(clients: [0]), .train(clients: [5, 2]), .collect,
          .evaluate(clients: [4], isFirst: true), .evaluate(clients: [1], isFirst: false),
        ])
      var answers = 0
      for _ in 0..<500 { answers += try serve(beginning + mutator.next()).answers.count }
      guard answers > 600 else { exit(3) }
    }
  }
}
