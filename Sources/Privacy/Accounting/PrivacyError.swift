/// A privacy question that has no sound answer.
package enum PrivacyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No analysis known to us covers this combination.
  case unsupported(String)
  /// No parameter meets the demand.
  case infeasible(String)
  /// A number outside its domain.
  case invalid(String)

  package var description: String {
    switch self {
    case .unsupported(let reason), .infeasible(let reason), .invalid(let reason): reason
    }
  }
}
