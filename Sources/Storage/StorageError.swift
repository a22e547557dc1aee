import Glibc

/// What is wrong with a file or a folder: one sentence that names it and says what to do.
package struct StorageError: Error, Equatable, CustomStringConvertible {
  package enum Kind: Sendable {
    /// Is not what was written.
    case damaged
    case missing
    case inputOutput
    /// The name is taken already.
    case exists
  }

  package var kind: Kind
  package var message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  package var description: String { message }

  /// Whether it is this user who may not read or write there.
  package private(set) var isDenied = false

  /// The current errno as an error about a file or a folder that cannot be read.
  package static func unreadable(_ path: String) -> StorageError {
    let code = errno
    let advice =
      switch code {
      case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
      case EACCES, EPERM: "make it readable"
      case EIO: "check the disk, then try again"
      default: "make it readable, then try again"
      }
    var error = StorageError(
      .inputOutput, "\(path): cannot be read: \(String(cString: strerror(code))); \(advice).")
    error.isDenied = code == EACCES || code == EPERM
    return error
  }

  /// The current errno as an error about one file.
  package static func lastFailure(_ action: String, _ path: String) -> StorageError {
    let code = errno
    // Verbs that make a folder have --out; others, such as resume, write where it is.
    let place = action == "make" ? "choose a folder with --out that" : "use a folder that"
    let advice =
      switch code {
      case ENOSPC, EDQUOT: "free some space and try again"
      case EFBIG: "raise the limit of file size (ulimit -f)"
      case EMFILE: "raise the limit of open files (ulimit -n)"
      case EROFS, EACCES, EPERM: "\(place) you may write to"
      default: "\(place) is there and that you may write to"
      }
    return StorageError(
      code == EEXIST || code == ENOTEMPTY ? .exists : .inputOutput,
      "\(path): cannot \(action): \(String(cString: strerror(code))); \(advice).")
  }
}
