import Glibc
import Privacy

/// Hostile clients send the honest mean less z honest standard deviations, by coordinate: too near to be
/// told apart, and all on one side (ALIE).
///
/// Knows every honest update of the round. Baruch, Baruch and Goldberg, "A Little Is Enough: Circumventing
/// Defenses for Distributed Learning", NeurIPS 2019 (https://arxiv.org/abs/1902.06156).
package struct LittleIsEnough: Attack {
  package static let name = "little_is_enough"

  /// Nil for the largest at which enough honest clients lie farther out than the hostile ones.
  package var deviations = Setting<Double>()

  package init() {}

  package static var knowledge: AttackKnowledge { .honestUpdates }

  package static let keys: [ConfigurationKey] = [
    .optionalNumber(
      "deviations", .closed(0...1e6), of: Self.self, \.deviations,
      "Distance from the honest mean, in honest standard deviations. If left out, the largest "
        + "one that the paper allows."
    )
  ]

  package func forge(honest: [[Double]], hostile: Int) -> [Double]? {
    guard let moments = HonestMoments(honest) else { return nil }
    let z =
      deviations.value
      ?? Self.largestDeviation(clients: honest.count + hostile, hostile: hostile)
    return zip(moments.mean, moments.deviation).map { $0 - z * $1 }
  }

  /// Φ⁻¹((n − m − s) ÷ (n − m)) with s = ⌊n/2 + 1⌋ − m, the honest clients that make hostile ones a majority;
  /// 0 where so few honest ones are left that there is no such number.
  package static func largestDeviation(clients n: Int, hostile m: Int) -> Double {
    let honest = n - m
    // A majority of hostile clients needs no supporter; with one the distance stays finite.
    let supporters = max(1, n / 2 + 1 - m)
    guard honest > supporters else { return 0 }
    return NormalQuantile.of(
      logProbability: log(Double(honest - supporters) / Double(honest)))
  }
}
