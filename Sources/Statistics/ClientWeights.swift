/// What clients weigh in means over predictions, so that none of them makes a mean alone.
package enum ClientWeights {
  /// What a prediction of each client weighs, so that none counts more than so many times the median
  /// client; nil when none would.
  ///
  /// Of an even number of clients the median is the smaller of the two in the middle: of two, one
  /// would lift a median between them at will.
  ///
  /// - Parameters:
  ///   - predictions: of each client.
  ///   - largest: nil is no limit.
  package static func limited(_ predictions: [Double], to largest: Double?) -> [Double]? {
    let sizes = predictions.filter { $0 > 0 }.sorted()
    guard let largest, let median = sizes.isEmpty ? nil : sizes[(sizes.count - 1) / 2],
      sizes[sizes.count - 1] > largest * median
    else { return nil }
    return predictions.map { $0 > 0 ? min(1, largest * median / $0) : 1 }
  }

  /// Clients below which it is no wonder that one of them holds much of all weight.
  private static let enough = 20

  /// The largest part of all weight that one client holds, where that is unusual: more than 5 %, and
  /// more than three times its share, among 20 clients or more; nil elsewhere.
  ///
  /// - Parameter totals: the weight of all predictions of each client together.
  package static func unusualShare(_ totals: [Double]) -> Double? {
    let totals = totals.filter { $0 > 0 }
    guard totals.count >= enough, let most = totals.max() else { return nil }
    let share = most / totals.reduce(0, +)
    return share > 0.05 && share * Double(totals.count) > 3 ? share : nil
  }
}
