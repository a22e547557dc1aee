/// Why a figure or a report cannot be made: one sentence.
package struct ReportError: Error, Equatable, CustomStringConvertible {
  package enum Kind: Sendable {
    /// The folder holds what it should, but not what this figure needs.
    case badData
    case missingInput
    case inputOutput
    /// A program this needs is not installed.
    case missingProgram
    /// Whoever waits for it wants it to stop.
    case interrupted
    /// What was asked for is not there to be asked for.
    case badUsage
  }

  package var kind: Kind
  package var message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  package var description: String { message }
}
