import Glibc

/// Makes a file that appears as `path` only when `body` is done.
///
/// `body` writes the partial file whose name it is given. Missing folders are created; when `body`
/// throws, neither they nor the partial file stay.
func withNewFile<Result>(
  _ path: String, overwrite: Bool, _ body: (_ partial: String) throws -> Result
) throws -> Result {
  try checkTarget(path, overwrite: overwrite)
  let folders = try createFolders(above: path)
  let partial = partialName(of: path)
  do {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard access(folder, W_OK) == 0 else { throw writeError(path) }
    unlink(partial)
    let result = try body(partial)
    try moveIntoPlace(partial, path)
    return result
  } catch {
    unlink(partial)
    removeFolders(folders)
    throw error
  }
}

/// What a file is called until it is complete.
func partialName(of path: String) -> String { path + ".partial" }

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

/// What the last system call complained of.
func writeError(_ name: String) -> UsageLogError {
  UsageLogError(.inputOutput, "\(name) cannot be written: \(String(cString: strerror(errno)))")
}

private func checkTarget(_ path: String, overwrite: Bool) throws(UsageLogError) {
  var status = stat()
  guard stat(path, &status) == 0 else { return }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw UsageLogError(.inputOutput, "\(path) is not a regular file; choose another name")
  }
  guard overwrite else {
    throw UsageLogError(.inputOutput, "\(path) exists; choose another name or add --overwrite")
  }
}

/// Creates the missing folders on the way to `path` and returns them, the outermost first.
private func createFolders(above path: String) throws(UsageLogError) -> [String] {
  var created: [String] = []
  for end in path.indices where path[end] == "/" && end > path.startIndex {
    let folder = String(path[..<end])
    if access(folder, F_OK) == 0 { continue }
    if mkdir(folder, 0o777) == 0 {
      created.append(folder)
    } else if errno != EEXIST {
      let error = writeError(path)
      removeFolders(created)
      throw error
    }
  }
  return created
}

/// Removes what `createFolders` made, except where others have put files meanwhile.
private func removeFolders(_ folders: [String]) {
  for folder in folders.reversed() { rmdir(folder) }
}

/// Renames a finished file once its bytes are on the disk.
private func moveIntoPlace(_ partial: String, _ path: String) throws(UsageLogError) {
  let descriptor = open(partial, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw writeError(path) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0, rename(partial, path) == 0 else { throw writeError(path) }
}
