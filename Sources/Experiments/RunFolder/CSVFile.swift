import Crypto
import Foundation
import Glibc
import Storage
import Tables

/// How long a file was at some moment, and what it held.
package struct FileBeginning: Equatable, Sendable {
  package var size: Int
  /// SHA-256 of the first `size` bytes, hexadecimal; nil where an older version wrote none.
  package var digest: String?

  package init(size: Int, digest: String? = nil) {
    self.size = size
    self.digest = digest
  }
}

/// A CSV file that grows row by row; what was appended survives a killed process.
package final class CSVFile {
  private let path: String
  private let descriptor: Int32
  private let columns: Int
  /// Of everything in the file.
  private var hash = SHA256()

  /// Makes the file, or opens it again, cut to how it was at a checkpoint (the rows after it are
  /// written again).
  ///
  /// - Parameter keepsRest: rows after the checkpoint stay, as they will not be written again.
  package init(
    path: String, columns: [String], from beginning: FileBeginning?, keepsRest: Bool = false
  ) throws {
    self.path = path
    self.columns = columns.count
    guard let beginning else {
      descriptor = open(
        path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC, AtomicFile.ownMode)
      guard descriptor >= 0 else { throw FileSystem.failure("write", path) }
      try append(columns.map(CSVCell.text))
      return
    }
    descriptor = open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      guard errno == ENOENT else { throw FileSystem.failure("write", path) }
      throw ExperimentError(
        .missingInput,
        "\(path): is missing, so the run cannot be resumed; restore it from a copy, or start again."
      )
    }
    try check(beginning)
    if keepsRest {
      hash = try Digest.hash(descriptor, bytes: nil, path: path)
    } else {
      let size = off_t(beginning.size)
      guard FileSystem.whileInterrupted({ [descriptor] in ftruncate(descriptor, size) }) == 0 else {
        throw FileSystem.failure("write", path)
      }
    }
  }

  private func check(_ beginning: FileBeginning) throws {
    let end = try size
    guard end >= beginning.size else {
      throw ExperimentError(
        .badData,
        "\(path): has \(end) bytes where the checkpoint remembers \(beginning.size); it was changed, so "
          + "the run cannot be resumed; restore the file from a copy, or start again.")
    }
    hash = try Digest.hash(descriptor, bytes: beginning.size, path: path)
    guard beginning.digest == nil || beginning.digest == digest else {
      throw ExperimentError(
        .badData,
        "\(path): does not hold the rows that the checkpoint remembers; it was changed, so the run cannot "
          + "be resumed; restore the file from a copy, or start again.")
    }
  }

  deinit { close(descriptor) }

  /// Appends one row in a single write.
  package func append(_ row: [CSVCell]) throws { try append(rows: [row]) }

  /// Appends rows in a single write.
  package func append(rows: [[CSVCell]]) throws {
    var text = ""
    for row in rows {
      precondition(row.count == columns, "\(path): a row of \(row.count) cells, not \(columns)")
      text += row.map(\.rendered).joined(separator: ",") + "\r\n"
    }
    let end = try size
    let data = Data(text.utf8)
    do {
      try FileSystem.writeAll(data, to: descriptor, path: path)
    } catch {
      // A full disk takes half a row; readers should not meet it.
      _ = FileSystem.whileInterrupted { ftruncate(descriptor, off_t(end)) }
      throw error
    }
    hash.update(data: data)
  }

  /// Bytes written so far.
  package var size: Int {
    get throws {
      let end = lseek(descriptor, 0, SEEK_END)
      guard end >= 0 else { throw FileSystem.failure("write", path) }
      return end
    }
  }

  /// SHA-256 of what was written so far, hexadecimal.
  package var digest: String {
    let copy = hash
    return Digest.text(copy.finalize())
  }

  /// How the file is now, for a checkpoint; after this it is safely on the disk.
  package func synchronized() throws -> FileBeginning {
    try synchronize()
    return FileBeginning(size: try size, digest: digest)
  }

  /// Waits until the disk has every row.
  package func synchronize() throws {
    guard FileSystem.whileInterrupted({ fsync(descriptor) }) == 0 else {
      throw FileSystem.failure("write", path)
    }
  }
}
