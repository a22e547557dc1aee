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
