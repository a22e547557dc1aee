import Foundation
import Glibc
import Storage

/// A folder in the making: filled under another name, then moved to its place whole.
struct NewFolder {
  /// Where it is filled.
  let partial: String
  private let descriptor: Int32

  /// Makes the folders above as well, and removes what killed processes have left beside it.
  init(_ path: String) throws {
    let above = AtomicFile.folder(of: path)
    try AtomicFile.makeFolder(above)
    Leftovers.clear(in: above, foldersOnly: true)
    let (descriptor, partial) = try Partial.makeFolder(for: path)
    self.partial = partial
    self.descriptor = descriptor
  }

  /// Moves it to its place, where it stays locked; nil when there is something already.
  ///
  /// An empty folder is as good as none, but its permissions stay.
  func moved(to path: String) throws -> FolderLock? {
    try AtomicFile.synchronize(folder: partial)
    let status = try FileKind.status(of: path, followingLinks: false)
    if let status, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() {
      _ = chmod(partial, status.st_mode & 0o7777)
    }
    guard rename(partial, path) == 0 else {
      let isTaken = [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno)
      let failure = FileSystem.failure("make", path)
      if status != nil { _ = chmod(partial, 0o700) }
      guard isTaken else { throw failure }
      return nil
    }
    try AtomicFile.synchronizeFolder(of: path)
    return FolderLock(adopting: descriptor, path: path)
  }

  /// Ends what was not moved.
  func remove() {
    try? FileManager.default.removeItem(atPath: partial)
    close(descriptor)
  }
}
