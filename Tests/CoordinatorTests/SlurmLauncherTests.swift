import Coordinator
import Foundation
import Testing

/// Workers on the machines of an allocation, with an `srun` and a `squeue` that are small scripts.
struct SlurmLauncherTests {
  @Test func countsAreReadAsSlurmShortensThem() {
    #expect(SlurmAllocation.counts("2(x2)") == [2, 2])
    #expect(SlurmAllocation.counts("72(x3),36") == [72, 72, 72, 36])
    #expect(SlurmAllocation.counts("4") == [4])
    for text in ["", "x", "2(x)", "2(x0)", "2,,3", "-1", "2(x2", "99999999999999999999"] {
      #expect(SlurmAllocation.counts(text) == nil, "\(text)")
    }
  }

  @Test func theAllocationIsThatOfTheEnvironment() throws {
    #expect(SlurmAllocation(environment: [:]) == nil)
    #expect(SlurmAllocation(environment: ["SLURM_JOB_ID": ""]) == nil)
    let uneven = try #require(
      SlurmAllocation(environment: [
        "SLURM_JOB_ID": "5", "SLURM_JOB_NUM_NODES": "3", "SLURM_JOB_CPUS_PER_NODE": "8,4(x2)",
      ]))
    #expect(uneven.machines == 3 && uneven.cores == 4)
    let bare = try #require(SlurmAllocation(environment: ["SLURM_JOB_ID": "5"]))
    #expect(bare.machines == 1 && bare.cores == 1)
  }

  /// Starts worker `index` and returns how srun was called at last, and what it heard.
  private func started(
    _ index: Int, workers: Int, left: Int?, broken: [Int] = []
  ) throws -> (arguments: [String], line: String) {
    let folder = FileManager.default.temporaryDirectory.path + "/fedsim-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cases = broken.map { "*--relative=\($0)*) exit 1;;" }.joined(separator: " ")
    let programs = [
      "squeue": left.map { "echo \($0)" } ?? "exit 1",
      "srun":
        "case \"$*\" in \(cases) esac\nprintf '%s\\n' \"$@\" >\(folder)/called\ncat >\(folder)/heard",
    ]
    for (name, text) in programs {
      let path = "\(folder)/\(name)"
      // Whoever hears the line in its place takes it away.
      let text = "#!/bin/bash\n\(name == "squeue" ? "cat >/dev/null\n" : "")\(text)\n"
      try Data(text.utf8).write(to: URL(filePath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
    let allocation = try #require(
      SlurmAllocation(environment: [
        "SLURM_JOB_ID": "5", "SLURM_JOB_NUM_NODES": "3", "SLURM_JOB_CPUS_PER_NODE": "8(x3)",
      ]))
    let launch = SlurmLauncher(
      allocation, program: "/a/fed sim", workers: workers, dialsBack: true
    ).launch(index)
    let process = Process()
    process.executableURL = URL(filePath: launch.executable)
    process.arguments = launch.arguments
    process.environment = [
      "PATH": "\(folder):/usr/bin:/bin", "SLURM_JOB_ID": "5", "SLURM_JOB_NUM_NODES": "3",
    ]
    let input = Pipe()
    process.standardInput = input
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data("ADDRESS PORT KEY\n".utf8))
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let texts = try ["called", "heard"].map {
      String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\($0)")), as: UTF8.self)
    }
    return (texts[0].split(separator: "\n").map(String.init), texts[1])
  }

  @Test func workersAreStartedOnTheMachinesInTurn() throws {
    for (index, machine) in [(0, 0), (1, 1), (2, 2), (3, 0)] {
      let (arguments, line) = try started(index, workers: 4, left: 3)
      #expect(arguments.first == "--relative=\(machine)")
      #expect(arguments.suffix(3) == ["/a/fed sim", "worker", "--connect"])
      // Two of four may be on one machine of eight cores.
      #expect(arguments.contains("--cpus-per-task=4") && arguments.contains("--unbuffered"))
      #expect(line == "ADDRESS PORT KEY\n")
    }
  }

  /// Slurm takes a machine that failed out of the allocation, minutes after it has failed.
  @Test func aMachineThatStartsNothingIsPassedOver() throws {
    #expect(try started(1, workers: 3, left: 3, broken: [1]).arguments.first == "--relative=2")
    #expect(try started(2, workers: 3, left: 3, broken: [2, 0]).arguments.first == "--relative=1")
    #expect(try started(2, workers: 3, left: 2).arguments.first == "--relative=0")
    #expect(try started(2, workers: 3, left: nil).arguments.first == "--relative=2")
  }
}
