import Glibc

/// Throws when nothing may be written to `path`, before any work is done.
func checkTarget(_ path: String, overwrite: Bool) throws(UsageLogError) {
  if !overwrite, access(path, F_OK) == 0 {
    throw UsageLogError(.usage, "\(path) exists; choose another name or ask to overwrite it")
  }
  let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  guard access(folder, W_OK) == 0 else { throw writeError(path) }
}

func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String
) throws(UsageLogError) {
  var rest = bytes
  while !rest.isEmpty {
    let count = write(descriptor, rest.baseAddress, rest.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw writeError(name) }
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
  }
}

/// Renames a finished file once its bytes are on the disk.
func moveIntoPlace(_ partial: String, _ path: String) throws(UsageLogError) {
  let descriptor = open(partial, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw writeError(path) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0, rename(partial, path) == 0 else { throw writeError(path) }
}

/// What the last system call complained of.
func writeError(_ name: String) -> UsageLogError {
  UsageLogError(.inputOutput, "\(name) cannot be written: \(String(cString: strerror(errno)))")
}
