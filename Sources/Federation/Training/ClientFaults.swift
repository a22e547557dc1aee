import LinearAlgebra

/// The moments of a round at which a client can vanish, in order.
package enum VanishingPoint: Int, Comparable, Sendable {
  case beforeKeys, afterShares, beforeUpload, afterUpload, beforeUnmask

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension Configuration {
  /// When `faults` makes this client vanish from this round; nil when it stays to the end.
  ///
  /// - Parameter step: which of the sums of the round it is about, each of which draws anew.
  package func vanishingPoint(of client: Int, round: Int, step: Int = 0) -> VanishingPoint? {
    // dropout_rate draws first, so that the other rates do not change whom it hits.
    let rates: [(point: VanishingPoint, rate: Double)] = [
      (.beforeUpload, faults.dropoutRate), (.beforeKeys, faults.beforeKeysRate),
      (.afterShares, faults.afterSharesRate), (.afterUpload, faults.afterUploadRate),
      (.beforeUnmask, faults.beforeUnmaskRate),
    ]
    guard rates.contains(where: { $0.rate > 0 }) else { return nil }
    // Ids are below 2^40.
    var stream = stream(.dropout, round: round, client: step << 40 | client)
    return rates.filter { stream.chance($0.rate) }.map(\.point).min()
  }

  /// Whether `faults` lets this client vanish from this round before it sends its update.
  package func drops(_ client: Int, round: Int) -> Bool {
    vanishingPoint(of: client, round: round).map { $0 <= .beforeUpload } ?? false
  }
}
