/// Which two populations count as neighbours; an ε means nothing without it.
///
/// The unit of privacy is always one client.
package enum Adjacency: String, Codable, Sendable, CaseIterable {
  /// One client more or less: the sum moves by at most the clipping bound C.
  case addOrRemove = "add_or_remove"
  /// One client sends zero instead of its update, at the same places of the schedule: at most C.
  case zeroOut = "zero_out"
  /// One client is swapped for another: at most 2C.
  case replaceOne = "replace_one"

  /// Largest move of the sum, in clipping bounds.
  package var sensitivity: Double { self == .replaceOne ? 2 : 1 }
}
