/// The exchanges of a session of secure aggregation, in order; a round in clear has `input` alone.
package enum AggregationStage: Int, CaseIterable, Comparable, Sendable {
  case keys, shares, input, confirmation, unmasking

  package var name: String { "\(self)" }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
