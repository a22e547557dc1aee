import Glibc

/// How a phone decides, by events of its own past, which of three models it predicts with, or in which
/// mixture of what they predict: the global one, its own, and one of its past alone.
///
/// Interpolation of a global and local models after Mansour et al., "Three Approaches for Personalization
/// with Applications to Federated Learning", 2020 (https://arxiv.org/abs/2002.10619). The events were
/// foreseen by models that had been trained on what lay before them. As events are few, the phone leaves
/// the better of the two plain models only for a mixture that clearly named more of them.
package struct ModelChoice: Sendable {
  package static let models = 3
  /// In the order global, own, alone; all in quarters, plain models first.
  private static let allMixtures: [[Double]] = {
    let all = (0...4).flatMap { a in (0...(4 - a)).map { [a, $0, 4 - a - $0] } }
    let plain = all.filter { $0.contains(4) }
    return (plain + all.filter { !$0.contains(4) }).map { $0.map { Double($0) / 4 } }
  }()
  /// A mixture must gain so many times the root of the number of events on which it differs.
  private static let caution = 0.5

  private let mixtures: [[Double]]
  /// By mixture and event, whether the mixture named what came.
  private var hits: [[Bool]]
  /// By mixture, the sum of ln p.
  private var logarithms: [Double]
  /// The model that is as good as any before there are events.
  private let standard: [Double]
  /// The two that need no mixture.
  private let plain: [[Double]]

  /// - Parameter hasWholeGlobal: whether the global model is one to predict with, and no part of one, which
  ///   is never used.
  package init(hasWholeGlobal: Bool) {
    mixtures = Self.allMixtures.filter { hasWholeGlobal || $0[0] == 0 }
    hits = [[Bool]](repeating: [], count: mixtures.count)
    logarithms = [Double](repeating: 0, count: mixtures.count)
    standard = hasWholeGlobal ? [1, 0, 0] : [0, 1, 0]
    plain = [standard, [0, 0, 1]]
  }

  /// Adds an event.
  ///
  /// - Parameters:
  ///   - probabilities: of the candidates by each of the models, one after another; a model whose numbers
  ///     are not finite never names anything.
  ///   - target: what came.
  package mutating func add(_ probabilities: [Double], target: Int) {
    let count = probabilities.count / Self.models
    let sound = (0..<Self.models).map { model in
      probabilities[(model * count)..<((model + 1) * count)].allSatisfy(\.isFinite)
    }
    for (index, mixture) in mixtures.enumerated() {
      let used = (0..<Self.models).filter { mixture[$0] > 0 }
      guard used.allSatisfy({ sound[$0] }) else {
        hits[index].append(false)
        logarithms[index] -= 1e6
        continue
      }
      func mixed(_ candidate: Int) -> Double {
        used.reduce(0) { $0 + mixture[$1] * probabilities[$1 * count + candidate] }
      }
      let own = mixed(target)
      hits[index].append((0..<count).allSatisfy { $0 == target || mixed($0) < own })
      logarithms[index] += log(max(own, 1e-12))
    }
  }

  /// The weights of the three models, which sum to 1.
  package var weights: [Double] {
    guard let events = hits.first?.count, events > 0 else { return standard }
    let counts = hits.map { $0.lazy.filter { $0 }.count }
    func isBetter(_ one: Int, _ other: Int) -> Bool {
      (counts[one], logarithms[one]) > (counts[other], logarithms[other])
    }
    let base =
      mixtures.indices.filter { plain.contains(mixtures[$0]) }
      .reduce(nil as Int?) { best, next in best.map { isBetter(next, $0) ? next : $0 } ?? next }
      ?? 0
    var best = base
    for index in mixtures.indices where isBetter(index, best) {
      let changed = (0..<events).lazy.filter { hits[index][$0] != hits[base][$0] }.count
      let gain = Double(counts[index] - counts[base])
      if gain > Self.caution * Double(changed).squareRoot() { best = index }
    }
    return mixtures[best]
  }
}
