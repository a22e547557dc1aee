import Glibc

/// What is at a path.
///
/// "Nothing is there" and "it cannot be told what is there" are two answers: a disk that fails must
/// not look like a folder without files.
package enum FileKind: Equatable, Sendable {
  case file, folder, link, other

  /// Nil where nothing is; throws where that cannot be found out.
  ///
  /// - Parameter followingLinks: whether a link is what it leads to; one that leads nowhere is nothing.
  package static func of(
    _ path: String, followingLinks: Bool = true
  ) throws(StorageError) -> FileKind? {
    guard let status = try status(of: path, followingLinks: followingLinks) else { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    case S_IFLNK: .link
    default: .other
    }
  }

  /// Nil where nothing is; throws where that cannot be found out.
  package static func status(
    of path: String, followingLinks: Bool = true
  ) throws(StorageError) -> stat? {
    var status = stat()
    let flags = followingLinks ? 0 : AT_SYMLINK_NOFOLLOW
    while fstatat(AT_FDCWD, path, &status, flags) != 0 {
      switch errno {
      case EINTR: continue
      // No file can have a name that is too long.
      case ENOENT, ENOTDIR, ENAMETOOLONG: return nil
      default: throw .unreadable(path)
      }
    }
    return status
  }

  /// Whether anything is there.
  package static func exists(_ path: String) throws(StorageError) -> Bool {
    try status(of: path) != nil
  }
}

/// What is in folders.
package enum FolderContent {
  /// Sorted by their bytes; nil where there is no such folder.
  package static func names(in folder: String) throws(StorageError) -> [String]? {
    try entries(in: folder)?.map(\.name)
  }

  /// Every file below a folder, as its path from there, sorted within each folder; links are not
  /// followed.
  ///
  /// Folders that this user may not read are passed over; any other failure throws.
  package static func files(below root: String) throws(StorageError) -> [String] {
    try files(below: root, prefix: "")
  }

  private static func files(
    below folder: String, prefix: String
  ) throws(StorageError) -> [String] {
    let found: [(name: String, isFolder: Bool)]
    do {
      found = try entries(in: folder) ?? []
    } catch {
      if error.isDenied { return [] }
      throw error
    }
    var files: [String] = []
    for (name, isFolder) in found {
      if isFolder {
        files += try self.files(below: "\(folder)/\(name)", prefix: "\(prefix)\(name)/")
      } else {
        files.append(prefix + name)
      }
    }
    return files
  }

  private static func entries(
    in folder: String
  ) throws(StorageError) -> [(name: String, isFolder: Bool)]? {
    guard let stream = opendir(folder) else {
      if errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG { return nil }
      throw .unreadable(folder)
    }
    defer { closedir(stream) }
    var found: [(name: String, isFolder: Bool)] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      let type = Int(entry.pointee.d_type)
      let isFolder =
        type == Int(DT_UNKNOWN)
        ? try FileKind.of("\(folder)/\(name)", followingLinks: false) == .folder
        : type == Int(DT_DIR)
      found.append((name, isFolder))
    }
    guard errno == 0 else { throw .unreadable(folder) }
    return found.sorted { $0.name < $1.name }
  }
}
