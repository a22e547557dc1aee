import Foundation
import Glibc
import Storage
import Tables

/// Files of runs: either whole or not there, and for their owner alone.
package enum FileSystem {
  /// Writes through a temporary name and a rename, and waits for the disk.
  package static func writeAtomically(_ data: Data, to path: String) throws {
    try explaining { () throws(StorageError) in
      try AtomicFile.write(data, to: path, mode: AtomicFile.ownMode)
    }
  }

  /// Repeats a system call that a signal interrupted.
  package static func whileInterrupted(_ call: () -> Int32) -> Int32 {
    while true {
      let answer = call()
      if answer == 0 || errno != EINTR { return answer }
    }
  }

  package static func writeAll(_ data: Data, to descriptor: Int32, path: String) throws {
    try explaining { () throws(StorageError) in
      try AtomicFile.writeAll(data, to: descriptor, path: path)
    }
  }

  /// - Parameter limit: bytes that the file may have.
  static func read(_ path: String, limit: Int = StorageLimit.text) throws -> Data {
    guard
      let data = try explaining({ () throws(StorageError) in
        try Digest.contents(of: path, limit: limit)
      })
    else {
      throw ExperimentError(
        .missingInput,
        "\(path): is missing; give the folder of a run, or restore the file from a copy.")
    }
    return data
  }

  /// Makes a folder that only its owner may enter, and those above it that are missing, which are as
  /// the umask says.
  package static func makeFolder(_ path: String) throws {
    try explaining { () throws(StorageError) in try AtomicFile.makeFolder(path, mode: 0o700) }
  }

  /// The current errno as an error about one file.
  static func failure(_ action: String, _ path: String) -> ExperimentError {
    ExperimentError(.lastFailure(action, path))
  }

  /// Runs `body`, whose errors become ours.
  static func explaining<Result>(
    _ body: () throws(StorageError) -> Result
  ) throws(ExperimentError) -> Result {
    do { return try body() } catch { throw ExperimentError(error) }
  }
}

extension ExperimentError {
  package init(_ error: StorageError) {
    let code: Code =
      switch error.kind {
      case .damaged: .badData
      case .missing: .missingInput
      case .inputOutput, .exists: .inputOutput
      }
    self.init(code, error.message)
  }
}

extension RecordedFolder {
  /// The bytes of a file that must be there.
  package func required(_ name: String) throws -> Data {
    guard let data = try data(name) else {
      throw ExperimentError(
        .missingInput,
        "\(path)/\(name): is missing; give the folder of a run, or restore the file from a copy.")
    }
    return data
  }

  /// A table that must be there.
  package func table(_ name: String) throws -> CSVTable {
    try CSVTable([UInt8](required(name)), path: "\(path)/\(name)")
  }
}
