import Foundation
import Glibc

/// Files that are either whole or not there.
package enum FileSystem {
  /// Writes through a temporary name and a rename, and waits for the disk.
  package static func writeAtomically(_ data: Data, to path: String) throws {
    let temporary = path + ".partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("write", path) }
    var isDone = false
    defer { if !isDone { unlink(temporary) } }
    do {
      defer { close(descriptor) }
      try writeAll(data, to: descriptor, path: path)
      guard whileInterrupted({ fsync(descriptor) }) == 0 else { throw failure("write", path) }
    }
    guard Glibc.rename(temporary, path) == 0 else { throw failure("write", path) }
    isDone = true
  }

  /// Repeats a system call that a signal interrupted.
  package static func whileInterrupted(_ call: () -> Int32) -> Int32 {
    while true {
      let answer = call()
      if answer == 0 || errno != EINTR { return answer }
    }
  }

  package static func writeAll(_ data: Data, to descriptor: Int32, path: String) throws {
    try data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw failure("write", path) }
        rest = rest.dropFirst(count)
      }
    }
  }

  static func read(_ path: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw ExperimentError(.missingInput, "\(path): cannot be read; is this a run folder?")
    }
  }

  /// Makes a folder and those above it that are missing.
  package static func makeFolder(_ path: String) throws {
    var made = path.hasPrefix("/") ? "/" : ""
    for name in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + name
      guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw failure("make", made) }
    }
  }

  static func rename(_ old: String, _ new: String) throws {
    guard Glibc.rename(old, new) == 0 else { throw failure("make", new) }
  }

  /// The current errno as an error about one file.
  static func failure(_ action: String, _ path: String) -> ExperimentError {
    let code = errno
    // Verbs that make a folder have --out; others, such as resume, write where it is.
    let place = action == "make" ? "choose a folder with --out that" : "use a folder that"
    let advice =
      switch code {
      case ENOSPC, EDQUOT: "free some space and try again"
      case EFBIG: "raise the limit of file size (ulimit -f)"
      case EMFILE: "raise the limit of open files (ulimit -n)"
      case EROFS, EACCES, EPERM: "\(place) you may write to"
      default: "\(place) is there and that you may write to"
      }
    return ExperimentError(
      .inputOutput, "\(path): cannot \(action): \(String(cString: strerror(code))); \(advice).")
  }
}
