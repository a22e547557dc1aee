import Glibc
import Privacy

/// App ranks and the end of training, selected from everybody's data with noise that ε pays for.
///
/// Apps: each client counts for at most `appsPerClient` apps, the counts get Gaussian noise, and an
/// app is only told of above a threshold that an app of one client alone passes with the small
/// probability `tailDelta` (Gopi et al., "Differentially Private Set Union", ICML 2020,
/// https://arxiv.org/abs/2002.09745). End: a bisection for the day by which half of the clients had
/// their last, each step a count with noise.
package struct PrivateSelection: Equatable, Sendable {
  /// Standard deviation of the noise ÷ the Euclidean norm of what one client adds to the counts.
  let noiseMultiplier: Double
  /// Apps that one client counts for.
  package let appsPerClient: Int
  let selectsApps: Bool
  let selectsEnd: Bool
  /// Probability that the apps of one client alone show; 0 where no apps are selected.
  package let tailDelta: Double

  /// Days of the bisection, from 1970 on: 2^17, up to 2328.
  private static let steps = 17
  private static let fractionBits = 20
  /// Part of δ that goes to the threshold.
  private static let tailShare = 0.1

  /// Nil where nothing is to be selected.
  package init?(_ configuration: Configuration, delta: Double) {
    let population = configuration.population
    selectsApps = population.vocabularyFile.value == nil
    selectsEnd = population.trainingEnd.value == nil
    guard population.source == .file, configuration.privacy.mechanism != .none,
      let noise = configuration.privacy.selection.noiseMultiplier.value, selectsApps || selectsEnd
    else { return nil }
    noiseMultiplier = noise
    appsPerClient = configuration.privacy.selection.apps
    tailDelta = selectsApps ? Self.tailShare * delta : 0
  }

  /// What it costs beside `tailDelta`: one Gaussian for the apps, one for the end.
  package var events: [PrivacyEvent] {
    [
      PrivacyEvent(
        .gaussian(noiseMultiplier: noiseMultiplier),
        count: (selectsApps ? 1 : 0) + (selectsEnd ? 1 : 0))
    ]
  }

  /// What `tailDelta` adds to ε: an app of one client alone is missing with probability 1 - tailDelta,
  /// and both neighbours may have one.
  package var tailEpsilon: Double { -2 * log1p(-tailDelta) }

  /// Clients that an app must have, after noise, to be told of.
  var threshold: Double {
    let logProbability = log1p(-tailDelta) / Double(appsPerClient)
    return 1 + deviation * NormalQuantile.of(logProbability: logProbability)
  }

  private var deviation: Double { noiseMultiplier * Double(appsPerClient).squareRoot() }

  /// The selected apps, the one with the largest noisy count first, as positions in `clients`.
  ///
  /// - Parameters:
  ///   - clients: by app, clients that count for it: at most `appsPerClient` apps of each client.
  ///   - names: by app; among equal counts the name decides.
  package func apps(
    clients: [Int], names: [String], _ configuration: Configuration
  ) -> [Int] {
    // By name, so that the numbering of the log, which follows from everybody's data, decides nothing.
    let order = names.indices.filter { clients[$0] > 0 }.sorted { names[$0] < names[$1] }
    let noisy = noised(order.map { clients[$0] }, deviation, configuration, step: 0)
    let least = threshold * Double(1 << Self.fractionBits)
    let selected = order.indices.filter { Double(noisy[$0]) > least }
    return selected.sorted { (noisy[$1], $0) < (noisy[$0], $1) }.map { order[$0] }
  }

  /// The first day, since 1970, by which about half of the clients had their last.
  ///
  /// - Parameters:
  ///   - days: the last day of each client that has one, since 1970.
  ///   - clients: how many there are, with and without.
  package func endDay(days: [Int], clients: Int, _ configuration: Configuration) -> Int {
    let deviation = noiseMultiplier * Double(Self.steps).squareRoot()
    var low = 0
    var high = 1 << Self.steps
    for step in 1...Self.steps {
      let middle = (low + high) / 2
      let count = noised([days.count { $0 < middle }], deviation, configuration, step: step)[0]
      if 2 * count >= clients << Self.fractionBits { high = middle } else { low = middle }
    }
    return low
  }

  private func noised(
    _ counts: [Int], _ deviation: Double, _ configuration: Configuration, step: Int
  ) -> [Int] {
    var sum = counts.map { Int64($0) << Self.fractionBits }
    var stream = configuration.noiseStream(.selection, round: step)
    sum.withUnsafeMutableBufferPointer {
      GaussianNoise.add(
        deviation: deviation * Double(1 << Self.fractionBits), to: $0, using: &stream)
    }
    return sum.map(Int.init)
  }
}

extension Configuration {
  /// δ of the whole run.
  ///
  /// - Parameter clients: registered clients of the population.
  package func delta(clients: Int) -> Double {
    privacy.delta.value ?? min(1e-5, 1 / (10 * Double(clients)))
  }

  /// Whether the app ranks and the end of training follow from everybody's data without noise.
  package var looksAtEverybody: Bool {
    population.source == .file && privacy.selection.noiseMultiplier.value == nil
      && (population.vocabularyFile.value == nil || population.trainingEnd.value == nil)
  }
}
