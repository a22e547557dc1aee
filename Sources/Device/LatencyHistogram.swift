/// Counts of nanoseconds with three significant digits, as HdrHistogram keeps them.
///
/// The bucket layout of http://hdrhistogram.org: powers of two, each cut into 1 024 equal parts, so
/// that recording is a shift and an addition and no value is off by more than 0.1 %. Written here
/// because Swift's HdrHistogram package cannot be had from the registries this project builds from.
package struct LatencyHistogram: Equatable, Sendable {
  /// Values below this are kept exactly; each bucket above has half as many cells.
  private static let cellBits = 11
  private static let half = 1 << (cellBits - 1)
  /// 2^37 ns is more than two minutes; longer counts as that.
  private static let largest: UInt64 = 1 << 37

  private var counts = [UInt64](
    repeating: 0, count: LatencyHistogram.index(of: LatencyHistogram.largest) + 1)
  package private(set) var count: UInt64 = 0
  private var total: UInt64 = 0
  /// Exact.
  package private(set) var maximum: UInt64 = 0

  package init() {}

  package mutating func record(_ nanoseconds: UInt64) {
    counts[Self.index(of: min(nanoseconds, Self.largest))] += 1
    count += 1
    total += nanoseconds
    maximum = max(maximum, nanoseconds)
  }

  /// Exact; 0 when nothing was recorded.
  package var mean: Double { count == 0 ? 0 : Double(total) / Double(count) }

  /// The largest value that cannot be told apart from the one that `percent` of all values do not
  /// exceed; 0 when nothing was recorded.
  package func percentile(_ percent: Double) -> UInt64 {
    precondition((0...100).contains(percent), "a percentile lies in 0…100")
    guard count > 0 else { return 0 }
    // As HdrHistogram does it: 99.9 in binary is a little more, and must not ask for one more value.
    let wanted = max(1, UInt64((percent.nextDown * Double(count) / 100).rounded(.up)))
    var seen: UInt64 = 0
    for (index, cell) in counts.enumerated() {
      seen += cell
      if seen >= wanted { return min(Self.upperEnd(of: index), maximum) }
    }
    return maximum
  }

  private static func index(of value: UInt64) -> Int {
    let bucket = max(0, UInt64.bitWidth - value.leadingZeroBitCount - cellBits)
    return bucket * half + Int(value >> UInt64(bucket))
  }

  /// The largest value of a cell.
  private static func upperEnd(of index: Int) -> UInt64 {
    let bucket = max(0, index / half - 1)
    let cell = UInt64(index - bucket * half)
    return ((cell + 1) << UInt64(bucket)) - 1
  }
}
