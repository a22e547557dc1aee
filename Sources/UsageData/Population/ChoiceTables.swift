/// Several small distributions over a client's apps, stored flat.
struct ChoiceTables: Sendable {
  private(set) var slots: [Int] = []
  /// Within each table the running sum of probabilities; it ends at exactly 1.
  private(set) var cumulative: [Double] = []
  private var offsets = [0]

  var count: Int { offsets.count - 1 }

  func entries(of table: Int) -> Range<Int> {
    offsets[table]..<offsets[table + 1]
  }

  /// Adds a distribution from positive weights, which need not be normalised.
  mutating func append(_ choices: [(slot: Int, weight: Double)]) {
    precondition(!choices.isEmpty, "a distribution needs at least one app")
    let total = choices.reduce(0) { $0 + $1.weight }
    var sum = 0.0
    for choice in choices {
      sum += choice.weight
      slots.append(choice.slot)
      cumulative.append(sum / total)
    }
    cumulative[cumulative.count - 1] = 1
    offsets.append(slots.count)
  }

  /// The slot at a uniform number in [0, 1).
  func choose(from table: Int, at number: Double) -> Int {
    var entry = offsets[table]
    while cumulative[entry] <= number { entry += 1 }
    return slots[entry]
  }

  /// Adds `weight` times the table's distribution to `probabilities` (by slot).
  func add(_ table: Int, weight: Double, to probabilities: inout [Double]) {
    var below = 0.0
    for entry in entries(of: table) {
      probabilities[slots[entry]] += weight * (cumulative[entry] - below)
      below = cumulative[entry]
    }
  }
}
