import Glibc

/// A loss distribution as weighted points: what integrals over it are sums of.
///
/// Gauss's rule on panels. A panel whose half width is h, of an integrand that is analytic and
/// grows by e^g at most at a distance d around it, errs by less than e^g times
/// e^(−2 nodes asinh(d/h)) of the integrand (Trefethen 2008, https://doi.org/10.1137/060659831); the
/// panels are so narrow that this is below e^−42.
struct LossPoints {
  /// Logarithms of the probabilities, of the observed population.
  private(set) var logWeights: [Double] = []
  private(set) var losses: [Double] = []

  /// The exponent of the error, relative to the integrand.
  private static let precision = 42.0
  private static let mostPoints = 300_000.0

  /// Points for the moments E[e^((tilt + it) loss)] with |t| up to `frequency`; nil when it takes
  /// too many.
  ///
  /// - Parameters:
  ///   - parts: a mixture; the weights add up to 1.
  ///   - logLeftOut: logarithm of the probability that is left out, at the most.
  init?(_ parts: [LossPart], tilt: Double, frequency: Double, logLeftOut: Double) {
    for part in parts {
      let loss = part.loss
      let end = -NormalDistribution.quantile(logProbability: logLeftOut - log(3))
      let start = min(
        -end,
        NormalDistribution.quantile(
          logProbability: min(-1e-9, logLeftOut - log(3) - log(loss.samplingRate)))
          - 1 / loss.sigma)
      let halfWidth = Self.halfWidth(loss, tilt: tilt, frequency: frequency, start: start)
      guard 8 * (end - start) / halfWidth < Self.mostPoints else { return nil }
      if loss.direction == .substitute {
        appendHalves(of: part, start...end, halfWidth)
      } else {
        append(part, start...end, halfWidth)
      }
    }
  }

  /// The losses above 0, an atom at 0, and the losses below it.
  private mutating func appendHalves(
    of part: LossPart, _ range: ClosedRange<Double>, _ halfWidth: Double
  ) {
    let loss = part.loss
    let edge = 0.5 / loss.sigma
    append(part, min(range.lowerBound, -edge)...(-edge), halfWidth)
    append(part, edge...max(range.upperBound, edge), halfWidth)
    let atom = (1 - loss.samplingRate) * erf(edge * 0.5.squareRoot())
    guard atom > 0 else { return }
    logWeights.append(log(part.weight * atom))
    losses.append(0)
  }

  /// Adds panels over places in standard deviations.
  private mutating func append(
    _ part: LossPart, _ range: ClosedRange<Double>, _ halfWidth: Double
  ) {
    let loss = part.loss
    let length = range.upperBound - range.lowerBound
    let panels = max(1, (length / (2 * halfWidth)).rounded(.up))
    let half = 0.5 * length / panels
    let logScale = log(part.weight * half) - 0.5 * log(2 * Double.pi)
    let logGauss = GaussRule.weights.map { log($0) }
    for panel in 0..<Int(panels) {
      let centre = range.lowerBound + (2 * Double(panel) + 1) * half
      for (node, logWeight) in zip(GaussRule.nodes, logGauss) {
        let place = centre + half * node
        let x = place * loss.sigma
        losses.append(loss.loss(at: x))
        logWeights.append(
          logScale + logWeight - 0.5 * place * place + loss.logDensityRatio(at: x))
      }
    }
  }

  /// The widest panels, in standard deviations.
  ///
  /// At an imaginary part of y σ² the argument of 1 − q + q e^w is at most y, and at most
  /// y p / (1 − p) where p = q e^w / (1 − q + q e^w) is below ½; its magnitude lies between cos(y/2)
  /// of that on the line and all of it.
  private static func halfWidth(
    _ loss: SubsampledGaussianLoss, tilt: Double, frequency: Double, start: Double
  ) -> Double {
    let q = loss.samplingRate
    let logOdds = log(q) - log1p(-q) + (-start - 0.5 / loss.sigma) / loss.sigma
    let share = logOdds < 0 ? exp(logOdds) : 1
    let turns = (loss.direction == .replace ? 2 : 1) * share
    let falling = loss.direction == .remove ? 0 : tilt * min(1, 2 * share)
    return (0..<48).map { step in
      let angle = 0.5 * Double.pi * pow(0.5, Double(step) / 2)
      let height = angle * loss.sigma
      let growth =
        0.5 * height * height + turns * frequency * angle - falling * log(cos(0.5 * angle))
      return height / sinh((precision + growth) / Double(2 * GaussRule.nodes.count))
    }.reduce(0, max)
  }
}

/// One of the losses of a mixture.
struct LossPart {
  let weight: Double
  let loss: SubsampledGaussianLoss
}

/// Gauss's rule with 16 nodes on −1…1.
enum GaussRule {
  static let nodes: [Double] = rule.map(\.node)
  static let weights: [Double] = rule.map(\.weight)

  /// Zeros of the Legendre polynomial by Newton's method.
  private static let rule: [(node: Double, weight: Double)] = (1...16).map { index in
    let count = 16.0
    var x = cos(Double.pi * (Double(index) - 0.25) / (count + 0.5))
    var slope = 1.0
    for _ in 0..<100 {
      var (value, before) = (1.0, 0.0)
      for degree in 1...16 {
        let n = Double(degree)
        (value, before) = (((2 * n - 1) * x * value - (n - 1) * before) / n, value)
      }
      slope = count * (x * value - before) / (x * x - 1)
      let step = value / slope
      x -= step
      if abs(step) < 1e-16 { break }
    }
    return (x, 2 / ((1 - x * x) * slope * slope))
  }
}
