/// A problem the user can solve: one sentence, and the exit code that scripts see (sysexits).
package struct ExperimentError: Error, Equatable, CustomStringConvertible {
  package enum Code: Int32, Sendable {
    case usage = 64
    case badData = 65
    case missingInput = 66
    case inputOutput = 74
    case resumable = 75
    case invalidConfiguration = 78
    case interrupted = 130
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
