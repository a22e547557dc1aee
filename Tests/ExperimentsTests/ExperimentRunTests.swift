import Coordinator
import Experiments
import Federation
import Foundation
import Synchronization
import TestSupport
import Testing

/// Whole runs with worker processes.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ExperimentRunTests {
  static var configuration: Configuration {
    var configuration = Configuration()
    configuration.population.source = .benchmark
    configuration.population.clients = 40
    configuration.model.kind = .softmax
    configuration.model.vocabulary = 16
    configuration.model.sequenceLength = 2
    configuration.training.rounds = 6
    configuration.training.cohortSize = 10
    configuration.training.server.optimizer = .momentum
    configuration.evaluation.every = 0
    configuration.checkpoint.every = 4
    return configuration
  }

  static func launch() throws -> WorkerLaunch {
    let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let path = folder.appending(path: "fedsim").path
    try #require(
      FileManager.default.isExecutableFile(atPath: path), "\(path) must be built with the tests")
    return WorkerLaunch(executable: path)
  }

  static func start(
    _ configuration: Configuration = configuration, at path: String, workers: Int,
    interruptedAfter rounds: Int = .max
  ) async throws -> RunResult {
    let launch = try launch()
    return try await onThread {
      let finished = Mutex(0)
      return try ExperimentRun.start(
        configuration, out: path, workers: workers, launch: launch,
        observer: RunObserver(
          progressed: { progress in finished.withLock { $0 = progress.round } },
          isInterrupted: { finished.withLock { $0 >= rounds } }))
    }
  }

  static func resume(_ path: String) async throws -> RunResult {
    let launch = try launch()
    return try await onThread {
      try ExperimentRun.resume(path, workers: nil, launch: launch, observer: RunObserver())
    }
  }

  /// The files that must be the same for the same configuration.
  static func results(in folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in [
      "config.yaml", "rounds.csv", "evaluation.csv", "clients.csv", "segments.csv", "privacy.csv",
      "summary.json", "model.safetensors",
    ] {
      files[name] = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
    }
    return files
  }

  @Test func anInterruptedRunEndsWithTheBytesOfAnUninterruptedOne() async throws {
    let root = try TemporaryFolder()
    let (whole, cut) = ("\(root.path)/whole", "\(root.path)/cut")
    #expect(try await Self.start(at: whole, workers: 1).rounds == 6)
    let expected = try Self.results(in: whole)
    #expect(try text(of: "\(whole)/rounds.csv").split(separator: "\r\n").count == 7)

    for rounds in [1, 5] {
      let path = cut + "\(rounds)"
      let error = await #expect(throws: ExperimentError.self) {
        try await Self.start(at: path, workers: 2, interruptedAfter: rounds)
      }
      #expect(error?.code == .interrupted)
      #expect(try Manifest.read(from: path).exitReason == .interrupted)
      #expect(try await Self.resume(path).rounds == 6)
      #expect(try Self.results(in: path) == expected)
      #expect(try Manifest.read(from: path).exitReason == .finished)
    }
  }

  /// What a process killed after round 5 leaves: rows that its checkpoint, of round 4, does not know.
  @Test func aKilledRunEndsWithTheBytesOfAnUninterruptedOne() async throws {
    let root = try TemporaryFolder()
    let (whole, killed) = ("\(root.path)/whole", "\(root.path)/killed")
    _ = try await Self.start(at: whole, workers: 1)
    let state = Checkpoint.path(in: killed)
    let kept = "\(root.path)/state.bin"
    await #expect(throws: ExperimentError.self) {
      try await Self.start(at: killed, workers: 2, interruptedAfter: 4)
    }
    try FileManager.default.copyItem(atPath: state, toPath: kept)
    _ = try await Self.resume(killed)
    // The files are those of the finished run, the checkpoint is the old one.
    try FileManager.default.removeItem(atPath: state)
    try FileManager.default.moveItem(atPath: kept, toPath: state)
    try Data("half a ro".utf8).write(to: URL(filePath: state + ".partial"))
    #expect(try await Self.resume(killed).rounds == 6)
    #expect(try Self.results(in: killed) == Self.results(in: whole))
  }

  /// What `--json` prints is summary.json to the last digit, and where the run is.
  @Test func theReportIsTheSummary() async throws {
    var configuration = Configuration()
    configuration.population.clients = 20
    configuration.population.days = 4
    configuration.model.kind = .logistic
    configuration.training.rounds = 1
    configuration.training.cohortSize = 5
    configuration.evaluation.testDays = 1
    let root = try TemporaryFolder()
    let path = "\(root.path)/run"
    let result = try await Self.start(configuration, at: path, workers: 1)
    let report = String(decoding: try RunReport(result).json(), as: UTF8.self)
    func lines(_ text: String) -> Set<Substring> {
      Set(text.split(separator: "\n").map { $0.last == "," ? $0.dropLast() : $0 })
    }
    let summary = lines(try text(of: "\(path)/summary.json"))
    #expect(summary.contains { $0.contains("\"accuracy_top1\" : 0.") })
    #expect(lines(report).isSuperset(of: summary))
    #expect(report.contains("\"run_folder\" : \"\(path)\""))
    #expect(report.contains("\"name\" : \"experiment\""))
  }

  @Test func aFinishedRunStaysAsItIs() async throws {
    let root = try TemporaryFolder()
    let path = "\(root.path)/run"
    _ = try await Self.start(at: path, workers: 1)
    let before = try Self.results(in: path)
    _ = try await Self.resume(path)
    #expect(try Self.results(in: path) == before)
  }

  @Test func aRunWhoseConfigurationWasChangedIsNotResumed() async throws {
    let root = try TemporaryFolder()
    let path = "\(root.path)/run"
    await #expect(throws: ExperimentError.self) {
      try await Self.start(at: path, workers: 1, interruptedAfter: 2)
    }
    let file = "\(path)/config.yaml"
    let changed = try text(of: file).replacing("rounds: 6", with: "rounds: 7")
    try Data(changed.utf8).write(to: URL(filePath: file))
    let error = await #expect(throws: ExperimentError.self) { try await Self.resume(path) }
    #expect(error?.code == .badData)
    #expect(error?.message.contains("config.yaml: was changed") == true)
  }
}
