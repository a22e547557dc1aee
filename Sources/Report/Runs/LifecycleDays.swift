import Tables

/// lifecycle.csv by day.
struct LifecycleDays {
  private let table: CSVTable
  private let days: [Double]
  private let dates: [String]
  private let versions: [Double?]
  private let stages: [String]
  private let ages: [Double?]
  private let unlocks: [Double]
  private let hits: [Double]
  private let answered: [Double]
  private let events: [String]

  /// Nil where the folder has none.
  init?(_ run: Run) throws {
    guard let table = try run.table("lifecycle.csv") else { return nil }
    self.table = table
    days = try table.numbers("day").map { $0 ?? .nan }
    dates = try table.texts("date")
    versions = try table.numbers("version")
    stages = try table.texts("stage")
    ages = try table.numbers("days_since_training")
    unlocks = try table.numbers("sim_unlocks").map { $0 ?? 0 }
    hits = try zip(table.numbers("sim_accuracy_top1"), unlocks).map { ($0 ?? 0) * $1 }
    answered = try table.numbers("sim_answered").map { $0 ?? 0 }
    events = try table.texts("event")
  }

  /// One value a day; `version` nil takes the day's first row.
  func points(_ column: String, ofVersion version: Double?) throws -> [Point] {
    var last = Double.nan
    return try table.numbers(column).enumerated().compactMap { row, value in
      guard let value, days[row] != last, version.map({ versions[row] == $0 }) ?? true else {
        return nil
      }
      last = days[row]
      return Point(x: days[row], y: value)
    }
  }

  func accuracy() -> [Point] { perUnlock(hits) }

  func availability() -> [Point] { perUnlock(answered) }

  /// Of all unlocks of all days.
  var answeredShare: Double {
    answered.reduce(0, +) / max(1, unlocks.reduce(0, +))
  }

  private func perUnlock(_ values: [Double]) -> [Point] {
    var sums: [Double: (part: Double, whole: Double)] = [:]
    for row in days.indices {
      let sum = sums[days[row]] ?? (0, 0)
      sums[days[row]] = (sum.part + values[row], sum.whole + unlocks[row])
    }
    return sums.sorted { $0.key < $1.key }.compactMap { day, sum in
      sum.whole > 0 ? Point(x: day, y: sum.part / sum.whole) : nil
    }
  }

  /// The days on which something like this happened.
  func days(of event: String) -> [Double] {
    days.indices.filter { events[$0].contains(event) }.map { days[$0] }
  }

  /// What a version was in production for.
  struct Service {
    var version: Int
    /// The day of its training.
    var trained: Double?
    /// Its first and last day as the production version; nil if it never was.
    var days: ClosedRange<Double>?
    var unlocks = 0.0
    /// Unlocks for which its suggestion was right.
    var hits = 0.0
    var lastStage = ""
  }

  /// All versions, the oldest first.
  var services: [Service] {
    var services: [Int: Service] = [:]
    for row in days.indices {
      guard let version = versions[row].map({ Int($0) }) else { continue }
      var service =
        services[version]
        ?? Service(version: version, trained: ages[row].map { days[row] - $0 })
      service.lastStage = stages[row]
      if stages[row] == "production" {
        service.days = (service.days?.lowerBound ?? days[row])...days[row]
        service.unlocks += unlocks[row]
        service.hits += hits[row]
      }
      services[version] = service
    }
    return services.values.sorted { $0.version < $1.version }
  }

  /// Days on which something happened to a version.
  var happenings: [(day: Double, date: String, version: Double?, event: String)] {
    days.indices.filter { !events[$0].isEmpty }.map {
      (days[$0], dates[$0], versions[$0], events[$0])
    }
  }
}
