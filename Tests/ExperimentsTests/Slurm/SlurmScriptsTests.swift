import Experiments
import Foundation
import Glibc
import Testing

/// The batch scripts of a sweep, run by bash against a Slurm of three small scripts.
struct SlurmScriptsTests {
  private func scripts(
    _ folder: TemporaryFolder, points: [Int], prepares: Bool = true, jobs: Int? = nil,
    options: [String] = [], program: String = "/bin/true"
  ) -> SlurmScripts {
    SlurmScripts(
      name: "two words", program: program, workingFolder: folder.path, folder: folder.path,
      points: points, prepares: prepares, jobs: jobs, options: options)
  }

  /// Writes the scripts and programs that note how they are called; sbatch answers 101, 102 and so on.
  private func write(_ scripts: SlurmScripts, to folder: TemporaryFolder, sbatch: String? = nil)
    throws
  {
    let programs = [
      "sbatch": sbatch
        ?? """
        printf '%s|' "$@" >>calls; echo >>calls; echo "$((100 + $(wc -l <calls)));cluster"
        """,
      "squeue": "cat left 2>/dev/null",
      "scancel": "echo \"cancel $*\" >>calls",
      "scontrol": "echo \"$*\" >>calls",
    ]
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/bin", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      atPath: scripts.scripts, withIntermediateDirectories: true)
    for (name, text) in programs {
      _ = try folder.file("bin/\(name)", "#!/bin/bash\ncd '\(folder.path)'\n\(text)\n")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: "\(folder.path)/bin/\(name)")
    }
    for (name, text) in scripts.files {
      try Data(text.utf8).write(to: URL(filePath: "\(scripts.scripts)/\(name)"))
    }
  }

  private func bash(
    _ script: String, in folder: TemporaryFolder, environment: [String: String] = [:]
  ) throws -> (code: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = [script]
    process.environment =
      ["PATH": "\(folder.path)/bin:/usr/bin:/bin"].merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    process.standardInput = FileHandle.nullDevice
    // A thread of the tests has signals blocked, which the shell would inherit.
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
    let texts = try [output, errors].map {
      String(decoding: try $0.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
    process.waitUntilExit()
    return (process.terminationStatus, texts[0], texts[1])
  }

  @Test func numbersAreWrittenAsRanges() {
    #expect(SlurmScripts.ranges([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10")
    #expect(SlurmScripts.ranges([5]) == "5")
    #expect(SlurmScripts.ranges([1, 3, 5]) == "1,3,5")
    #expect(SlurmScripts.ranges([]) == "")
  }

  @Test func eachStepWaitsForTheOneBeforeWhateverBecameOfIt() throws {
    let folder = try TemporaryFolder()
    let scripts = scripts(
      folder, points: [1, 2, 3, 5], jobs: 2, options: ["--time=1:00", "--comment=it's $HOME"])
    try write(scripts, to: folder)
    let result = try bash("\(scripts.scripts)/submit.sh", in: folder)
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output == "prepare 101\npoints 102\ncollect 103\n")
    let calls = try text(of: "\(folder.path)/calls").split(separator: "\n").map {
      $0.split(separator: "|").map(String.init)
    }
    let own = ["--parsable", "--time=1:00", "--comment=it's $HOME"]
    let slurm = "\(folder.path)/slurm"
    try #require(calls.count == 3)
    #expect(calls[0] == own + ["--output=\(slurm)/prepare-%j.log", "\(slurm)/prepare.sh"])
    #expect(
      calls[1] == own + [
        "--dependency=afterany:101", "--array=1-3,5%2", "--output=\(slurm)/point-%A_%a.log",
        "\(slurm)/point.sh", "0",
      ])
    #expect(
      calls[2] == own + [
        "--dependency=afterany:102", "--output=\(slurm)/collect-%j.log", "\(slurm)/collect.sh",
      ])
    // While they are there, nothing is submitted twice.
    _ = try folder.file("left", "102\n103\n")
    let again = try bash("\(slurm)/submit.sh", in: folder)
    #expect(again.code == 1 && again.errors.contains("scancel 102 103"))
    #expect(try text(of: "\(folder.path)/calls").split(separator: "\n").count == 3)
    // Slurm has forgotten them.
    try FileManager.default.removeItem(atPath: "\(folder.path)/left")
    #expect(try bash("\(slurm)/submit.sh", in: folder).code == 0)
    #expect(try text(of: "\(slurm)/jobs") == "104\n105\n106\n")
  }

  /// A cluster takes indices up to 1000.
  @Test func manyPointsAreSeveralArraysOneAfterAnother() throws {
    let folder = try TemporaryFolder()
    let scripts = scripts(folder, points: Array(999...2_002), prepares: false)
    try write(scripts, to: folder)
    #expect(scripts.files.map(\.name) == ["point.sh", "collect.sh", "submit.sh"])
    #expect(try bash("\(scripts.scripts)/submit.sh", in: folder).code == 0)
    let calls = try text(of: "\(folder.path)/calls").split(separator: "\n").map {
      $0.split(separator: "|").map(String.init)
    }
    try #require(calls.count == 4)
    #expect(calls[0].contains("--array=999-1000") && calls[0].last == "0")
    #expect(calls[1].contains("--array=1-1000") && calls[1].last == "1000")
    #expect(calls[2].contains("--array=1-2") && calls[2].last == "2000")
    #expect(!calls[0].joined().contains("--dependency"))
    for (index, call) in calls.dropFirst().enumerated() {
      #expect(call.contains("--dependency=afterany:\(101 + index)"))
    }
  }

  @Test func whatWasSubmittedBeforeARefusalIsTakenBack() throws {
    let folder = try TemporaryFolder()
    let scripts = scripts(folder, points: [1])
    try write(
      scripts, to: folder,
      sbatch: """
        echo "$*" >>calls
        [ "$(wc -l <calls)" -lt 2 ] || { echo 'sbatch: error: Invalid partition.' >&2; exit 1; }
        echo 77
        """)
    let result = try bash("\(scripts.scripts)/submit.sh", in: folder)
    #expect(result.code == 1)
    #expect(try text(of: "\(folder.path)/calls").hasSuffix("cancel 77\n"))
    #expect(SlurmSubmission.reason(in: result.errors) == "Invalid partition")
    #expect(SlurmSubmission.reason(in: "") == "it gives no reason")
    #expect(SlurmSubmission.reason(in: "sbatch: error: \n") == "it gives no reason")
  }

  /// Exit code of the program, restarts so far → whether the task is requeued, and its own exit code.
  @Test(
    arguments: [
      (0, 0, false, 0), (75, 0, true, 0), (75, 4, true, 0), (75, 5, false, 75), (78, 0, false, 78),
      (130, 0, false, 130), (137, 0, false, 137),
    ] as [(Int32, Int, Bool, Int32)])
  func onlyWhatCanGoOnIsRequeued(_ code: Int32, _ restarts: Int, _ again: Bool, _ own: Int32) throws
  {
    let folder = try TemporaryFolder()
    let program = try folder.file(
      "a program's", "#!/bin/bash\necho \"$@\" >>arguments\nexit \(code)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let scripts = scripts(folder, points: [7], program: program)
    try write(scripts, to: folder)
    let environment = [
      "SLURM_ARRAY_JOB_ID": "12", "SLURM_ARRAY_TASK_ID": "7", "SLURM_RESTART_COUNT": "\(restarts)",
    ]
    let result = try bash("\(scripts.scripts)/point.sh", in: folder, environment: environment)
    #expect(result.code == own)
    let calls = try? text(of: "\(folder.path)/calls")
    #expect(calls == (again ? "requeue 12_7\n" : nil))
    #expect(
      try text(of: "\(folder.path)/arguments") == "resume \(folder.path) --point 7 --quiet\n")
  }

  /// The shell gets the signal; the program must be told, and the task goes on later.
  @Test func nearTheTimeLimitTheProgramIsToldAndTheTaskRequeued() throws {
    let folder = try TemporaryFolder()
    let program = try folder.file(
      "program",
      """
      #!/bin/bash
      trap 'echo told >>arguments; exit 130' TERM
      kill -USR1 $PPID
      for _ in {1..500}; do sleep 0.02; done
      """)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let scripts = scripts(folder, points: [7], program: program)
    try write(scripts, to: folder)
    let result = try bash(
      "\(scripts.scripts)/point.sh", in: folder,
      environment: ["SLURM_ARRAY_JOB_ID": "12", "SLURM_ARRAY_TASK_ID": "7"])
    #expect(result.code == 0, "\(result.errors)")
    #expect(try text(of: "\(folder.path)/arguments") == "told\n")
    #expect(try text(of: "\(folder.path)/calls") == "requeue 12_7\n")
  }

  @Test func optionsThatTheScriptsSetAreRefused() {
    for option in [
      "--array=1-3", "-a1", "-d", "--dependency=singleton", "--requeue", "-o", "time=5", "-", "",
    ] {
      #expect(throws: ExperimentError.self, "\(option)") {
        try SlurmSubmission.check(options: ["--time=5", option])
      }
    }
    #expect(throws: Never.self) {
      try SlurmSubmission.check(options: ["--time=5", "-pmain", "--account=a", "-A", "--exclusive"])
    }
  }
}
