/// Where one client's past ends and its test begins.
///
/// `training` ⊆ `past`, and every open of the past lies before every test moment: nothing learned
/// or counted on the past has seen the test.
package struct ChronologicalSplit: Equatable, Sendable {
  /// Moments that federated training may use.
  package let training: Range<Int>
  /// Moments that what is fitted to this client alone may use (baselines, a local model).
  package let past: Range<Int>
  /// Opens that what is fitted to this client alone may use.
  package let pastOpens: Range<Int>
  /// Moments to predict.
  package let test: Range<Int>

  /// Splits the moments of one client.
  ///
  /// - Parameters:
  ///   - moments: all labelled moments of `history`, in time order.
  ///   - rule: where this client's test starts.
  ///   - trainingEnd: when federated training ends for everybody; no open at or after it is
  ///     trained on. For `lastFraction` that is the earliest `testStart` of all clients, so that
  ///     no client lends its future to another's test; nil bounds training by `rule` alone.
  ///   - trainingStart: no open before it is trained on.
  ///   - testEnd: no moment at or after it is predicted; with `date` alone.
  package init(
    of moments: [Moment], in history: ClientHistory, by rule: SplitRule, trainingEnd: Int64? = nil,
    trainingStart: Int64 = .min, testEnd: Int64 = .max
  ) {
    switch rule {
    case .date(let start):
      let openEnd = firstIndex(in: history.opens.indices) { history.opens[$0].time >= start }
      pastOpens = 0..<openEnd
      // A session that straddles the date may hold a moment before it whose open comes after it:
      // that moment is neither past nor test.
      past = 0..<firstIndex(in: moments.indices) { moments[$0].open >= openEnd }
      let first = firstIndex(in: moments.indices) { moments[$0].time >= start }
      test = first..<max(first, firstIndex(in: moments.indices) { moments[$0].time >= testEnd })
    case .lastFraction(let fraction):
      let testStart = SplitRule.pastCount(of: moments.count, testFraction: fraction)
      past = 0..<testStart
      test = testStart..<moments.count
      // Counted by opens, not by time: logs may give many opens the same time stamp.
      pastOpens = 0..<(test.isEmpty ? history.opens.count : moments[testStart].open)
    }
    // As a value of its own: `self` is not whole yet.
    let count = { [past] (time: Int64) in
      firstIndex(in: past) { history.opens[moments[$0].open].time >= time }
    }
    let end = trainingEnd.map(count) ?? past.upperBound
    training = min(count(trainingStart), end)..<end
  }
}

/// How the test is cut off the end of a history.
package enum SplitRule: Equatable, Sendable {
  /// Test from this instant on, the same for every client.
  case date(Int64)
  /// The last share (0…1) of each client's own moments is its test, rounded up.
  case lastFraction(Double)

  /// When the test of a client with these moments starts; nil when it has no test moment.
  package func testStart(of moments: [Moment]) -> Int64? {
    switch self {
    case .date(let start): return start
    case .lastFraction(let fraction):
      let pastCount = Self.pastCount(of: moments.count, testFraction: fraction)
      return pastCount < moments.count ? moments[pastCount].time : nil
    }
  }

  static func pastCount(of count: Int, testFraction: Double) -> Int {
    precondition((0...1).contains(testFraction), "a share lies in 0…1")
    // (1 − 0.9) × 10 falls just short of 1 in floating point; the slack makes up for it.
    return min(count, Int((1 - testFraction) * Double(count) + 1e-9))
  }
}

/// The first index that satisfies a condition that all later ones satisfy too.
private func firstIndex(in indices: Range<Int>, where isLate: (Int) -> Bool) -> Int {
  var low = indices.lowerBound
  var high = indices.upperBound
  while low < high {
    let middle = (low + high) / 2
    if isLate(middle) { high = middle } else { low = middle + 1 }
  }
  return low
}
