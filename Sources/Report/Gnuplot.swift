import Foundation
import Glibc

/// The program that draws figures.
package struct Gnuplot: Sendable {
  package static let advice = "on Debian or Ubuntu: apt-get install -y gnuplot-nox"

  package let path: String
  /// How long one figure may take, in seconds.
  let deadline: Double
  /// Called before something is drawn; from then on an interruption is asked for.
  private let begins: @Sendable () -> Void
  private let isInterrupted: @Sendable () -> Bool

  package init(
    path: String, deadline: Double = 120, begins: @escaping @Sendable () -> Void = {},
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) {
    self.path = path
    self.deadline = deadline
    self.begins = begins
    self.isInterrupted = isInterrupted
  }

  /// The first gnuplot on the search path; nil where there is none.
  package static func find() -> Gnuplot? {
    // A relative folder would be one of whatever folder this was started in.
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .filter { $0.hasPrefix("/") }
    let paths = folders.map { "\($0)/gnuplot" }
    return paths.first(where: FileManager.default.isExecutableFile).map { Gnuplot(path: $0) }
  }

  /// As `find`; throws with how to install it.
  ///
  /// - Parameters: as in `init`.
  package static func require(
    begins: @escaping @Sendable () -> Void = {},
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) throws -> Gnuplot {
    if let found = find() {
      return Gnuplot(path: found.path, begins: begins, isInterrupted: isInterrupted)
    }
    throw ReportError(
      .missingProgram, "gnuplot, which draws the figures, is not installed; \(advice).")
  }

  /// Runs a script in its folder, and waits for its end as long as `deadline` says.
  func run(_ script: String, in folder: String) throws {
    let name = script.split(separator: ".").first.map(String.init) ?? script
    begins()
    try stopIfInterrupted()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    // No start-up file of the user's: the figure must depend on the script alone.
    process.arguments = ["--default-settings", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder, isDirectory: true)
    process.environment = Self.environment
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw ReportError(.inputOutput, "\(path): cannot be started; install it again.")
    }
    let words = try wait(for: process, drawing: name, errors: errors.fileHandleForReading)
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw ReportError(
        .badData,
        "The figure \(name) cannot be drawn from the CSV files of the runs"
          + "\(Self.reason(in: String(decoding: words, as: UTF8.self))); look for values in them that "
          + "cannot be.")
    }
  }

  /// Waits for the end of the process and returns what it wrote to standard error; what goes on too
  /// long, or that nobody waits for any more, is killed.
  private func wait(
    for process: Process, drawing name: String, errors: FileHandle
  ) throws -> [UInt8] {
    let end = ContinuousClock.now + .seconds(deadline)
    let descriptor = errors.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    var words: [UInt8] = []
    do {
      while process.isRunning {
        try stopIfInterrupted()
        guard ContinuousClock.now < end else {
          throw ReportError(
            .inputOutput,
            "\(path): did not draw the figure \(name) within \(Self.shown(deadline)) seconds and was "
              + "stopped; see whether `gnuplot --version` answers, and try again with fewer runs.")
        }
        // Until it writes or closes the pipe, so that a figure costs no moment more than it takes.
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&watched, 1, 100) > 0, Self.append(descriptor, to: &words) == 0 { usleep(500) }
        endChildren(of: process)
      }
    } catch {
      // It is the first of a process group of its own, with whatever it has started.
      kill(-process.processIdentifier, SIGKILL)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      throw error
    }
    while Self.append(descriptor, to: &words) > 0 {}
    return words
  }

  /// Ends what a process that has ended left behind: the end is only noticed once nobody of its family
  /// goes on.
  private func endChildren(of process: Process) {
    var status = siginfo_t()
    let answer = waitid(
      P_PID, id_t(process.processIdentifier), &status, WEXITED | WNOHANG | WNOWAIT)
    guard answer == 0, status.si_signo == SIGCHLD else { return }
    kill(-process.processIdentifier, SIGKILL)
  }

  /// Reads what there is, and returns how many bytes; 0 at the end.
  private static func append(_ descriptor: Int32, to words: inout [UInt8]) -> Int {
    withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      // Its last words are enough.
      if count > 0 { words = (words + buffer[..<count]).suffix(16_384) }
      return count
    }
  }

  private static func shown(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
  }

  private func stopIfInterrupted() throws {
    guard isInterrupted() else { return }
    throw ReportError(.interrupted, "Interrupted; what was to be drawn was not written.")
  }

  /// What gnuplot says is wrong, without the line of the script that it repeats.
  private static func reason(in words: String) -> String {
    let last = words.split(separator: "\n").last { $0.contains(": ") && $0.contains("line ") }
    let reason = last?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(
      in: .whitespaces)
    return reason.map { " (gnuplot: \($0))" } ?? ""
  }

  /// Locale and variables of gnuplot's own would change a figure.
  private static var environment: [String: String] {
    ProcessInfo.processInfo.environment.filter { key, _ in
      !key.hasPrefix("GNUPLOT") && !key.hasPrefix("LC_") && key != "LANG"
    }.merging(["LC_ALL": "C.UTF-8"]) { _, new in new }
  }
}
