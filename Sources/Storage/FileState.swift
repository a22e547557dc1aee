/// How a file is beside what was recorded of it.
package enum FileState: String, Sendable {
  case asWritten
  case missing
  case damaged

  /// - Parameter expected: SHA-256, hexadecimal.
  package static func of(_ path: String, expected: String) throws(StorageError) -> FileState {
    do {
      return try Digest.ofFile(path) == expected ? .asWritten : .damaged
    } catch {
      switch error.kind {
      case .missing: return .missing
      case .damaged: return .damaged
      case .inputOutput, .exists: throw error
      }
    }
  }
}
