import Glibc
import LinearAlgebra

/// Who takes part in which round of a block, each client in one that it draws by itself.
///
/// Independent draws give every round a binomial number of clients, and whose draws these are is a
/// random order of all: so the clients of one round follow from the numbers before it, drawn along a
/// path of halvings, and from a keyed permutation. Time depends on the cohort and on the logarithm of
/// the number of rounds, not on the population.
struct BlockAllocation {
  private let configuration: Configuration
  private let block: Int
  private let count: Int
  private let bins: Int

  /// - Parameter configuration: whose seed, or secret key, the draws follow from.
  init(_ configuration: Configuration, block: Int, clients: Int, bins: Int) {
    precondition(block >= 0 && clients > 0 && bins > 0)
    self.configuration = configuration
    self.block = block
    count = clients
    self.bins = bins
  }

  /// Positions 0..<clients whose round of the block is `bin`, in no particular order.
  func clients(of bin: Int) -> [Int] {
    precondition((0..<bins).contains(bin))
    var rounds = 0..<bins
    var places = 0..<count
    while rounds.count > 1 {
      let middle = rounds.lowerBound + rounds.count / 2
      // Whatever the path that leads there, the same halving has the same stream.
      var stream = configuration.stream(
        .allocation, round: block, client: rounds.lowerBound << 32 | rounds.upperBound)
      let earlier = Self.binomial(
        places.count,
        probability: Double(middle - rounds.lowerBound) / Double(rounds.count), using: &stream)
      let end = places.lowerBound + earlier
      if bin < middle {
        rounds = rounds.lowerBound..<middle
        places = places.lowerBound..<end
      } else {
        rounds = middle..<rounds.upperBound
        places = end..<places.upperBound
      }
    }
    return places.map(permuted)
  }

  /// A keyed permutation of the positions: a Feistel network with cycle walking, as in
  /// `ClientPartition`, of more rounds, for small populations.
  private func permuted(_ position: Int) -> Int {
    let bits = UInt64(Int.bitWidth - (count - 1).leadingZeroBitCount)
    let halfBits = max(1, (bits + 1) / 2)
    let mask = (UInt64(1) << halfBits) - 1
    var value = UInt64(position)
    repeat {
      var left = value >> halfBits
      var right = value & mask
      for round in 0..<12 {
        // Halves have at most 32 bits, so every round of the network has streams of its own.
        var stream = configuration.stream(
          .allocationOrder, round: block, client: round << 32 | Int(right))
        (left, right) = (right, left ^ (stream.next() & mask))
      }
      value = left << halfBits | right
    } while value >= UInt64(count)
    return Int(value)
  }

  /// A binomial number, by inversion from the mode outwards.
  static func binomial(
    _ trials: Int, probability: Double, using stream: inout RandomStream
  ) -> Int {
    guard trials > 0, probability > 0 else { return 0 }
    guard probability < 1 else { return trials }
    let mode = min(trials, Int((Double(trials + 1) * probability).rounded(.down)))
    let odds = probability / (1 - probability)
    var rest = stream.uniform()
    var low = (value: mode, mass: mass(mode, trials, probability))
    var high = low
    rest -= low.mass
    guard rest > 0 else { return mode }
    while low.mass > 0 || high.mass > 0 {
      high.mass *= Double(trials - high.value) / Double(high.value + 1) * odds
      high.value += 1
      rest -= high.mass
      if rest <= 0, high.mass > 0 { return high.value }
      low.mass *= Double(low.value) / (Double(trials - low.value + 1) * odds)
      low.value -= 1
      rest -= low.mass
      if rest <= 0, low.mass > 0 { return low.value }
    }
    return mode
  }

  /// Loader 2000, "Fast and Accurate Computation of Binomial Probabilities": no factorials cancel.
  private static func mass(_ value: Int, _ trials: Int, _ probability: Double) -> Double {
    let n = Double(trials)
    let x = Double(value)
    guard value > 0 else { return exp(n * log1p(-probability)) }
    guard value < trials else { return exp(n * log(probability)) }
    let exponent =
      stirlingError(n) - stirlingError(x) - stirlingError(n - x) - deviance(x, n * probability)
      - deviance(n - x, n * (1 - probability))
    return exp(exponent) * (n / (2 * Double.pi * x * (n - x))).squareRoot()
  }

  /// log n! less Stirling's formula for it.
  private static func stirlingError(_ n: Double) -> Double {
    guard n > 15 else {
      return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * Double.pi)
    }
    let square = n * n
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / 1680 / square) / square) / square) / n
  }

  /// x log(x/m) + m − x without cancellation where x is close to m.
  private static func deviance(_ x: Double, _ m: Double) -> Double {
    let difference = x - m
    guard abs(difference) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
    let v = difference / (x + m)
    var sum = difference * v
    var power = 2 * x * v
    for index in 1..<1000 {
      power *= v * v
      let next = sum + power / Double(2 * index + 1)
      if next == sum { break }
      sum = next
    }
    return sum
  }
}
