import Glibc
import UsageData

/// How much surer or less sure of itself a model should be on one phone, from the phone's own past.
///
/// One number divides all scores before they become probabilities (Guo, Pleiss, Sun and Weinberger,
/// "On Calibration of Modern Neural Networks", ICML 2017, https://arxiv.org/abs/1706.04599): the
/// order of the apps stays. It minimises the cross-entropy of the latest examples; a prior worth a
/// few examples keeps it near 1 while there are few. It stays 1 unless those examples show at 95 %
/// that another one is better (likelihood-ratio test): the noise of a needless fit costs calibration.
package struct TemperatureScaling: Sendable {
  /// Latest examples that count.
  package static let memory = 128
  private static let priorWeight = 10.0
  /// Of the inverse temperature.
  private static let range = 0.25...4.0
  /// 95 % of a χ² distribution with one degree of freedom.
  private static let evidence = 3.841_458_820_694_124

  private static let stride = FeatureState.maximumCandidates
  /// A ring: memory × stride, then how many scores and which of them was opened.
  private var scores = [Float](repeating: 0, count: memory * stride)
  private var counts: [Int] = []
  private var targets: [Int] = []
  private var next = 0

  package init() {}

  package var examples: Int { counts.count }

  /// Remembers one example in place of the oldest.
  ///
  /// - Parameters:
  ///   - newest: log-probabilities up to a constant, one per candidate.
  ///   - target: position of the opened app; an example without it teaches nothing.
  package mutating func add(_ newest: ArraySlice<Float>, target: Int?) {
    guard let target, newest.count <= Self.stride, newest.allSatisfy(\.isFinite) else { return }
    if counts.count < Self.memory {
      counts.append(newest.count)
      targets.append(target)
    } else {
      counts[next] = newest.count
      targets[next] = target
    }
    for (position, score) in newest.enumerated() { scores[next * Self.stride + position] = score }
    next = (next + 1) % Self.memory
  }

  /// What to divide the scores by.
  package var temperature: Double {
    let fitted = fitted
    let gain = logLikelihood(1 / fitted) - logLikelihood(1)
    return 2 * gain > Self.evidence ? fitted : 1
  }

  /// The minimum, whether the examples show that it is better than 1 or not.
  package var fitted: Double {
    var inverse = 1.0
    // Newton's method on a convex function of the inverse temperature.
    for _ in 0..<20 {
      var slope = Self.priorWeight * (inverse - 1)
      var curvature = Self.priorWeight
      for example in counts.indices {
        let own = scores(of: example)
        let highest = own.reduce(-Double.infinity, max)
        var weight = 0.0
        var first = 0.0
        var second = 0.0
        for score in own {
          let share = exp(inverse * (score - highest))
          weight += share
          first += share * score
          second += share * score * score
        }
        let mean = first / weight
        slope += mean - own[targets[example]]
        curvature += second / weight - mean * mean
      }
      let step = slope / curvature
      inverse = min(max(inverse - step, Self.range.lowerBound), Self.range.upperBound)
      if abs(step) < 1e-9 { break }
    }
    return 1 / inverse
  }

  private func scores(of example: Int) -> [Double] {
    scores[(example * Self.stride)...].prefix(counts[example]).map(Double.init)
  }

  /// Of the remembered examples, in nats.
  private func logLikelihood(_ inverse: Double) -> Double {
    counts.indices.reduce(0) { sum, example in
      let own = scores(of: example)
      let highest = own.reduce(-Double.infinity, max)
      let weight = own.reduce(0) { $0 + exp(inverse * ($1 - highest)) }
      return sum + inverse * (own[targets[example]] - highest) - log(weight)
    }
  }
}
