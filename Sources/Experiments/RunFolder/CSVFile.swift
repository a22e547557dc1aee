import Foundation
import Glibc
import Tables

/// A CSV file that grows row by row; what was appended survives a killed process.
package final class CSVFile {
  private let path: String
  private let descriptor: Int32
  private let columns: Int

  /// Opens the file, cut to `size` bytes (rows after a checkpoint are written again).
  package init(path: String, columns: [String], size: Int?) throws {
    self.path = path
    self.columns = columns.count
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileSystem.failure("write", path) }
    if let size {
      let end = lseek(descriptor, 0, SEEK_END)
      guard end >= 0 else { throw FileSystem.failure("write", path) }
      guard end >= size else {
        throw ExperimentError(
          .badData,
          "\(path): has \(end) bytes where the checkpoint remembers \(size); it was changed, so the "
            + "run cannot be resumed.")
      }
      guard FileSystem.whileInterrupted({ ftruncate(descriptor, size) }) == 0 else {
        throw FileSystem.failure("write", path)
      }
    } else {
      try append(columns.map(CSVCell.text))
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
    do {
      try FileSystem.writeAll(Data(text.utf8), to: descriptor, path: path)
    } catch {
      // A full disk takes half a row; readers should not meet it.
      _ = FileSystem.whileInterrupted { ftruncate(descriptor, end) }
      throw error
    }
  }

  /// Bytes written so far.
  package var size: Int {
    get throws {
      let end = lseek(descriptor, 0, SEEK_END)
      guard end >= 0 else { throw FileSystem.failure("write", path) }
      return end
    }
  }

  /// Waits until the disk has every row.
  package func synchronize() throws {
    guard FileSystem.whileInterrupted({ fsync(descriptor) }) == 0 else {
      throw FileSystem.failure("write", path)
    }
  }
}
