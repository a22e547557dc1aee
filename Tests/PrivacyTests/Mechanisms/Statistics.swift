import Foundation
import Privacy

/// How far a χ² statistic lies above its expectation, in normal standard deviations.
///
/// Wilson and Hilferty 1931. Streams in tests are keyed, so a result never varies.
func chiSquareScore(observed: [Int], expected: [Double]) -> Double {
  var statistic = 0.0
  for (count, mean) in zip(observed, expected) {
    statistic += (Double(count) - mean) * (Double(count) - mean) / mean
  }
  let freedom = Double(observed.count - 1)
  let spread = 2 / (9 * freedom)
  return (pow(statistic / freedom, 1 / 3) - (1 - spread)) / spread.squareRoot()
}

/// χ² score of integer draws against probabilities of −last…last; rarer values share two bins.
func chiSquareScore(
  draws: Int, probabilities: (Int) -> Double, last: Int, sample: () -> Int64
) -> Double {
  var observed = [Int](repeating: 0, count: 2 * last + 3)
  for _ in 0..<draws {
    let value = min(max(Int(sample()), -last - 1), last + 1)
    observed[value + last + 1] += 1
  }
  var expected = (-last...last).map { probabilities($0) * Double(draws) }
  let rest = (Double(draws) - expected.reduce(0, +)) / 2
  expected = [rest] + expected + [rest]
  // Bins with few expected draws join their neighbour towards the centre.
  while expected[0] < 10 || expected[expected.count - 1] < 10 {
    expected[1] += expected.removeFirst()
    observed[1] += observed.removeFirst()
    let end = expected.removeLast()
    expected[expected.count - 1] += end
    let endCount = observed.removeLast()
    observed[observed.count - 1] += endCount
  }
  return chiSquareScore(observed: observed, expected: expected)
}
