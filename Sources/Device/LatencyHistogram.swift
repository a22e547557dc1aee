import Histogram

/// Counts of nanoseconds with three significant digits, in HdrHistogram's buckets.
///
/// http://hdrhistogram.org: recording costs the same whatever the value, and no percentile is off by
/// more than 0.1 %.
package struct LatencyHistogram: Sendable {
  /// Grows with the values that it is given.
  private var values = Histogram<UInt64>(numberOfSignificantValueDigits: .three)

  package init() {}

  package mutating func record(_ nanoseconds: UInt64) { values.record(nanoseconds) }

  package var count: UInt64 { values.totalCount }

  /// Exact; 0 when nothing was recorded.
  package var maximum: UInt64 { count == 0 ? 0 : values.maxRecorded }

  /// To three digits; 0 when nothing was recorded.
  package var mean: Double { values.mean }

  /// The largest value that cannot be told apart from the one that `percent` of all values do not
  /// exceed; 0 when nothing was recorded.
  package func percentile(_ percent: Double) -> UInt64 {
    precondition((0...100).contains(percent), "a percentile lies in 0…100")
    return count == 0 ? 0 : values.valueAtPercentile(percent)
  }
}
