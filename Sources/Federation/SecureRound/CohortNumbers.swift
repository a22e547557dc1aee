/// What clients tell beside their updates: of one client, or summed over a cohort.
///
/// Inside an encoded vector these are coordinates like all others, so that a server behind secure
/// aggregation sees their sums and nothing else.
package struct CohortNumbers: Equatable, Sendable {
  /// Clients whose update is in the sum.
  package var reported = 0.0
  package var examples = 0.0
  /// Σ loss × examples over the first local epoch (nats).
  package var lossSum = 0.0
  /// Clients with nothing to learn from.
  package var idle = 0.0
  /// Clients whose update was not finite.
  package var diverged = 0.0
  /// Clients whose update was longer than the clipping bound.
  package var clipped = 0.0

  /// A loss above this says no more than that it is large (nats).
  static let largestLoss = 64.0

  package init() {}

  /// The numbers in the order of the vector.
  package init(metrics: [Double]) {
    precondition(metrics.count == 6)
    reported = metrics[0]
    examples = metrics[1]
    lossSum = metrics[2]
    idle = metrics[3]
    diverged = metrics[4]
    clipped = metrics[5]
  }

  package var metrics: [Double] { [reported, examples, lossSum, idle, diverged, clipped] }

  /// Names of the coordinates, for the hash that a session is bound to.
  static let names = ["reported", "examples", "loss_sum", "idle", "diverged", "clipped"]

  /// What each number of one client can be at most.
  static func bounds(largestExampleCount: Int) -> [Double] {
    let examples = Double(largestExampleCount)
    return [1, examples, largestLoss * examples, 1, 1, 1]
  }

  package static func += (left: inout Self, right: Self) {
    left = CohortNumbers(metrics: zip(left.metrics, right.metrics).map { $0 + $1 })
  }

  /// Mean training loss per example (nats); nil when nobody reported.
  package var meanLoss: Double? { examples > 0 ? lossSum / examples : nil }
}
