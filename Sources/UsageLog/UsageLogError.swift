import Storage

/// Why a log cannot be imported, read or written: one sentence that names the place and the remedy.
package struct UsageLogError: Error, Equatable, CustomStringConvertible {
  /// What kind of failure it is; a program's exit code depends on it.
  package enum Kind: Sendable {
    /// The request contradicts itself.
    case usage
    /// The data is not what it should be.
    case badInput
    case missingFile
    /// The system refused to read or write.
    case inputOutput
  }

  package let kind: Kind
  package let description: String

  /// - Parameter words: the sentence without its full stop.
  package init(_ kind: Kind, _ words: String) {
    self.kind = kind
    description = "\(words)."
  }

  init(_ error: StorageError) {
    kind =
      switch error.kind {
      case .damaged: .badInput
      case .missing: .missingFile
      case .inputOutput, .exists: .inputOutput
      }
    description = error.message
  }
}

/// Runs `body`, whose errors become ours.
func explaining<Result>(
  _ body: () throws(StorageError) -> Result
) throws(UsageLogError) -> Result {
  do { return try body() } catch { throw UsageLogError(error) }
}
