import Foundation
import Storage

/// A sweep that Slurm works on.
package struct SlurmSubmission: Sendable {
  package struct Job: Codable, Sendable {
    /// prepare, points or collect.
    package var step: String
    package var job: String
  }

  package let folder: String
  package let name: String
  /// Runs to make.
  package let points: Int
  /// Runs that were finished before.
  package let finished: Int
  /// Where the batch scripts lie.
  package let scripts: String
  /// Empty where nothing was submitted.
  package let jobs: [Job]

  /// Throws unless jobs can be submitted here.
  package static func requireSbatch() throws {
    // A relative folder would be one of whatever folder this was started in.
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .filter { $0.hasPrefix("/") }
    guard folders.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/sbatch") })
    else {
      throw ExperimentError(
        .inputOutput,
        "sbatch, which submits jobs to Slurm, is not on this machine: give the command on a login node of the "
          + "cluster, or write the scripts with --dry-run.")
    }
  }

  /// Options of sbatch that the scripts set themselves.
  private static let ownOptions = [
    "--array", "-a", "--dependency", "-d", "--output", "-o", "--wrap", "--parsable", "--wait", "-W",
    "--requeue", "--no-requeue", "--signal", "--open-mode", "--test-only",
  ]

  /// Throws unless these are options of sbatch that leave the scripts what they are.
  package static func check(options: [String]) throws {
    for option in options {
      guard option.hasPrefix("-"), option.count > 1 else {
        throw ExperimentError(
          .usage,
          "--sbatch takes one option of sbatch, such as --sbatch=--time=2:00:00, not '\(option)'.")
      }
      let name = String(option.prefix { $0 != "=" })
      let short = option.hasPrefix("--") ? name : String(option.prefix(2))
      guard !ownOptions.contains(short) else {
        throw ExperimentError(
          .usage,
          "--sbatch=\(option): the scripts set \(short) themselves; leave it out, or write them with "
            + "--dry-run and change them.")
      }
    }
  }

  /// Writes the scripts of what is left of a sweep and submits them.
  ///
  /// - Parameters:
  ///   - path: of the sweep, whose folder is there and locked by nobody.
  ///   - finished: runs that need no task.
  ///   - jobs: tasks at a time.
  ///   - options: of sbatch.
  ///   - submits: false writes the scripts alone.
  package static func work(
    _ sweep: Sweep, in path: String, finished: Set<String>, jobs: Int?, options: [String],
    submits: Bool
  ) throws -> SlurmSubmission {
    try sweep.requireNoLedger("made")
    let todo = sweep.runs.filter { !finished.contains($0.run) }
    let folder = URL(fileURLWithPath: path).standardizedFileURL.path
    let scripts = SlurmScripts(
      name: sweep.name, program: try program(),
      workingFolder: FileManager.default.currentDirectoryPath, folder: folder,
      points: todo.map(\.number),
      prepares: !SweepPreparatoryWork.points(of: sweep, in: path, except: finished).isEmpty,
      jobs: jobs, options: options)
    try TaskList.write(sweep, in: path)
    try SharedWork(folder: "\(path)/shared", for: sweep).makeHistoryFolder()
    for point in todo { TaskFailure(point: point.number, in: path).clear() }
    try FileSystem.makeFolder(scripts.scripts)
    for (name, text) in scripts.files {
      try FileSystem.writeAtomically(Data(text.utf8), to: "\(scripts.scripts)/\(name)")
    }
    return SlurmSubmission(
      folder: path, name: sweep.name, points: todo.count, finished: finished.count,
      scripts: scripts.scripts,
      jobs: submits && !todo.isEmpty ? try submit("\(scripts.scripts)/submit.sh") : [])
  }

  /// The file of this program, by a name that other machines know.
  private static func program() throws -> String {
    do {
      return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    } catch {
      throw ExperimentError(
        .inputOutput,
        "/proc/self/exe: cannot be read, so no script can name the program; mount /proc.")
    }
  }

  private static func submit(_ script: String) throws -> [Job] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [script]
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw ExperimentError(.inputOutput, "/bin/bash: cannot be started; install it.")
    }
    // Both are shorter than a pipe.
    let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw ExperimentError(
        .inputOutput,
        "Slurm did not take the sweep: \(reason(in: words)); nothing is submitted, and `bash \(script)` tries "
          + "again.")
    }
    return lines.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      return words.count == 2 ? Job(step: words[0], job: words[1]) : nil
    }
  }

  /// What a program of Slurm says last, without its own name in front.
  package static func reason(in words: String) -> String {
    let line = words.split(separator: "\n").last.map(String.init) ?? "it gives no reason"
    var rest = Substring(line)
    for prefix in ["sbatch: ", "error: "] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
    }
    while rest.last.map({ ".:".contains($0) || $0.isWhitespace }) == true { rest.removeLast() }
    return rest.isEmpty ? "it gives no reason" : String(rest)
  }
}
