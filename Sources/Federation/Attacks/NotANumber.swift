import Models

/// A hostile client reports what is no number.
///
/// Knows nothing. A server that sees single updates leaves such a one out and counts it as diverged. Where
/// updates travel as residues there is no such value: a client that ignores the clip sends half the modulus
/// instead, the residue farthest from every update, and one that keeps to its codec sends a zero update.
package struct NotANumber: Attack {
  package static let name = "nan"

  package init() {}

  package static var altersScalars: Bool { true }

  package func alter(_ report: UnsafeMutableBufferPointer<Float>, _ context: AttackContext) {
    report.update(repeating: .nan)
  }
}
