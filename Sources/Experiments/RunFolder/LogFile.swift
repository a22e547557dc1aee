import Foundation
import Glibc

/// Appends one line with the time to log.txt of a folder.
///
/// A log that cannot be written must not end the work it tells about.
func appendToLog(of folder: String, _ line: String) {
  let path = "\(folder)/log.txt"
  let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { return }
  defer { close(descriptor) }
  try? FileSystem.writeAll(
    Data("\(Date().formatted(.iso8601)) \(line)\n".utf8), to: descriptor, path: path)
}
