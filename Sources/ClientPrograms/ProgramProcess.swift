import CSpawn
import Foundation
import Glibc
import Processes
import Wire

/// A running client program: its process, a channel over its standard input and output, and its last lines.
package final class ProgramProcess {
  package let channel: Channel
  private let identifier: pid_t
  private let lines: LastLines
  private var status: Int32?

  /// Numeric libraries with more threads than one, or with another kernel, may give other bits.
  private static let environment = [
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1",
  ]

  /// Starts a program; a name without a slash is looked for in PATH.
  package init(_ words: [String]) throws(ProgramError) {
    let line = words.joined(separator: " ")
    // A program that has left is an error to tell of, not the end of this process.
    signal(SIGPIPE, SIG_IGN)
    guard !words.isEmpty else { throw .cannotStart("there is no program to start") }
    let (toProgram, fromProgram, errors) = (
      try Self.pipe(), try Self.pipe(), try Self.pipe()
    )
    defer { for end in [toProgram.read, fromProgram.write, errors.write] { close(end) } }
    do {
      // What a worker ignores, a program need not: its own libraries decide.
      identifier = try spawn(
        words, adding: Self.environment,
        streams: (toProgram.read, fromProgram.write, errors.write), hasOwnGroup: false,
        resetSignals: [SIGPIPE])
    } catch {
      for end in [toProgram.write, fromProgram.read, errors.read] { close(end) }
      throw .cannotStart(
        "workers.program: '\(line)' cannot be started (\(String(cString: strerror(error.code)))); "
          + "give a program that is in PATH or its path.")
    }
    let lines = LastLines()
    self.lines = lines
    // The largest pipe an unprivileged process may ask for: fewer switches per model.
    let setPipeSize: Int32 = 1031
    for end in [toProgram.write, fromProgram.read] { _ = fcntl(end, setPipeSize, 1 << 20) }
    channel = Channel(
      input: fromProgram.read, output: toProgram.write, sideInput: errors.read,
      onSideInput: lines.append)
  }

  deinit { _ = end(within: 0) }

  /// Lets go of the program's input and output, waits so many seconds for its end, and then kills it.
  ///
  /// - Returns: how it ended, in words: "exit status 3".
  package func end(within seconds: Double) -> ProgramEnd {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while status == nil, ContinuousClock.now < deadline {
      channel.drainSideInput()
      if !poll() { usleep(1_000) }
    }
    channel.drainSideInput()
    channel.close()
    let wasKilled = status == nil
    if wasKilled {
      kill(identifier, SIGKILL)
      while status == nil, !poll() { usleep(1_000) }
    }
    return ProgramEnd(status: status ?? 0, wasKilled: wasKilled)
  }

  /// The end of what it wrote to standard error, as part of a sentence; empty where it wrote nothing.
  package var lastLines: String {
    lines.text.isEmpty ? "" : "; its last lines: \(lines.text)"
  }

  private func poll() -> Bool {
    var ended: Int32 = 0
    let answer = waitpid(identifier, &ended, WNOHANG)
    if answer == identifier {
      status = ended
    } else if answer < 0, errno != EINTR {
      status = 0
    }
    return status != nil
  }

  private static func pipe() throws(ProgramError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else {
      throw .cannotStart(
        "no pipe to the client program can be made (\(String(cString: strerror(errno)))); raise the "
          + "limit of open files (ulimit -n) or use fewer --workers.")
    }
    return (ends[0], ends[1])
  }
}

/// How a client program ended.
package struct ProgramEnd: Equatable, Sendable {
  /// As `waitpid` gives it.
  package var status: Int32
  /// Whether this process ended it.
  package var wasKilled: Bool

  package var signal: Int32 { status & 0x7f }
  package var exitStatus: Int32 { status >> 8 & 0xff }
  package var isSuccess: Bool { status == 0 && !wasKilled }

  /// What follows "it".
  package var words: String {
    if wasKilled { return "did not end by itself" }
    return signal != 0 ? "was ended by signal \(signal)" : "ended with exit status \(exitStatus)"
  }
}

/// Why a client program is of no more use.
package enum ProgramError: Error, Equatable, CustomStringConvertible {
  /// No program of this name, or nothing to start it with.
  case cannotStart(String)
  /// It does not go with the experiment file.
  case mismatch(String)
  /// It says itself that it cannot go on, or answered what cannot be: it would do so again.
  case failed(String)
  /// It ended, or was silent for too long: another try may succeed. A part of a sentence, without its end.
  case lost(String)

  package var description: String {
    switch self {
    case .cannotStart(let reason), .mismatch(let reason), .failed(let reason), .lost(let reason):
      reason
    }
  }

  /// As sysexits.h has it.
  package var exitCode: Int32 {
    switch self {
    case .cannotStart, .mismatch: 78
    case .failed, .lost: 65
    }
  }
}

/// The end of what a program wrote to standard error.
private final class LastLines {
  private static let capacity = 4_000
  private static let most = 3
  private var bytes: [UInt8] = []

  func append(_ more: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: more)
    if bytes.count > Self.capacity { bytes.removeFirst(bytes.count - Self.capacity) }
  }

  /// The last lines that say something, on one line.
  var text: String {
    String(decoding: bytes, as: UTF8.self)
      .split(whereSeparator: \.isNewline)
      .map { line in
        String(line.unicodeScalars.filter { $0.value >= 32 || $0 == "\t" }.map(Character.init))
          .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      .filter { !$0.isEmpty && !$0.allSatisfy { "^~".contains($0) } }
      .suffix(Self.most).joined(separator: " | ")
  }
}
