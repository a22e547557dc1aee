import Glibc

/// A new file under a name that nobody else knows, until it is complete.
///
/// Owns its descriptor. The lock on it says that it is in use, and goes when its process ends,
/// however that happens.
package final class PartialFile {
  package let path: String
  /// For reading and writing.
  package let descriptor: Int32

  /// Makes an empty file beside `target`; no link is followed and no file of others is opened.
  package init(of target: String, mode: mode_t = AtomicFile.ownMode) throws(StorageError) {
    (descriptor, path) = try Partial.makeFile(for: target, mode: mode)
  }

  deinit { close(descriptor) }

  /// Removes the file if it still has its name.
  package func remove() {
    if Partial.isSame(path, descriptor) { unlink(path) }
  }

  /// Gives the finished file its name.
  ///
  /// - Parameters:
  ///   - overwrite: whether a file of that name is replaced; a link is, never what it leads to.
  ///   - isDurable: whether bytes and name are on the disk when this returns.
  package func move(
    to target: String, overwrite: Bool, isDurable: Bool = true
  ) throws(StorageError) {
    if isDurable, AtomicFile.synchronized(descriptor) != 0 { throw .lastFailure("write", target) }
    guard Partial.isSame(path, descriptor) else {
      throw StorageError(
        .inputOutput,
        "\(target): was not written, because another process took away \(path); choose a folder that "
          + "only you can write.")
    }
    if overwrite {
      guard rename(path, target) == 0 else { throw .lastFailure("write", target) }
    } else {
      try moveWhereNothingIs(target)
    }
    if isDurable { try AtomicFile.synchronizeFolder(of: target) }
  }

  private func moveWhereNothingIs(_ target: String) throws(StorageError) {
    if link(path, target) == 0 {
      unlink(path)
      return
    }
    let isTaken: Bool
    if errno == EEXIST {
      isTaken = true
    } else {
      // The file system may know no second names.
      isTaken = try FileKind.of(target, followingLinks: false) != nil
    }
    guard !isTaken else {
      throw StorageError(
        .exists,
        "\(target): exists now: another process wrote it meanwhile; look at it, or choose another name."
      )
    }
    guard rename(path, target) == 0 else { throw .lastFailure("write", target) }
  }
}
