/// When one phone is available: intervals that repeat themselves.
package struct Calendar: Equatable, Sendable {
  /// Microseconds, within the period, in order and apart.
  package let intervals: [Range<Int>]
  /// Microseconds.
  package let period: Int

  /// Constraint: the intervals are in order, do not overlap and lie in 0..<period.
  package init(_ intervals: [Range<Int>], period: Int) {
    precondition(period > 0, "a period of \(period)")
    self.intervals = intervals
    self.period = period
  }

  /// When a phone that is available at a time will no longer be; nil where it is not available, and
  /// `Int.max` where it always is.
  package func end(at time: Int) -> Int? {
    precondition(time >= 0, "a time before the start")
    let place = time % period
    guard let index = index(holding: place) else { return nil }
    var end = time - place + intervals[index].upperBound
    // What lasts until the end of the period goes on at its beginning.
    if intervals[index].upperBound == period, let first = intervals.first, first.lowerBound == 0 {
      guard first.upperBound < period else { return .max }
      end += first.upperBound
    }
    return end
  }

  private func index(holding place: Int) -> Int? {
    var (low, high) = (0, intervals.count)
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].upperBound <= place { low = middle + 1 } else { high = middle }
    }
    return low < intervals.count && intervals[low].contains(place) ? low : nil
  }
}
