/// What a population looks like, one history at a time, synthetic or real.
///
/// The ranges are those of logs of some weeks. Quantiles and shares of which one study alone
/// tells are given the range from half to one and a half times its figure.
package struct PopulationStatistics: Sendable {
  package private(set) var clients = 0

  /// By `ClientQuantity`; one value per client that has it.
  private var values = [[Double]](repeating: [], count: ClientQuantity.allCases.count)
  private var locked = DurationHistogram()
  private var unlocked = DurationHistogram()
  private var untilFirstApp = DurationHistogram()
  /// Opens in each hour of the day.
  private var hours = [Int](repeating: 0, count: 24)
  /// Opens of each app, by id.
  private var apps: [Int] = []

  package init() {}

  package init(_ histories: some Sequence<ClientHistory>) {
    for history in histories { add(history) }
  }

  package mutating func add(_ history: ClientHistory) {
    clients += 1
    let summary = ClientSummary(history)
    for (quantity, value) in summary.values.enumerated() where !value.isNaN {
      values[quantity].append(value)
    }
    var lock: Int64?
    for session in history.sessions {
      if let lock { locked.add(seconds: session.start - lock) }
      lock = session.end
      unlocked.add(seconds: session.end - session.start)
      if let first = session.opens.first {
        untilFirstApp.add(seconds: history.opens[first].time - session.start)
      }
    }
    for open in history.opens {
      hours[LocalClock.hour(open.time)] += 1
      while apps.count <= Int(open.app) { apps.append(0) }
      apps[Int(open.app)] += 1
    }
  }

  /// The description, a row per quantity that the histories allow.
  package var rows: [PopulationStatistic] {
    var rows: [PopulationStatistic] = []
    for quantity in ClientQuantity.allCases {
      let values = values[quantity.rawValue]
      guard !values.isEmpty else { continue }
      let (name, target) = quantity.row
      rows.append(
        PopulationStatistic(
          quantity: name, value: values.reduce(0, +) / Double(values.count), target: target))
    }
    return size + rows + spread + durations + pooled
  }

  private var size: [PopulationStatistic] {
    [
      PopulationStatistic(quantity: "clients", value: Double(clients), target: nil),
      PopulationStatistic(quantity: "unlocks", value: Double(unlocked.count), target: nil),
      PopulationStatistic(
        quantity: "opens", value: Double(hours.reduce(0, +)), target: nil),
    ]
  }

  /// How clients differ.
  private var spread: [PopulationStatistic] {
    let rows: [(ClientQuantity, [Double], ClosedRange<Double>?)] = [
      (.unlocksPerDay, [0.1, 0.5, 0.9], 10...200),
      (.appsUsed, [0.1, 0.5, 0.9], 10...90),
      (.mostFrequent, [0.1, 0.9], nil),
    ]
    return rows.flatMap { quantity, fractions, target -> [PopulationStatistic] in
      let sorted = values[quantity.rawValue].sorted()
      guard !sorted.isEmpty else { return [] }
      return fractions.map { fraction in
        PopulationStatistic(
          quantity: "\(quantity.row.name), \(Self.percentile(fraction)) of clients",
          value: sorted[Int((Double(sorted.count - 1) * fraction).rounded())], target: target)
      }
    }
  }

  private var durations: [PopulationStatistic] {
    let tables: [(name: String, histogram: DurationHistogram, quantiles: [(Double, Double)])] = [
      (
        "lock to next unlock (s)", locked,
        [(0.1, 12), (0.25, 60), (0.5, 228), (0.75, 780), (0.9, 1920)]
      ),
      (
        "unlock to lock (s)", unlocked,
        [(0.1, 4), (0.25, 15), (0.5, 58), (0.75, 162), (0.9, 481)]
      ),
      ("unlock to first app (s)", untilFirstApp, [(0.25, 1), (0.5, 3), (0.75, 7), (0.9, 15)]),
    ]
    var rows: [PopulationStatistic] = []
    for table in tables where table.histogram.count > 0 {
      rows += table.quantiles.map { fraction, seconds in
        PopulationStatistic(
          quantity: "\(table.name), \(Self.percentile(fraction))",
          value: table.histogram.quantile(fraction), target: Self.around(seconds))
      }
    }
    if unlocked.count > 0 {
      rows.append(
        PopulationStatistic(
          quantity: "unlock to lock (s), mean", value: unlocked.mean, target: Self.around(187)))
    }
    return rows
  }

  /// Over all opens of all clients.
  private var pooled: [PopulationStatistic] {
    let total = Double(apps.reduce(0, +))
    guard total > 0 else { return [] }
    var distance = 0.0
    for (count, share) in zip(hours, ActivityClock.hourShares) {
      distance += abs(Double(count) / total - share) / 2
    }
    let counts = apps.sorted(by: >)
    func share(_ leading: Int) -> Double {
      Double(counts.prefix(leading).reduce(0, +)) / total
    }
    return [
      PopulationStatistic(
        quantity: "hours of the day, total variation from the mean profile", value: distance,
        target: 0...0.1),
      // Launches of 443 users (DeepAPP, SenSys 2019).
      PopulationStatistic(
        quantity: "share of all opens, most used app", value: share(1), target: Self.around(0.17)),
      PopulationStatistic(
        quantity: "share of all opens, 5 most used apps", value: share(5),
        target: Self.around(0.49)),
      PopulationStatistic(
        quantity: "share of all opens, 10 most used apps", value: share(10),
        target: Self.around(0.64)),
    ]
  }

  private static func around(_ value: Double) -> ClosedRange<Double> {
    (value / 2)...(value * 1.5)
  }

  private static func percentile(_ fraction: Double) -> String {
    fraction == 0.5 ? "median" : "\(Int(fraction * 100))th percentile"
  }
}
