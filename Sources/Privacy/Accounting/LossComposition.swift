import Glibc

/// The sum of independent privacy losses, kept as its Fourier coefficients.
///
/// Composing convolves distributions, so coefficients multiply: T releases of one kind are the
/// T-th power. The power is zero to rounding at almost every frequency, and a tail sum is a
/// geometric series per frequency; so ε costs a few passes over the frequencies that survive,
/// and no inverse transform. Koskela, Jälkö and Honkela 2020 (https://arxiv.org/abs/1906.03049)
/// introduced the Fourier accountant; the losses are those of `PrivacyLossDistribution`.
///
/// The distributions may have been tilted, all by the same θ: p̃ = p e^(θ loss) ÷ E[e^(θ loss)]. Then
/// the sum lies where δ(ε) comes from, and rounding is relative to δ instead of to 1.
struct LossComposition {
  /// Probability that the sum leaves the window it is computed in, counted as an infinite loss.
  static let tailMass = 1e-15
  /// What the rounding of one release's coefficients may move a coefficient of the sum by.
  ///
  /// A transform of 2^20 numbers that add up to 1 errs by less than 2^-49 in a coefficient: twenty
  /// steps of a few units each, in all directions. Logarithm and phase of one that survives to the
  /// power of T are then wrong by no more than about that, and T releases multiply it by T.
  static let roundingError = 0x1p-49

  private let interval: Double
  /// The loss at relative index r is (origin + r) × interval.
  private let origin: Int
  /// Relative indices r that are summed over: one period of the transform.
  private let window: Range<Int>
  private let infiniteMass: Double
  /// θ × interval.
  private let decay: Double
  /// Σ log E[e^(θ loss)].
  private let logMoment: Double
  /// What rounding may move a tail sum by, before the tilt is undone.
  private var error = 0.0
  /// Coefficient 0 ÷ size: the finite mass per index.
  private let mean: Double
  /// Frequencies (in turns per size) that survive, and their terms of the tail sums.
  private var frequencies: [Int32] = []
  private var terms: [TailTerm] = []
  /// Σ of all terms turned to the end of the window.
  private var end = (upper: 0.0, lower: 0.0)

  /// Coefficients of one frequency in Σ p and Σ p e^(−loss).
  private struct TailTerm {
    var upperReal: Double
    var upperImaginary: Double
    var lowerReal: Double
    var lowerImaginary: Double
  }

  /// Composes `parts`, which share one grid.
  ///
  /// - Parameters:
  ///   - window: relative indices that hold the sum but for `tailMass`; its length is the
  ///     power of two all `spectra` were computed with.
  ///   - isCertain: whether rounding counts as loss as well.
  ///   - tailMass: probability of a sum above the window.
  init(
    _ parts: [(spectrum: LossSpectrum, count: Int)], window: Range<Int>, isCertain: Bool,
    tailMass: Double
  ) {
    let size = window.count
    self.window = window
    interval = parts[0].spectrum.interval
    origin = parts.reduce(0) { $0 + $1.count * $1.spectrum.first }
    let finite = parts.reduce(0) { $0 + Double($1.count) * log1p(-$1.spectrum.infiniteMass) }
    infiniteMass = tailMass - expm1(finite)
    decay = parts[0].spectrum.tilt * interval
    logMoment = parts.reduce(0) { $0 + Double($1.count) * $1.spectrum.logMoment }
    let logSum = parts.reduce(0) { $0 + Double($1.count) * $1.spectrum.logMagnitudes[0] }
    mean = exp(logSum) / Double(size)
    var magnitudes = decay > 0 ? mean / -expm1(-decay) : 1

    for frequency in Self.survivors(parts) {
      var logMagnitude = 0.0
      var phase = 0.0
      for part in parts {
        logMagnitude += Double(part.count) * part.spectrum.logMagnitudes[frequency]
        phase += Double(part.count) * part.spectrum.phases[frequency]
      }
      // Each frequency below the last stands for its mirror image too.
      let weight = frequency == size / 2 ? 1.0 : 2.0
      let magnitude = weight * exp(logMagnitude) / Double(size)
      frequencies.append(Int32(frequency))
      terms.append(
        Self.term(
          magnitude * cos(phase), magnitude * sin(phase),
          angle: 2 * Double.pi * Double(frequency) / Double(size), decay: decay,
          interval: interval))
      if decay > 0, let term = terms.last {
        magnitudes += hypot(term.upperReal, term.upperImaginary)
      }
    }
    if isCertain {
      error = parts.reduce(64) { $0 + Double($1.count) } * Self.roundingError * magnitudes
    }
    end = turned(to: window.upperBound)
  }

  /// Frequencies above 0 whose coefficient is not zero to rounding.
  private static func survivors(_ parts: [(spectrum: LossSpectrum, count: Int)]) -> [Int] {
    var logMagnitudes = [Double](repeating: 0, count: parts[0].spectrum.logMagnitudes.count)
    for part in parts {
      let count = Double(part.count)
      let own = part.spectrum.logMagnitudes
      for index in logMagnitudes.indices { logMagnitudes[index] += count * own[index] }
    }
    // Smaller coefficients change a sum of probabilities by less than 1e-19.
    return logMagnitudes.indices.dropFirst().filter { logMagnitudes[$0] > -45 }
  }

  /// The coefficient divided by 1 − e^(i angle − decay) and by 1 − e^(i angle − decay − interval).
  private static func term(
    _ real: Double, _ imaginary: Double, angle: Double, decay: Double, interval: Double
  ) -> TailTerm {
    let sine = sin(angle)
    let halfSine = sin(0.5 * angle)
    // 1 − cos θ, without cancellation.
    let versine = 2 * halfSine * halfSine
    let kept = exp(-decay)
    let upper = divide(real, imaginary, by: kept * versine - expm1(-decay), -kept * sine)
    let keptLower = exp(-decay - interval)
    let lower = divide(
      real, imaginary, by: keptLower * versine - expm1(-decay - interval), -keptLower * sine)
    return TailTerm(
      upperReal: upper.real, upperImaginary: upper.imaginary,
      lowerReal: lower.real, lowerImaginary: lower.imaginary)
  }

  /// The smallest ε ≥ 0 with a hockey-stick divergence of at most `delta`.
  func epsilon(delta: Double) -> Double {
    guard infiniteMass <= delta else { return .infinity }
    // The first grid loss ≥ 0 whose divergence is small enough: ε lies just below it.
    var low = max(-origin, window.lowerBound)
    guard low < window.upperBound else { return 0 }
    var sums = tails(from: low)
    if infiniteMass + sums.upper - sums.lower <= delta {
      return max(0, Double(origin + low) * interval)
    }
    var high = window.upperBound
    var last = (upper: 0.0, lower: 1.0)
    while high - low > 1 {
      let middle = (low + high) / 2
      sums = tails(from: middle)
      if infiniteMass + sums.upper - sums.lower <= delta {
        high = middle
        last = sums
      } else {
        low = middle
      }
    }
    // Nothing of the window is certain enough.
    guard high < window.upperBound else { return .infinity }
    let loss = Double(origin + high) * interval
    return max(0, loss + log((infiniteMass + last.upper - delta) / last.lower))
  }

  /// Σ p_r and Σ p_r e^(−loss_r + loss_start) over start ≤ r < window end.
  private func tails(from start: Int) -> (upper: Double, lower: Double) {
    let sums = turned(to: start)
    let length = Double(window.upperBound - start)
    let upper =
      decay == 0
      ? mean * length + sums.upper - end.upper
      : mean * expm1(-decay * length) / expm1(-decay) + sums.upper
        - exp(-decay * length) * end.upper
    let decayLower = decay + interval
    let lower =
      mean * expm1(-decayLower * length) / expm1(-decayLower) + sums.lower
      - exp(-decayLower * length) * end.lower
    guard decay > 0 || error > 0 else { return (upper, lower) }
    let scale = exp(logMoment - decay * Double(origin + start))
    return (scale * (upper + error), scale * lower)
  }

  /// Σ of the terms, each turned by its frequency × `index`.
  private func turned(to index: Int) -> (upper: Double, lower: Double) {
    let wheel = Wheel(step: index, size: window.count, highest: Int(frequencies.last ?? 0))
    var upper = 0.0
    var lower = 0.0
    for (frequency, term) in zip(frequencies, terms) {
      let (cosine, sine) = wheel.turned(Int(frequency))
      upper += term.upperReal * cosine - term.upperImaginary * sine
      lower += term.lowerReal * cosine - term.lowerImaginary * sine
    }
    return (upper, lower)
  }

  private static func divide(
    _ real: Double, _ imaginary: Double, by c: Double, _ d: Double
  ) -> (real: Double, imaginary: Double) {
    let scale = 1 / (c * c + d * d)
    return ((real * c + imaginary * d) * scale, (imaginary * c - real * d) * scale)
  }
}

/// The numbers e^(2πi step × frequency / size), each by one product of two table entries.
private struct Wheel {
  private let fineBits: Int
  private let fine: [(cosine: Double, sine: Double)]
  private let coarse: [(cosine: Double, sine: Double)]

  /// For frequencies 0...highest.
  init(step: Int, size: Int, highest: Int) {
    let reduced = ((step % size) + size) % size
    func entry(_ frequency: Int) -> (cosine: Double, sine: Double) {
      // Whole turns are dropped in integers, where that is exact.
      let angle = 2 * Double.pi * Double((reduced &* frequency) % size) / Double(size)
      return (cos(angle), sin(angle))
    }
    let bits = (Int.bitWidth - highest.leadingZeroBitCount + 1) / 2
    fineBits = bits
    fine = (0..<(1 << bits)).map { entry($0) }
    coarse = (0...(highest >> bits)).map { entry($0 << bits) }
  }

  @inline(__always)
  func turned(_ frequency: Int) -> (cosine: Double, sine: Double) {
    let a = coarse[frequency >> fineBits]
    let b = fine[frequency & ((1 << fineBits) - 1)]
    return (a.cosine * b.cosine - a.sine * b.sine, a.cosine * b.sine + a.sine * b.cosine)
  }
}

/// The Fourier coefficients of one release's loss distribution, in polar form.
struct LossSpectrum {
  let size: Int
  let interval: Double
  let first: Int
  let infiniteMass: Double
  let tilt: Double
  /// log E[e^(tilt × loss)] over finite losses; 0 without a tilt, where the masses are what they are.
  let logMoment: Double
  /// Of size/2 + 1 frequencies.
  let logMagnitudes: [Double]
  /// Of size/2 + 1 frequencies.
  let phases: [Double]

  init(_ distribution: PrivacyLossDistribution, size: Int, tilt: Double) {
    self.size = size
    self.tilt = tilt
    interval = distribution.interval
    first = distribution.first
    infiniteMass = distribution.infiniteMass
    let tilted =
      tilt > 0
      ? distribution.tilted(by: tilt) : (masses: distribution.masses, logMoment: 0)
    logMoment = tilted.logMoment
    let (real, imaginary) = FourierTransform.spectrum(of: tilted.masses, size: size)
    logMagnitudes = zip(real, imaginary).map { 0.5 * log($0 * $0 + $1 * $1) }
    phases = zip(real, imaginary).map { atan2($1, $0) }
  }
}
