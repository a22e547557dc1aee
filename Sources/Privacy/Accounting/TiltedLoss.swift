import Glibc

/// The characteristic function of one release's loss, tilted: E[e^((θ + it) loss)] ÷ E[e^(θ loss)].
///
/// Kept as logarithm of the magnitude and phase at multiples of a step, as far as was asked for;
/// they depend on the release, θ and the step alone.
struct TiltedLoss {
  /// log E[e^(θ loss)].
  let logMoment: Double
  /// Of the loss under the tilted law.
  let mean: Double
  let variance: Double
  private let parts: [LossPart]
  private let tilt: Double
  private let logLeftOut: Double
  private var step = 0.0
  private var logMagnitudes: [Double] = []
  private var phases: [Double] = []
  /// The points of the frequencies asked for last.
  private var points = TiltedPoints()
  private var pointsFrequency = -1.0
  /// Points × frequencies so far.
  private(set) var work = 0

  /// Frequencies that are computed at a time.
  static let block = 64

  /// Nil when it takes too many points.
  ///
  /// - Parameter logLeftOut: logarithm of the probability that the points leave out, at the most.
  init?(_ parts: [LossPart], tilt: Double, logLeftOut: Double) {
    self.parts = parts
    self.tilt = tilt
    self.logLeftOut = logLeftOut
    guard let points = LossPoints(parts, tilt: tilt, frequency: 0, logLeftOut: logLeftOut) else {
      return nil
    }
    let exponents = zip(points.logWeights, points.losses).map { $0 + tilt * $1 }
    let highest = exponents.reduce(-Double.infinity, max)
    let weights = exponents.map { exp($0 - highest) }
    let total = compensatedSum(weights)
    logMoment = highest + log(total)
    mean = compensatedSum(zip(weights, points.losses).map { $0 * $1 }) / total
    let centre = mean
    variance =
      compensatedSum(zip(weights, points.losses).map { $0 * ($1 - centre) * ($1 - centre) }) / total
  }

  /// Calls `body` with the logarithms of the magnitudes and the phases of a block of frequencies.
  ///
  /// They are those of the loss around its mean, at `block` × `Self.block` × step and on. Returns
  /// false when that would take more than `mostWork` in all.
  mutating func withBlock(
    _ block: Int, step: Double, mostWork: Int,
    _ body: (_ logMagnitudes: ArraySlice<Double>, _ phases: ArraySlice<Double>) -> Void
  ) -> Bool {
    if step != self.step {
      self.step = step
      (logMagnitudes, phases, work) = ([], [], 0)
    }
    while logMagnitudes.count <= block * Self.block {
      guard work < mostWork, appendBlock() else { return false }
    }
    let range = (block * Self.block)..<((block + 1) * Self.block)
    body(logMagnitudes[range], phases[range])
    return true
  }

  private mutating func appendBlock() -> Bool {
    let start = logMagnitudes.count
    let highest = Double(start + Self.block) * step
    // Points serve all frequencies up to a power of two, so that they are made seldom.
    let frequency = pow(2, log2(highest).rounded(.up))
    if frequency != pointsFrequency {
      guard
        let points = LossPoints(
          parts, tilt: tilt, frequency: frequency, logLeftOut: logLeftOut)
      else { return false }
      self.points = TiltedPoints(points, tilt: tilt, logMoment: logMoment, mean: mean)
      pointsFrequency = frequency
    }
    work += points.count * Self.block
    let (real, imaginary) = points.transform(from: start, count: Self.block, step: step)
    for (re, im) in zip(real, imaginary) {
      logMagnitudes.append(0.5 * log(re * re + im * im))
      phases.append(atan2(im, re))
    }
    return true
  }
}

/// Points of a tilted law around its mean, four abreast.
private struct TiltedPoints {
  private var weights: [SIMD4<Double>] = []
  private var deviations: [SIMD4<Double>] = []

  var count: Int { 4 * weights.count }

  init() {}

  init(_ points: LossPoints, tilt: Double, logMoment: Double, mean: Double) {
    let size = (points.losses.count + 3) / 4
    weights = [SIMD4<Double>](repeating: .zero, count: size)
    deviations = weights
    for (index, (logWeight, loss)) in zip(points.logWeights, points.losses).enumerated() {
      weights[index / 4][index % 4] = exp(logWeight + tilt * loss - logMoment)
      deviations[index / 4][index % 4] = loss - mean
    }
  }

  /// Σ weight × e^(i k step deviation) for k from `start` on.
  func transform(
    from start: Int, count: Int, step: Double
  ) -> (real: [Double], imaginary: [Double]) {
    var real = [SIMD4<Double>](repeating: .zero, count: count)
    var imaginary = real
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in
        for (weight, deviation) in zip(weights, deviations) {
          // The first frequency exactly, the others by turning.
          let angle = deviation * (Double(start) * step)
          let turn = deviation * step
          var re = weight * Self.map(angle, cos)
          var im = weight * Self.map(angle, sin)
          let cosine = Self.map(turn, cos)
          let sine = Self.map(turn, sin)
          for k in 0..<count {
            real[k] += re
            imaginary[k] += im
            (re, im) = (re * cosine - im * sine, re * sine + im * cosine)
          }
        }
      }
    }
    return (real.map { $0.sum() }, imaginary.map { $0.sum() })
  }

  @inline(__always)
  private static func map(_ x: SIMD4<Double>, _ function: (Double) -> Double) -> SIMD4<Double> {
    SIMD4(function(x[0]), function(x[1]), function(x[2]), function(x[3]))
  }
}

/// The sum without the rounding of its length (Neumaier 1974).
func compensatedSum(_ values: [Double]) -> Double {
  var sum = 0.0
  var lost = 0.0
  for value in values {
    let next = sum + value
    lost += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
    sum = next
  }
  return sum + lost
}
