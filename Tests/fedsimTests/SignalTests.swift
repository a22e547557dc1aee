import Foundation
import Glibc
import Testing

/// Signals and limits of the shell: the program says what happened, and leaves nothing behind.
@Suite(.timeLimit(.minutes(5)))
struct SignalTests {
  /// Much longer than any test: one client alone trains for minutes.
  static let long = """
    population: {clients: 20, days: 60}
    model: {kind: lstm, hidden: 512, sequence_length: 64}
    training: {rounds: 4, cohort_size: 4, local: {epochs: 1000}}
    evaluation: {every: 0}
    """

  static let short = """
    population: {clients: 40, days: 8}
    model: {kind: softmax}
    training: {rounds: 6, cohort_size: 8}
    evaluation: {every: 3, clients: 20, new_clients: 4, test_days: 2}
    checkpoint: {every: 2}
    """

  /// A run of `long` whose workers are in the middle of local training: what goes before takes each less
  /// than a second of processor time.
  static func training(in folder: TemporaryFolder) throws -> (RunningProgram, [pid_t]) {
    try folder.write(long, to: "long.yaml")
    let program = try CommandLineProgram.start(
      ["run", "long.yaml", "--out", "run", "--workers", "2", "--quiet"], in: folder.url)
    var workers: [pid_t] = []
    let trains = program.wait {
      workers = program.workers
      return workers.count == 2 && workers.allSatisfy { ticks(of: $0) >= 150 }
    }
    try #require(trains)
    return (program, workers)
  }

  /// Fields of /proc/PID/stat from the third (the state) on; empty for a process that has ended.
  static func fields(of process: pid_t) -> [Substring] {
    let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    return fields.first.map { "ZX".contains($0) } == false ? fields : []
  }

  /// Processor time, in hundredths of a second.
  static func ticks(of process: pid_t) -> Int {
    let fields = fields(of: process)
    return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
  }

  static func hasEnded(_ process: pid_t) -> Bool { fields(of: process).isEmpty }

  /// Polls for a minute at most: what is to happen within a second may take longer on a busy machine.
  static func soon(_ condition: () -> Bool) -> Bool {
    for _ in 0..<6_000 where !condition() { usleep(10_000) }
    return condition()
  }

  // MARK: - Workers without a coordinator

  @Test func workersLeaveWithTheirCoordinatorAndLiveOnWhileItIsStopped() throws {
    let folder = try TemporaryFolder()
    let (program, workers) = try Self.training(in: folder)
    program.kill(SIGSTOP)
    let before = workers.map(Self.ticks)
    #expect(
      Self.soon { zip(workers, before).allSatisfy { Self.ticks(of: $0) > $1 + 20 } },
      "a stopped coordinator's workers go on")
    program.kill(SIGKILL)
    #expect(Self.soon { workers.allSatisfy(Self.hasEnded) }, "\(workers) outlived it")
    _ = try program.wait()
  }

  /// Frames that are already in the pipe are answered though nobody can send any more.
  @Test func aWorkerThatIsStillHeardGoesOn() throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(
      ["worker"], in: folder.url, input: Data("rubbish that is no frame".utf8))
    #expect(result.exitCode == 70)
    #expect(result.errors.contains("no frame"))
  }

  // MARK: - One signal

  @Test(arguments: [SIGTERM]) func oneSignalEndsALongTraining(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let (program, workers) = try Self.training(in: folder)
    program.kill(signal)
    let result = try program.wait()
    #expect(result.exitCode == 130)
    #expect(
      result.message
        == "fedsim: Interrupted in a round or an evaluation that takes long; continue after round 0 with "
        + "`fedsim resume run`.")
    #expect(workers.allSatisfy(Self.hasEnded))
    #expect(try folder.text(of: "run/manifest.json").contains("interrupted"))
  }

  /// The file is a pipe that nobody writes to: the program waits for it when the signal comes.
  @Test(
    arguments: [
      ["run", "pipe", "--out", "out"], ["sweep", "pipe", "--out", "out"],
      ["lifecycle", "pipe", "--out", "out"], ["plan", "pipe"], ["validate", "pipe"],
      ["data", "import", "pipe", "--out", "out"],
    ], [SIGINT, SIGTERM, SIGHUP, SIGXCPU])
  func oneSignalEndsThePreparation(arguments: [String], signal: Int32) throws {
    let folder = try TemporaryFolder()
    try #require(mkfifo(folder.file("pipe").path, 0o600) == 0)
    let program = try CommandLineProgram.start(arguments, in: folder.url)
    // Once the handlers are there; they come before the first file is opened.
    try #require(
      program.wait {
        let id = program.process.processIdentifier
        let status = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
        let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
        let mask = caught.flatMap { UInt64($0.split(separator: "\t")[1], radix: 16) } ?? 0
        return mask >> UInt64(signal - 1) & 1 == 1
      })
    program.kill(signal)
    let result = try program.wait()
    #expect(result.exitCode == 130)
    #expect(result.message.hasPrefix("fedsim: Interrupted"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("out").path))
  }

  @Test(arguments: [SIGHUP, SIGXCPU]) func aRunEndsAfterItsRound(signal: Int32) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.short, to: "short.yaml")
    let program = try CommandLineProgram.start(
      [
        "run", "short.yaml", "--out", "run", "--set", "training.rounds=100000", "--workers", "1",
        "--quiet",
      ], in: folder.url)
    let rounds = folder.file("run/rounds.csv").path
    try #require(
      program.wait {
        (try? String(contentsOfFile: rounds, encoding: .utf8))?.contains("\n5,") == true
      })
    program.kill(signal)
    let result = try program.wait()
    #expect(result.exitCode == 130)
    #expect(result.message.hasPrefix("fedsim: Interrupted after round "))
  }

  // MARK: - Limits

  /// Runs a shell command in which `$0` is the program.
  static func shell(_ command: String, in folder: TemporaryFolder) throws -> (
    code: Int32, errors: String
  ) {
    let errors = folder.file("errors")
    try Data().write(to: errors)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "cd '\(folder.url.path)' && \(command)", CommandLineProgram.executable,
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    let code =
      process.terminationReason == .uncaughtSignal
      ? 128 + process.terminationStatus : process.terminationStatus
    return (code, try String(contentsOf: errors, encoding: .utf8))
  }

  @Test func aLimitOfFileSizeIsAnErrorThatCanBeResumed() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.short, to: "short.yaml")
    let whole = try Self.shell("$0 run short.yaml --out whole --quiet", in: folder)
    try #require(whole.code == 0, "\(whole.errors)")
    let cut = try Self.shell("ulimit -f 48; exec $0 run short.yaml --out run --quiet", in: folder)
    #expect(cut.code == 74)
    #expect(cut.errors.hasSuffix("File too large; raise the limit of file size (ulimit -f).\n"))
    #expect(cut.errors.split(separator: "\n").count == 1)
    let resumed = try Self.shell("$0 resume run --quiet", in: folder)
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(differences(folder.file("whole"), folder.file("run")).isEmpty)
  }

  /// Little address space, a small stack, few files: the run works or says what is missing.
  @Test(
    arguments: [
      "ulimit -v 300000", "ulimit -v 250000", "ulimit -s 64", "ulimit -s 256", "ulimit -n 45",
      "ulimit -n 12",
    ])
  func smallLimitsAreNoReasonToHang(limit: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.short, to: "short.yaml")
    let (code, errors) = try Self.shell(
      "\(limit) && exec timeout 60 $0 run short.yaml --out run --workers 1 --quiet", in: folder)
    #expect([0, 70, 74, 75].contains(code), "\(limit): \(code), \(errors)")
    if code != 0 { #expect(errors.hasPrefix("fedsim: ")) }
  }

  @Test(arguments: ["$0 list .", "$0 data generate --clients 300 --out -", "$0 --help"])
  func aReaderThatHasReadEnoughIsNoError(command: String) throws {
    let folder = try TemporaryFolder()
    let (code, errors) = try Self.shell(
      "{ \(command); echo $? > code; } | true", in: folder)
    #expect(code == 0)
    #expect(errors.isEmpty)
    #expect(try folder.text(of: "code") == "0\n")
  }

  // MARK: - What workers inherit

  @Test func workersHaveTheNicenessAndTheProcessorsOfTheProgram() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.long, to: "long.yaml")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "exec nice -n 7 taskset -c 0 $0 run long.yaml --out run --workers 2 --quiet",
      CommandLineProgram.executable,
    ]
    process.currentDirectoryURL = folder.url
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let program = RunningProgram(process: process, output: folder.url, errors: folder.url)
    defer {
      program.kill(SIGKILL)
      process.waitUntilExit()
    }
    func commandLine(_ id: pid_t) -> String {
      (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? ""
    }
    try #require(
      program.wait { program.workers.filter { commandLine($0).contains("worker") }.count == 2 })
    for worker in program.workers {
      // The nineteenth field of stat; these begin with the third.
      #expect(Self.fields(of: worker)[16] == "7")
      let status = try String(contentsOfFile: "/proc/\(worker)/status", encoding: .utf8)
      #expect(status.contains("Cpus_allowed_list:\t0\n"))
    }
  }

  // MARK: - File systems without locks

  static let hasStrace = FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")

  @Test(.enabled(if: hasStrace), arguments: ["ENOSYS", "ENOLCK", "EOPNOTSUPP"])
  func aFileSystemWithoutLocksIsNoOtherProcess(error: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.short, to: "short.yaml")
    let (code, errors) = try Self.shell(
      "strace -f -qq -o trace -e trace=flock -e inject=flock:error=\(error) "
        + "$0 run short.yaml --out run --workers 1 --quiet", in: folder)
    #expect(code == 0, "\(errors)")
    #expect(errors.contains("run: this file system has no locks (flock)"))
    #expect(!errors.contains("another fedsim process"))
  }

  @Test func aLockedFolderIsStillRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.short, to: "short.yaml")
    try #require(try Self.shell("$0 run short.yaml --out run --quiet", in: folder).code == 0)
    let (code, errors) = try Self.shell("exec flock run $0 resume run", in: folder)
    #expect(code == 74)
    #expect(errors.contains("another fedsim process is working on this run"))
  }
}
