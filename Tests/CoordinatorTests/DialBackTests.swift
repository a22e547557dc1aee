import Coordinator
import Federation
import Foundation
import Glibc
import Messages
import TestSupport
import Testing
import Wire

/// Workers that a command starts and that dial back: the result is that of local workers on pipes.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DialBackTests {
  /// A command whose words are those of a shell script; `$0` is the program.
  static func configuration(_ script: String, _ arguments: String...) throws -> Configuration {
    var configuration = benchmarkConfiguration()
    configuration.workers.launcher = .command
    configuration.workers.listen = Setting("127.0.0.1")
    configuration.workers.command = Setting(
      CommandWords.line(
        of: ["/bin/sh", "-c", script, try fedsimExecutable()] + arguments))
    return configuration
  }

  static func trained(
    _ configuration: Configuration, cohort: [Int] = RealWorkerTests.cohort, workers: Int,
    log: Log = Log()
  ) async throws -> Trained {
    try await RealWorkerTests.trained(configuration, cohort: cohort, workers: workers, log: log)
  }

  @Test func localWorkersThatDialBackGiveTheSame() async throws {
    var configuration = benchmarkConfiguration()
    let pipes = try await Self.trained(configuration, workers: 2)
    configuration.workers.dialBack = Setting(true)
    let log = Log()
    for workers in [1, 3] {
      #expect(try await Self.trained(configuration, workers: workers, log: log) == pipes)
    }
    #expect(log.all.isEmpty)
  }

  @Test func aRunOfPhonesIsTheSameRun() async throws {
    var configuration = RealWorkerTests.phones
    let clear = try await RealWorkerTests.run(configuration, workers: 2)
    configuration.workers.dialBack = Setting(true)
    #expect(try await RealWorkerTests.run(configuration, workers: 2) == clear)
  }

  /// Each is told its number; what it writes to standard output is no answer.
  @Test func aCommandStartsEachWorker() async throws {
    let folder = try TemporaryFolder()
    let configuration = try Self.configuration(
      #"echo "host says hello"; touch "$1/worker-$2"; exec "$0" worker --connect"#, folder.path,
      "{index}")
    let log = Log()
    let trained = try await Self.trained(configuration, workers: 3, log: log)
    #expect(try await Self.trained(benchmarkConfiguration(), workers: 1) == trained)
    #expect(log.all.isEmpty)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["worker-0", "worker-1", "worker-2"])
  }

  /// Its own workers are processes beside it.
  @Test func aRelayDialsBack() async throws {
    var configuration = try Self.configuration(#"exec "$0" worker --connect"#)
    configuration.workers.relay = 2
    let log = Log()
    let trained = try await Self.trained(configuration, workers: 2, log: log)
    #expect(try await Self.trained(benchmarkConfiguration(), workers: 1) == trained)
    #expect(log.all.isEmpty)
  }

  @Test func aCommandMayCarryTheFramesItself() async throws {
    var configuration = try Self.configuration(#"exec "$0" worker"#)
    configuration.workers.dialBack = Setting(false)
    let log = Log()
    let trained = try await Self.trained(configuration, workers: 2, log: log)
    #expect(try await Self.trained(benchmarkConfiguration(), workers: 1) == trained)
    #expect(log.all.isEmpty)
  }

  /// The command tells how the worker ended that it had started.
  @Test func aWorkerThatDiesElsewhereCostsOneRetry() async throws {
    let folder = try TemporaryFolder()
    var configuration = try Self.configuration(
      #"""
      if mkdir "$1/first" 2>/dev/null
      then timeout -s KILL 0.4 "$0" worker --connect
      else exec "$0" worker --connect
      fi
      """#, folder.path)
    configuration.population.clients = 600
    configuration.model.kind = .lstm
    configuration.model.sequenceLength = 16
    configuration.training.local.epochs = 8
    let cohort = Array(0..<600)
    let log = Log()
    let disturbed = try await Self.trained(configuration, cohort: cohort, workers: 2, log: log)
    configuration.workers.placement = WorkerPlacement()
    #expect(try await Self.trained(configuration, cohort: cohort, workers: 2) == disturbed)
    #expect(log.all.count == 1, "\(log.all)")
    #expect(log.all.first?.contains("137") == true, "\(log.all)")
  }

  /// What a command says before its worker has dialled is in the report.
  @Test func aCommandThatFailsIsReportedWithItsWords() async throws {
    let configuration = try Self.configuration("echo 'no route to host' >&2; exit 255")
    let log = Log()
    await #expect(throws: CoordinatorError.self) {
      try await Self.trained(configuration, workers: 1, log: log)
    }
    #expect(log.all.count == 2)
    for line in log.all {
      #expect(line.contains("exit status 255; its last words: no route to host"), "\(line)")
    }
  }

  /// Another file is another build, be it by a byte.
  @Test func anotherBuildIsRefusedWithItsMachine() async throws {
    let folder = try TemporaryFolder()
    let other = "\(folder.path)/fedsim"
    try FileManager.default.copyItem(atPath: fedsimExecutable(), toPath: other)
    let handle = try FileHandle(forWritingTo: URL(filePath: other))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data([0]))
    try handle.close()
    let configuration = try Self.configuration(#"exec "$1" worker --connect"#, other)
    let error = await #expect(throws: CoordinatorError.self) {
      try await Self.trained(configuration, workers: 1)
    }
    guard case .unsuitable(let sentence) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(sentence.hasPrefix("Worker 0 on the machine '\(TCP.machineName)' runs another program"))
  }

  /// A worker that was told rubbish, or whose coordinator is gone, ends by itself.
  @Test func aWorkerWithoutACoordinatorEnds() throws {
    for (line, status) in [("rubbish\n", Int32(64)), ("127.0.0.1 1 \(Self.hex)\n", 69)] {
      let process = Process()
      process.executableURL = URL(filePath: try fedsimExecutable())
      process.arguments = ["worker", "--connect"]
      let input = Foundation.Pipe()
      process.standardInput = input
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      try input.fileHandleForWriting.write(contentsOf: Data(line.utf8))
      process.waitUntilExit()
      #expect(process.terminationStatus == status, "\(line)")
    }
  }

  static let hex = String(repeating: "0123456789abcdef", count: 4)
}
