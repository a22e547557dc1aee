import Glibc

/// Counts of durations on a logarithmic scale: quantiles in little memory, 2 % apart.
struct DurationHistogram: Sendable {
  private static let binsPerDoubling = 32.0

  /// Bin 0 is below one second.
  private var counts = [Int](repeating: 0, count: 32 * 32)
  private(set) var count = 0
  private var total = 0.0

  var mean: Double { total / Double(count) }

  mutating func add(seconds: Int64) {
    let bin = seconds < 1 ? 0 : 1 + Int(log2(Double(seconds)) * Self.binsPerDoubling)
    counts[min(bin, counts.count - 1)] += 1
    count += 1
    total += Double(max(seconds, 0))
  }

  /// In seconds; the middle of the bin that holds the quantile.
  func quantile(_ fraction: Double) -> Double {
    var left = fraction * Double(count)
    for (bin, count) in counts.enumerated() {
      left -= Double(count)
      if left < 0 { return bin == 0 ? 0 : exp2((Double(bin) - 0.5) / Self.binsPerDoubling) }
    }
    return 0
  }
}
