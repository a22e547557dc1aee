/// Hostile clients send the mean of the honest updates reversed, so that the inner product of what is
/// aggregated with what should have been becomes small or negative (IPM).
///
/// Knows every honest update of the round. Xie, Koyejo and Gupta, "Fall of Empires: Breaking Byzantine-Tolerant
/// SGD by Inner Product Manipulation", UAI 2019 (https://arxiv.org/abs/1903.03936). Small factors hide among the
/// honest updates; the mean reverses where hostile clients × epsilon exceed the honest ones.
package struct InnerProduct: Attack {
  package static let name = "inner_product"

  /// Length of what is sent over that of the honest mean.
  package var epsilon = 0.5

  package init() {}

  package static var knowledge: AttackKnowledge { .honestUpdates }

  package static let keys: [ConfigurationKey] = [
    .number(
      "epsilon", .positive(1e-6...1e6), of: Self.self, \.epsilon,
      "Length of the sent update, in lengths of the mean of the honest updates; the "
        + "direction is the opposite one.")
  ]

  package func forge(honest: [[Double]], hostile: Int) -> [Double]? {
    HonestMoments(honest)?.mean.map { -epsilon * $0 }
  }
}

/// Mean and standard deviation of the honest updates, by coordinate.
struct HonestMoments {
  let mean: [Double]
  /// Over all of them, not over one less: as the attack's authors do.
  let deviation: [Double]

  /// Nil of none.
  ///
  /// Sums run in the order given.
  init?(_ updates: [[Double]]) {
    guard let first = updates.first else { return nil }
    let count = Double(updates.count)
    var mean = [Double](repeating: 0, count: first.count)
    for update in updates { for index in mean.indices { mean[index] += update[index] } }
    for index in mean.indices { mean[index] /= count }
    var variance = [Double](repeating: 0, count: first.count)
    for update in updates {
      for index in variance.indices {
        let distance = update[index] - mean[index]
        variance[index] += distance * distance
      }
    }
    self.mean = mean
    deviation = variance.map { ($0 / count).squareRoot() }
  }
}
