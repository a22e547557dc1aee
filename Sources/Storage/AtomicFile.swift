import Foundation
import Glibc

/// Files that are either whole or not there, also after a power cut.
package enum AtomicFile {
  /// Of what only its owner is to read.
  package static let ownMode: mode_t = 0o600
  /// Of what the umask decides about.
  package static let sharedMode: mode_t = 0o666

  /// Writes under another name and renames; the disk has both when this returns.
  ///
  /// - Parameter isDurable: false for what is made again when it is lost.
  package static func write(
    _ data: Data, to path: String, mode: mode_t, isDurable: Bool = true
  ) throws(StorageError) {
    // A rename would put a file in the place of /dev/null.
    guard try FileKind.of(path, followingLinks: false) != .other else {
      throw StorageError(
        .exists,
        "\(path): is a device, a pipe or a socket, which no file replaces; choose another name.")
    }
    let file = try PartialFile(of: path, mode: mode)
    do {
      try writeAll(data, to: file.descriptor, path: path)
      try file.move(to: path, overwrite: true, isDurable: isDurable)
    } catch {
      file.remove()
      throw error
    }
  }

  package static func writeAll(
    _ data: Data, to descriptor: Int32, path: String
  ) throws(StorageError) {
    guard [UInt8](data).withUnsafeBytes({ hasWritten($0, to: descriptor) }) else {
      throw .lastFailure("write", path)
    }
  }

  /// Writes all bytes; false, with the reason in errno, where that is impossible.
  package static func hasWritten(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
    return true
  }

  /// `fsync`, again where a signal interrupted it.
  static func synchronized(_ descriptor: Int32) -> Int32 {
    while true {
      let answer = fsync(descriptor)
      if answer == 0 || errno != EINTR { return answer }
    }
  }

  /// Waits until the disk knows the name of a file that was made or renamed.
  package static func synchronizeFolder(of path: String) throws(StorageError) {
    try synchronize(folder: self.folder(of: path))
  }

  /// Waits until the disk knows which names a folder has.
  package static func synchronize(folder: String) throws(StorageError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder that may be written to but not read cannot be asked.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard synchronized(descriptor) != 0, errno == EIO || errno == ENOSPC || errno == EDQUOT else {
      return
    }
    throw .lastFailure("write", folder)
  }

  /// The folder that a path lies in.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a folder and those above it that are missing; they are as the umask says.
  ///
  /// - Parameter mode: of the last one, where it is missing.
  package static func makeFolder(
    _ path: String, mode: mode_t = 0o777
  ) throws(StorageError) {
    let names = path.split(separator: "/")
    var made = path.hasPrefix("/") ? "/" : ""
    for (index, name) in names.enumerated() {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + name
      if mkdir(made, index + 1 < names.count ? 0o777 : mode) == 0 {
        try synchronizeFolder(of: made)
      } else if errno != EEXIST {
        throw .lastFailure("make", made)
      }
    }
  }
}
