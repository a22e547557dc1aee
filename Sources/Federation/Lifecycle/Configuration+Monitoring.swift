import Privacy

extension Configuration {
  /// The mean of the phones' accuracies on a day, as the server learns it.
  ///
  /// Each phone reports (its accuracy, 1), of norm √2 at most; the sum of both gets noise where
  /// `lifecycle.monitor.noise_multiplier` says so. Nil when nobody is there, or noise says so.
  ///
  /// - Parameter rates: of the phones that report, 0…1, in any order.
  package func monitoredAccuracy(_ rates: [Double], day: Int) -> Double? {
    let unit = Double(1 << UpdateSum.fractionBits)
    // Whole steps, so that the order of the phones does not matter.
    var sum = [Int64(0), Int64(rates.count) << UpdateSum.fractionBits]
    for rate in rates { sum[0] += Int64((rate * unit).rounded()) }
    if let noise = lifecycle.monitor.noiseMultiplier.value {
      var stream = noiseStream(.monitoring, round: day)
      sum.withUnsafeMutableBufferPointer {
        GaussianNoise.add(deviation: noise * 2.0.squareRoot() * unit, to: $0, using: &stream)
      }
    }
    guard sum[1] > 0 else { return nil }
    return min(1, max(0, Double(sum[0]) / Double(sum[1])))
  }
}
