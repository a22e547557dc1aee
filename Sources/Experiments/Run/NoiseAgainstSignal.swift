import Federation
import Foundation
import Privacy
import Tables

/// How large the noise on the mean update is, and beside it the mean update itself.
///
/// Updates are only seen with their noise: of |update + noise|² what the noise is expected to bring is
/// taken off. pfl-research calls the ratio `privacy_snr`.
package struct NoiseAgainstSignal: Codable, Equatable, Sendable {
  /// Expected Euclidean norm of the noise in the mean update of a round, root mean square of the rounds.
  package var noiseNorm: Double
  /// The largest norm that the mean update of a full cohort can have: the clipping bound, of the last
  /// round.
  package var clippingBound: Double
  /// Norm of the mean update without noise, the same way; nil before the run, where noise hides it, and
  /// where update_norm is not that of the mean.
  package var signalNorm: Double?
  /// Signal ÷ noise, of all rounds, of the first tenth and of the last.
  package var ratio: Double?
  package var firstRatio: Double?
  package var lastRatio: Double?
  /// True where noise hides the mean update of the rounds; nil otherwise.
  package var isHidden: Bool?

  /// Nil where the noise of a round is not known.
  ///
  /// - Parameter rounds: rounds.csv of a run; nil for what is planned.
  init?(_ configuration: Configuration, _ plan: PrivacyPlan?, rounds table: CSVTable?) {
    guard let noise = plan?.noiseOfRounds(configuration), !noise.isEmpty else { return nil }
    let perBound =
      Double(configuration.reportLength).squareRoot() / Double(configuration.training.cohortSize)
    guard let table else {
      let bound = configuration.privacy.initialClippingBound ?? 1
      let square = noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)
      (noiseNorm, clippingBound) = (square.squareRoot() * perBound * bound, bound)
      return
    }
    guard let norms = try? table.numbers("update_norm"),
      let bounds = try? table.numbers("clipping_bound"), let last = bounds.last ?? nil
    else { return nil }
    let all = zip(norms, bounds).enumerated().compactMap { index, row -> Round? in
      // The sum of an abandoned round was never used.
      guard let norm = row.0, norm > 0, let bound = row.1, noise.indices.contains(index) else {
        return nil
      }
      let own = noise[index] * bound * perBound
      return Round(square: norm * norm, noise: own * own)
    }
    guard !all.isEmpty else { return nil }
    clippingBound = last
    noiseNorm = (all.reduce(0) { $0 + $1.noise } / Double(all.count)).squareRoot()
    // Other algorithms and rules make something else of the mean before its norm is taken.
    guard [FedAvg.name, FedProx.name].contains(type(of: configuration.algorithm.algorithm).name),
      configuration.aggregation == .sum
    else { return }
    func ratio(_ rounds: ArraySlice<Round>) -> Double? {
      Round.ratio(rounds, dimension: configuration.reportLength)
    }
    let tenth = max(1, all.count / 10)
    self.ratio = ratio(all[...])
    firstRatio = ratio(all.prefix(tenth))
    lastRatio = ratio(all.suffix(tenth))
    signalNorm = self.ratio.map { $0 * noiseNorm }
    if self.ratio == nil { isHidden = true }
  }

  private struct Round {
    /// Of the mean update with its noise, and expected of the noise alone.
    var square: Double
    var noise: Double

    /// Nil where the signal is not larger than chance makes the noise.
    static func ratio(_ rounds: ArraySlice<Round>, dimension: Int) -> Double? {
      let square = rounds.reduce(0) { $0 + $1.square }
      let noise = rounds.reduce(0) { $0 + $1.noise }
      // Of one round |noise|² has a relative deviation of √(2/d).
      let deviation = (2 / (Double(dimension) * Double(rounds.count))).squareRoot()
      guard noise > 0, square > noise * (1 + 3 * deviation) else { return nil }
      return ((square - noise) / noise).squareRoot()
    }
  }

  /// In one sentence.
  package var sentence: String {
    func number(_ value: Double) -> String { String(format: "%.3g", value) }
    let share = number(noiseNorm / clippingBound)
    let noise =
      "Noise in the mean update of a round: expected norm \(number(noiseNorm)), \(share) of the clipping "
      + "bound"
    guard let ratio, let signalNorm else {
      return isHidden == true
        ? "\(noise); the mean update itself is too small beside it to be measured. That is of single rounds: "
          + "over many rounds noise averages out and updates add up, so only the accuracy tells what noise "
          + "costs."
        : "\(noise)."
    }
    let course =
      switch (firstRatio, lastRatio) {
      case (let first?, let last?):
        ", \(number(first)) in the first and \(number(last)) in the last rounds"
      case (let first?, nil):
        ", \(number(first)) in the first and hidden by the noise in the last rounds"
      default: ""
      }
    return "\(noise); the mean update itself: \(number(signalNorm)) (signal-to-noise ratio "
      + "\(number(ratio))\(course))."
  }
}
