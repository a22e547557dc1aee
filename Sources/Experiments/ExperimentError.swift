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
  /// Further mistakes that were found at the same time, each a sentence.
  package var others: [String] = []

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The first of some mistakes, with the others; nil where there is none.
  init?(all mistakes: [ExperimentError]) {
    guard let first = mistakes.first else { return nil }
    self = first
    others += mistakes.dropFirst().flatMap { [$0.message] + $0.others }
  }

  /// The same, said about a part of the work such as a point of a sweep.
  func about(_ part: String) -> ExperimentError {
    var error = ExperimentError(code, "\(part): \(message)")
    error.others = others.map { "\(part): \($0)" }
    return error
  }

  /// Every sentence.
  package var sentences: [String] { [message] + others }

  package var description: String { sentences.joined(separator: " ") }
}
