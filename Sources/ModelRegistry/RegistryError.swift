import Storage

/// Why the registry cannot do what it was asked: one sentence that says what to do.
package struct RegistryError: Error, Equatable, CustomStringConvertible {
  /// What kind of failure it is; a program's exit code depends on it.
  package enum Kind: Sendable {
    /// The version is in no stage from which this can be done.
    case usage
    /// A file is not what was registered.
    case badData
    case missingInput
    case inputOutput
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  init(_ error: StorageError) {
    kind =
      switch error.kind {
      case .damaged: .badData
      case .missing: .missingInput
      case .inputOutput, .exists: .inputOutput
      }
    description = error.message
  }
}

/// Runs `body`, whose errors become ours.
func explaining<Result>(
  _ body: () throws(StorageError) -> Result
) throws(RegistryError) -> Result {
  do { return try body() } catch { throw RegistryError(error) }
}
