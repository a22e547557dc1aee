import Foundation
import Glibc

/// A file that is whole under its name or what was there before.
package enum ReplacedFile {
  /// Writes under a name that nobody has and renames: a link of that name is replaced, not followed.
  package static func write(_ data: Data, to path: String) throws {
    let partial = "\(path).partial-\(UUID().uuidString)"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(path) }
    var isDone = false
    defer { if !isDone { unlink(partial) } }
    do {
      defer { close(descriptor) }
      var rest = data[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw failure(path) }
        rest = rest.dropFirst(count)
      }
    }
    guard rename(partial, path) == 0 else { throw failure(path) }
    isDone = true
  }

  private static func failure(_ path: String) -> ReportError {
    let reason = String(cString: strerror(errno))
    return ReportError(
      .inputOutput,
      "\(path): cannot be written: \(reason); use a folder that is there, has space, and that you "
        + "may write to.")
  }
}
