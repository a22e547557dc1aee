import Glibc

/// Held while one process works in a folder; gone with the process, however it ends.
final class FolderLock: Sendable {
  private let descriptor: Int32
  private let path: String
  private let isHeld: Bool

  /// - Parameters:
  ///   - content: what the folder holds, for the error: a run, a sweep.
  ///   - mode: `LOCK_SH` lets others in that take it too.
  init(_ path: String, content: String, mode: Int32 = LOCK_EX) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileSystem.failure("open", path) }
    var answer = Self.lock(descriptor, mode: mode)
    // A killed process, or a child it was about to start, may take a moment to go.
    for _ in 0..<20 where answer == EWOULDBLOCK {
      usleep(50_000)
      answer = Self.lock(descriptor, mode: mode)
    }
    isHeld = answer == 0
    // The descriptor is closed by `deinit`.
    guard answer != EWOULDBLOCK else {
      throw ExperimentError(
        .inputOutput,
        "\(path): another fedsim process is working on this \(content); wait for it to end.")
    }
  }

  /// Takes over a descriptor that is locked already, where there are locks.
  init(adopting descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
    isHeld = Self.lock(descriptor) == 0
  }

  /// 0, or why the folder cannot be locked: `EWOULDBLOCK` when another process has locked it.
  static func lock(_ descriptor: Int32, mode: Int32 = LOCK_EX) -> Int32 {
    while flock(descriptor, mode | LOCK_NB) != 0 {
      guard errno == EINTR else { return errno }
    }
    return 0
  }

  /// What to know about a folder on a file system that has no locks; nil where it is locked.
  ///
  /// Work goes on there: locks of another kind are missing on the same file systems, and a run that
  /// nobody else touches needs none.
  var warning: String? {
    isHeld
      ? nil
      : "\(path): this file system has no locks (flock), so nothing keeps a second fedsim process "
        + "out; start none on the same folder."
  }

  deinit { close(descriptor) }
}
