import Foundation
import Glibc
import Testing

/// The real program, started as a person or a script would.
struct CommandLineProgram {
  struct Result {
    var exitCode: Int32
    var output: String
    var errors: String

    /// The last line on standard error: the one sentence of an error.
    var message: String { errors.split(separator: "\n").last.map(String.init) ?? "" }
  }

  /// The executable that was built beside the test bundle.
  static let executable = URL(fileURLWithPath: CommandLine.arguments[0])
    .deletingLastPathComponent().appendingPathComponent("fedsim").path

  /// Runs to the end.
  static func run(
    _ arguments: [String], in folder: URL, input: Data? = nil, environment: [String: String] = [:]
  ) throws -> Result {
    let running = try start(arguments, in: folder, input: input, environment: environment)
    return try running.wait()
  }

  /// What a script of bash prints.
  static func bash(_ script: String, in folder: TemporaryFolder) throws -> String {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["--norc", "-c", script]
    shell.currentDirectoryURL = folder.url
    let pipe = Pipe()
    shell.standardOutput = pipe
    try shell.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  /// Starts and returns at once; output goes to files, so that no pipe can fill.
  static func start(
    _ arguments: [String], in folder: URL, input: Data? = nil, environment: [String: String] = [:]
  ) throws -> RunningProgram {
    let id = UUID().uuidString
    let output = folder.appendingPathComponent("out-\(id)")
    let errors = folder.appendingPathComponent("err-\(id)")
    for file in [output, errors] { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    if let input {
      let file = folder.appendingPathComponent("in-\(id)")
      try input.write(to: file)
      process.standardInput = try FileHandle(forReadingFrom: file)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    return RunningProgram(process: process, output: output, errors: errors)
  }
}

/// A program that has been started.
struct RunningProgram {
  let process: Process
  let output: URL
  let errors: URL

  func wait() throws -> CommandLineProgram.Result {
    process.waitUntilExit()
    return CommandLineProgram.Result(
      exitCode: process.terminationReason == .uncaughtSignal
        ? 128 + process.terminationStatus : process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  func kill(_ signal: Int32) { Glibc.kill(process.processIdentifier, signal) }

  /// Ids of the worker processes that this program has started.
  var workers: [pid_t] {
    let id = process.processIdentifier
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? []
    return tasks.flatMap { task -> [pid_t] in
      let children = "/proc/\(id)/task/\(task)/children"
      let text = (try? String(contentsOfFile: children, encoding: .utf8)) ?? ""
      return text.split(separator: " ").compactMap { pid_t($0) }
    }
  }

  /// Waits until `condition` holds or the program has ended; returns whether it came to hold.
  func wait(until condition: () -> Bool) -> Bool {
    while process.isRunning {
      if condition() { return true }
      usleep(2_000)
    }
    return condition()
  }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("fedsim-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: file(name))
  }

  func text(of name: String) throws -> String {
    try String(contentsOf: file(name), encoding: .utf8)
  }
}

/// The files of a run that may not depend on anything but configuration and seed.
let reproducibleFiles = [
  "config.yaml", "rounds.csv", "evaluation.csv", "clients.csv", "segments.csv", "privacy.csv",
  "summary.json",
  "model.safetensors",
]

/// Names the files in which two runs differ.
func differences(_ left: URL, _ right: URL) -> [String] {
  reproducibleFiles.filter { name in
    let files = [left, right].map { try? Data(contentsOf: $0.appendingPathComponent(name)) }
    return files[0] == nil || files[0] != files[1]
  }
}
