import Glibc

/// Solves a privacy budget for the noise or for the number of rounds, from the safe side.
package struct Calibration: Sendable {
  package let epsilon: Double
  package let delta: Double
  package let adjacency: Adjacency
  package let accountant: Accountant

  package init(
    epsilon: Double, delta: Double, adjacency: Adjacency, accountant: Accountant = .automatic
  ) {
    self.epsilon = epsilon
    self.delta = delta
    self.adjacency = adjacency
    self.accountant = accountant
  }

  /// A solution's ε lies at most this share below the target.
  private static let tolerance = 1e-5
  /// Stands for the logarithm of an ε of 0.
  private static let leastExcess = -50.0

  /// The smallest noise multiplier, but for the tolerance, with which `events` stay in budget.
  package func noiseMultiplier(
    events: (_ noiseMultiplier: Double) -> [PrivacyEvent]
  ) throws(PrivacyError) -> Double {
    guard epsilon > 0, epsilon.isFinite else {
      throw .invalid("the target ε = \(epsilon) is not a positive number")
    }
    var accounting = PrivacyAccountant(adjacency: adjacency, accountant: accountant)
    // log(ε/target): close to linear in the logarithm of the noise.
    func excess(_ logNoise: Double) throws(PrivacyError) -> Double {
      let guarantee = try accounting.guarantee(of: events(exp(logNoise)), delta: delta)
      return max(log(guarantee.epsilon / epsilon), Self.leastExcess)
    }
    var low = 0.0
    var high = 0.0
    var excessLow = try excess(0)
    var excessHigh = excessLow
    while excessHigh > 0 {
      guard high < 30 else {
        throw .infeasible("no noise multiplier below 1e13 reaches ε = \(epsilon)")
      }
      (low, excessLow) = (high, excessHigh)
      high += log(2)
      excessHigh = try excess(high)
    }
    if excessLow == Self.leastExcess {
      // ε is 0, as δ alone covers the loss: most often it does for the least noise as well.
      var least = low
      while least > -7 { least -= log(2) }
      if try excess(least) <= 0 { return exp(least) }
    }
    while excessLow <= 0 {
      guard low > -7 else { return exp(low) }
      (high, excessHigh) = (low, excessLow)
      low -= log(2)
      excessLow = try excess(low)
    }
    // False position; when the same end stays twice, its weight is halved (the Illinois rule).
    var weightLow = excessLow
    var weightHigh = excessHigh
    var movedLow: Bool?
    while excessHigh < -Self.tolerance, high - low > 1e-9 {
      let secant = (weightLow * high - weightHigh * low) / (weightLow - weightHigh)
      // Aims a little to the safe side so that the last step ends there.
      let aim = secant + 0.25 * Self.tolerance
      let next = aim > low && aim < high ? aim : 0.5 * (low + high)
      let value = try excess(next)
      if value > 0 {
        (low, weightLow) = (next, value)
        if movedLow == true { weightHigh /= 2 }
        movedLow = true
      } else {
        (high, excessHigh, weightHigh) = (next, value, value)
        if movedLow == false { weightLow /= 2 }
        movedLow = false
      }
    }
    return exp(high)
  }

  /// The largest number of rounds with which `events` stay in budget.
  package func rounds(
    atMost limit: Int = 1 << 24, events: (_ rounds: Int) -> [PrivacyEvent]
  ) throws(PrivacyError) -> Int {
    var accounting = PrivacyAccountant(adjacency: adjacency, accountant: accountant)
    func isInBudget(_ rounds: Int) throws(PrivacyError) -> Bool {
      try accounting.guarantee(of: events(rounds), delta: delta).epsilon <= epsilon
    }
    guard try isInBudget(1) else {
      throw .infeasible("already one round spends more than ε = \(epsilon)")
    }
    var low = 1
    var high = 2
    while high <= limit, try isInBudget(high) {
      low = high
      high *= 2
    }
    high = min(high, limit + 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if try isInBudget(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
