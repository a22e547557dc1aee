import Foundation

/// Tails of the number of marked elements in a sample drawn without replacement.
struct HypergeometricTail {
  /// ln i! for i in 0...population.
  private let logFactorials: [Double]

  init(population: Int) {
    logFactorials = (0...population).map { lgamma(Double($0) + 1) }
  }

  private var population: Int { logFactorials.count - 1 }

  func logFactorial(_ number: Int) -> Double { logFactorials[number] }

  /// The smallest s with P[X > s] < probability.
  func upperQuantile(marked: Int, sampled: Int, probability: Double) -> Int {
    var bound = min(marked, sampled)
    var tail = 0.0
    while bound >= 0 {
      tail += mass(bound, marked: marked, sampled: sampled)
      if tail >= probability { return bound }
      bound -= 1
    }
    return bound
  }

  /// The largest t with P[X < t] < probability.
  func lowerQuantile(marked: Int, sampled: Int, probability: Double) -> Int {
    var bound = max(0, marked + sampled - population)
    var tail = 0.0
    while bound < sampled {
      tail += mass(bound, marked: marked, sampled: sampled)
      if tail >= probability { return bound }
      bound += 1
    }
    return bound
  }

  private func mass(_ count: Int, marked: Int, sampled: Int) -> Double {
    guard count >= 0, count <= marked, count <= sampled,
      population + count >= marked + sampled
    else { return 0 }
    let logMass =
      choose(marked, count) + choose(population - marked, sampled - count)
      - choose(population, sampled)
    return exp(logMass)
  }

  /// ln of the number of ways to choose; −∞ where there is none.
  func choose(_ total: Int, _ chosen: Int) -> Double {
    chosen < 0 || chosen > total
      ? -.infinity : logFactorials[total] - logFactorials[chosen] - logFactorials[total - chosen]
  }
}
