import Glibc
import Storage

/// Makes a file, for its owner alone, that appears as `path` only when `body` is done.
///
/// `body` writes the partial file that it is given. Missing folders are created if `createsFolders`;
/// when `body` throws, neither they nor the partial file stay. Partial files that killed processes
/// of this user left are removed. Without `overwrite` a file that appears at `path` meanwhile stays.
func withNewFile<Result>(
  _ path: String, overwrite: Bool, createsFolders: Bool = true,
  _ body: (PartialFile) throws -> Result
) throws -> Result {
  Leftovers.clear(of: path)
  try checkTarget(path, overwrite: overwrite)
  let folders = createsFolders ? try createFolders(above: path) : []
  do {
    let partial = try explaining { () throws(StorageError) in try PartialFile(of: path) }
    do {
      let result = try body(partial)
      try explaining { () throws(StorageError) in
        try partial.move(to: path, overwrite: overwrite)
      }
      return result
    } catch {
      partial.remove()
      throw error
    }
  } catch {
    removeFolders(folders)
    throw error
  }
}

/// Opens a file for reading and writing, on the disk of `path`, that has no name and goes with this
/// process.
func openAnonymousFile(beside path: String) throws(UsageLogError) -> Int32 {
  // O_TMPFILE, which is no plain constant in C; with O_EXCL nobody can give the file a name.
  let temporary = O_DIRECTORY | 0o20_000_000
  let descriptor = open(
    AtomicFile.folder(of: path), temporary | O_RDWR | O_EXCL | O_CLOEXEC, 0o600)
  if descriptor >= 0 { return descriptor }
  // A file system may know no files without a name.
  let partial = try explaining { () throws(StorageError) in try PartialFile(of: path) }
  partial.remove()
  let copy = fcntl(partial.descriptor, F_DUPFD_CLOEXEC, 0)
  guard copy >= 0 else { throw writeError(path) }
  return copy
}

func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String
) throws(UsageLogError) {
  guard AtomicFile.hasWritten(bytes, to: descriptor) else { throw writeError(name) }
}

/// What the last system call complained of.
func writeError(_ name: String) -> UsageLogError {
  UsageLogError(.inputOutput, "\(name) cannot be written: \(String(cString: strerror(errno)))")
}

private func checkTarget(_ path: String, overwrite: Bool) throws(UsageLogError) {
  let kind = try explaining { () throws(StorageError) in
    try FileKind.of(path, followingLinks: false)
  }
  guard let kind else { return }
  // A link is replaced, never followed; one that leads nowhere is as good as a file.
  let isLink = kind == .link
  let end =
    isLink ? try explaining { () throws(StorageError) in try FileKind.of(path) } ?? .file : kind
  guard end == .file else {
    throw UsageLogError(.inputOutput, "\(path) is not a regular file; choose another name")
  }
  guard overwrite else {
    throw UsageLogError(
      .inputOutput,
      "\(path) exists\(isLink ? ", as a symbolic link" : ""); choose another name or add --overwrite"
    )
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
