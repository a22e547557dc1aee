import Privacy

/// What the central Gaussian mechanism costs in a round of the LSTM, and an answer about ε.
struct PrivacyBenchmark {
  let program: Program
  private var repetitions: Int { 5 }
  private var cohort: Double { 100 }
  private var workers: Int { 2 }
  private var parameters: Int { 33_088 }

  /// Sampling rate, noise multiplier, rounds and δ of the answers that take longest: few rounds with
  /// little noise have wide distributions, many have long compositions.
  private static let hardest: [(Double, Double, Int, Double)] = [
    (0.001, 0.5, 10_000, 1e-6), (0.01, 0.5, 1_000, 1e-6), (0.1, 0.8, 1_000, 1e-5),
    (0.0035, 0.481, 86_232, 4e-4), (0.56, 0.349, 14, 3e-4), (0.0305, 0.393, 7, 5e-5),
    (0.0033, 0.341, 41, 3e-5), (0.000894, 42.4, 32_526, 1e-9),
  ]

  func measure(into table: inout Table) throws {
    table.add(
      "slowest of \(Self.hardest.count) PLD answers", "s",
      Sample(try (0..<repetitions).map { _ in try slowestAnswer() }), target: 1)
    let clipping = clippingSeconds()
    let noise = noiseSeconds()
    table.add("clipping one LSTM update", "us", Sample(clipping.map { 1e6 * $0 }))
    table.add("Gaussian noise on the sum of LSTM updates", "ms", Sample(noise.map { 1e3 * $0 }))
    let plain = ["training.weighting": "uniform"]
    let noisy = [
      "privacy.mechanism": "gaussian", "privacy.clipping_bound": "1",
      "privacy.noise_multiplier": "1",
    ].merging(plain) { $1 }
    var ratios: [Double] = []
    var rounds: [Double] = []
    // In turn, so that a machine that changes its speed changes it for both.
    for _ in 0..<repetitions {
      let without = try program.run("bench-lstm", workers: workers, plain).roundSeconds
      let with = try program.run("bench-lstm", workers: workers, noisy).roundSeconds
      ratios.append(with / without)
      rounds.append(without)
    }
    // Workers clip side by side, the coordinator adds the noise by itself.
    let cost = Sample(clipping).median * cohort / Double(workers) + Sample(noise).median
    table.add(
      "LSTM: clipping and noise, alone, of a round", "%", Sample(rounds.map { 100 * cost / $0 }),
      target: 5)
    table.add(
      "LSTM: round with clipping and noise / without", "", Sample(ratios), target: 1.05)
  }

  private func slowestAnswer() throws -> Double {
    var slowest = 0.0
    for (rate, noise, rounds, delta) in Self.hardest {
      let start = PrimitiveBenchmark.threadSeconds()
      var accountant = PrivacyAccountant(adjacency: .addOrRemove, accountant: .pld)
      _ = try accountant.guarantee(
        of: [
          PrivacyEvent(
            .poissonGaussian(samplingRate: rate, noiseMultiplier: noise), count: rounds)
        ], delta: delta)
      slowest = max(slowest, PrimitiveBenchmark.threadSeconds() - start)
    }
    return slowest
  }

  private func clippingSeconds() -> [Double] {
    var update = [Float](repeating: 0, count: parameters)
    let number = 200
    return (0..<repetitions).map { _ in
      var seconds = 0.0
      for _ in 0..<number {
        for index in update.indices { update[index] = Float(index % 7) - 3 }
        let start = PrimitiveBenchmark.threadSeconds()
        update.withUnsafeMutableBufferPointer { _ = Clipping.clip($0, to: 1) }
        seconds += PrimitiveBenchmark.threadSeconds() - start
      }
      return seconds / Double(number)
    }
  }

  private func noiseSeconds() -> [Double] {
    var sum = [Int64](repeating: 0, count: parameters)
    let number = 20
    return (0..<repetitions).map { repetition in
      let start = PrimitiveBenchmark.threadSeconds()
      for round in 0..<number {
        var stream = NoiseStream(
          seed: UInt64(repetition), purpose: .centralNoise, round: round, client: 0)
        sum.withUnsafeMutableBufferPointer {
          GaussianNoise.add(deviation: 0x1p30, to: $0, using: &stream)
        }
      }
      return (PrimitiveBenchmark.threadSeconds() - start) / Double(number)
    }
  }
}
