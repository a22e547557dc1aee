import Foundation
import Glibc
import Privacy
import Storage

/// A ledger that one process at a time adds to.
///
/// A line is whole on the disk before whoever wrote it does what it tells of; a line that a killed
/// process left half counts for nothing, as that process has done nothing yet.
final class LedgerFile {
  private let path: String
  private let descriptor: Int32

  private static let patience = 600

  /// Opens the file and waits until nobody else has it.
  ///
  /// - Parameter isNew: makes the file where there is none.
  init(_ path: String, isNew: Bool) throws {
    self.path = path
    if isNew { try AtomicFile.makeFolder(AtomicFile.folder(of: path)) }
    let flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    descriptor = open(path, isNew ? flags | O_CREAT : flags, AtomicFile.ownMode)
    guard descriptor >= 0 else {
      guard errno == ENOENT else { throw FileSystem.failure("write", path) }
      throw ExperimentError(
        .missingInput, "\(path): is missing, and a run is on this ledger; restore it from a copy.")
    }
    // The descriptor is closed by `deinit`.
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ExperimentError(
        .badData, "\(path): is no regular file; give privacy.ledger the name of one.")
    }
    var answer = FolderLock.lock(descriptor)
    // A line takes milliseconds.
    for _ in 0..<Self.patience where answer == EWOULDBLOCK {
      usleep(50_000)
      answer = FolderLock.lock(descriptor)
    }
    guard answer == 0 else {
      throw ExperimentError(
        .inputOutput,
        answer == EWOULDBLOCK
          ? "\(path): another process has held this ledger for long; end it and try again."
          : "\(path): this file system has no locks (flock), so two runs might spend the same budget; keep "
            + "the ledger elsewhere.")
    }
  }

  /// What the file holds now; nil for an empty one.
  func text() throws -> LedgerText {
    guard let data = try Digest.contents(of: path, limit: StorageLimit.table) else {
      throw ExperimentError(
        .inputOutput, "\(path): was removed just now; restore the ledger and try again.")
    }
    return try LedgerText(data, path: path)
  }

  /// Adds lines, in one write; returns the digest of the last.
  @discardableResult
  func append(_ records: [LedgerRecord], to text: LedgerText) throws -> String {
    let size = off_t(text.size)
    guard FileSystem.whileInterrupted({ [descriptor] in ftruncate(descriptor, size) }) == 0 else {
      throw FileSystem.failure("write", path)
    }
    var grown = text
    var bytes = Data()
    var digest = text.digest
    for record in records {
      let line = try grown.line(record)
      bytes += line.text
      digest = line.digest
      grown = grown.followed(by: record, digest: digest)
    }
    try FileSystem.writeAll(bytes, to: descriptor, path: path)
    guard FileSystem.whileInterrupted({ [descriptor] in fsync(descriptor) }) == 0 else {
      throw FileSystem.failure("write", path)
    }
    try AtomicFile.synchronizeFolder(of: path)
    return digest
  }

  deinit { close(descriptor) }
}

extension LedgerText {
  /// As if a line had been added.
  fileprivate func followed(by record: LedgerRecord, digest: String) -> LedgerText {
    var text = self
    text.add(record, digest: digest)
    return text
  }
}
