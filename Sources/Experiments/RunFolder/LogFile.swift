import Foundation
import Glibc
import Storage
import Tables

/// Appends one line with the time to log.txt of a folder.
///
/// Whatever the line quotes from files, it stays one line and holds no command for a terminal.
/// A log that cannot be written must not end the work it tells about.
func appendToLog(of folder: String, _ line: String) {
  let path = "\(folder)/log.txt"
  let descriptor = open(
    path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_APPEND | O_CLOEXEC, AtomicFile.ownMode)
  guard descriptor >= 0 else { return }
  defer { close(descriptor) }
  try? FileSystem.writeAll(
    Data("\(Date().formatted(.iso8601)) \(PrintableText.line(line))\n".utf8), to: descriptor,
    path: path)
}
