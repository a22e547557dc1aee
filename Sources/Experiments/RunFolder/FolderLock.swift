import Glibc

/// Held while one process works in a folder; gone with the process, however it ends.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Parameter content: what the folder holds, for the error: a run, a sweep.
  init(_ path: String, content: String) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileSystem.failure("open", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw ExperimentError(
        .inputOutput,
        "\(path): another fedsim process is working on this \(content); wait for it to end.")
    }
  }

  deinit { close(descriptor) }
}
