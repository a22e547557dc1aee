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
  PartialFile.removeDead(of: path)
  try checkTarget(path, overwrite: overwrite)
  let folders = createsFolders ? try createFolders(above: path) : []
  do {
    let partial = try PartialFile(of: path)
    do {
      let result = try body(partial)
      try partial.move(to: path, overwrite: overwrite)
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

/// A file under a name that nobody else knows, until it is complete.
///
/// Owns its descriptor. The lock on it says that it is in use, and goes when its process ends,
/// however that happens.
final class PartialFile {
  let path: String
  let descriptor: Int32

  private static let randomDigits = 16

  /// Makes an empty file beside `target`; no link is followed and no file of others is opened.
  fileprivate init(of target: String) throws(UsageLogError) {
    while true {
      let name = Self.newName(of: target)
      let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      if descriptor < 0, errno == EEXIST { continue }
      guard descriptor >= 0 else { throw writeError(target) }
      // A file system may know no locks; then nothing that stays here is ever removed.
      _ = flock(descriptor, LOCK_EX | LOCK_NB)
      // Between the two calls it may have been taken for one that is no longer in use.
      if Self.isSame(name, descriptor) {
        self.path = name
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit { close(descriptor) }

  private static func newName(of target: String) -> String {
    var random = SystemRandomNumberGenerator()
    let digits = String(random.next(), radix: 16)
    return target + ".partial-" + String(repeating: "0", count: randomDigits - digits.count)
      + digits
  }

  /// Whether the file of that name is the open one.
  private static func isSame(_ name: String, _ descriptor: Int32) -> Bool {
    var (named, opened) = (stat(), stat())
    return lstat(name, &named) == 0 && fstat(descriptor, &opened) == 0
      && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino
  }

  /// Removes the file if it still has its name.
  fileprivate func remove() {
    if Self.isSame(path, descriptor) { unlink(path) }
  }

  /// Gives the finished file its name once its bytes are on the disk.
  fileprivate func move(to target: String, overwrite: Bool) throws(UsageLogError) {
    guard fsync(descriptor) == 0 else { throw writeError(target) }
    guard Self.isSame(path, descriptor) else {
      throw UsageLogError(
        .inputOutput,
        "\(target) was not written, because another process took away \(path); choose a folder that "
          + "only you can write")
    }
    if overwrite {
      guard rename(path, target) == 0 else { throw writeError(target) }
    } else {
      try moveWhereNothingIs(target)
    }
    // The name, too, must outlive a loss of power.
    let folder = open(folderName(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  private func moveWhereNothingIs(_ target: String) throws(UsageLogError) {
    var result = link(path, target)
    if result == 0 {
      unlink(path)
    } else if errno != EEXIST {
      // The file system may know no second names.
      let isTaken = try explaining { () throws(StorageError) in
        try FileKind.of(target, followingLinks: false) != nil
      }
      if isTaken {
        errno = EEXIST
      } else {
        result = rename(path, target)
      }
    }
    guard result != 0 else { return }
    guard errno == EEXIST else { throw writeError(target) }
    throw UsageLogError(
      .inputOutput,
      "\(target) exists now: another process wrote it meanwhile; look at it, or choose another name"
    )
  }

  /// Removes what killed processes of this user left of `target`.
  ///
  /// Left alone are files of other users, files with a second name, and those that are in use.
  fileprivate static func removeDead(of target: String) {
    let folder = folderName(of: target)
    guard let entries = opendir(folder) else { return }
    defer { closedir(entries) }
    let prefix = target.split(separator: "/").last.map { "\($0).partial-" } ?? ""
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      let digits = name.dropFirst(prefix.count)
      if name.hasPrefix(prefix), digits.utf8.count == randomDigits, digits.allSatisfy(\.isHexDigit)
      {
        removeIfDead("\(folder)/\(name)", target)
      }
    }
  }

  private static func removeIfDead(_ name: String, _ target: String) {
    let descriptor = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), status.st_nlink == 1 || isSame(target, descriptor),
      flock(descriptor, LOCK_EX | LOCK_NB) == 0, isSame(name, descriptor)
    else { return }
    unlink(name)
  }
}

/// Opens a file for reading and writing, on the disk of `path`, that has no name and goes with this
/// process.
func openAnonymousFile(beside path: String) throws(UsageLogError) -> Int32 {
  // O_TMPFILE, which is no plain constant in C; with O_EXCL nobody can give the file a name.
  let temporary = O_DIRECTORY | 0o20_000_000
  let descriptor = open(
    folderName(of: path), temporary | O_RDWR | O_EXCL | O_CLOEXEC, 0o600)
  if descriptor >= 0 { return descriptor }
  // A file system may know no files without a name.
  let partial = try PartialFile(of: path)
  partial.remove()
  let copy = fcntl(partial.descriptor, F_DUPFD_CLOEXEC, 0)
  guard copy >= 0 else { throw writeError(path) }
  return copy
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

/// What the last system call complained of.
func writeError(_ name: String) -> UsageLogError {
  UsageLogError(.inputOutput, "\(name) cannot be written: \(String(cString: strerror(errno)))")
}

/// The folder that a file is in.
private func folderName(of path: String) -> String {
  path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
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
