import Glibc
import LinearAlgebra

/// The quantities of one client's history.
struct ClientSummary {
  /// By `ClientQuantity`; NaN where the history is too short to tell.
  private(set) var values = [Double](repeating: .nan, count: ClientQuantity.allCases.count)

  /// Calendar days from the first session to the last.
  private let days: Range<Int64>
  /// Opens as indices into the client's own apps, numbered in order of first use.
  private var opens: [Int] = []
  private var appCount = 0
  /// Positions in `opens` of the first apps of sessions.
  private var firsts: [Int] = []

  init(_ history: ClientHistory) {
    guard let first = history.sessions.first, let last = history.sessions.last else {
      days = 0..<0
      return
    }
    days = (first.start / LocalClock.day)..<(last.start / LocalClock.day + 1)
    var indices: [Int32: Int] = [:]
    opens.reserveCapacity(history.opens.count)
    var lateApps = 0
    for open in history.opens {
      if let index = indices[open.app] {
        opens.append(index)
        continue
      }
      if open.time / LocalClock.day >= days.lowerBound + 3 { lateApps += 1 }
      opens.append(indices.count)
      indices[open.app] = indices.count
    }
    appCount = indices.count
    firsts = history.sessions.compactMap { $0.opens.isEmpty ? nil : $0.opens.lowerBound }

    set(.appsUsed, Double(appCount))
    set(.newAppsPerDay, Double(lateApps), outOf: days.count - 3)
    measureSessions(history)
    measureRepeats(history)
    measureRevisits()
    guard !firsts.isEmpty else { return }
    measureShares()
    measureDrift()
    measureBaselines()
  }

  private mutating func set(_ quantity: ClientQuantity, _ value: Double) {
    values[quantity.rawValue] = value
  }

  private mutating func set(_ quantity: ClientQuantity, _ amount: Double, outOf total: Int) {
    if total > 0 { set(quantity, amount / Double(total)) }
  }

  private mutating func measureSessions(_ history: ClientHistory) {
    let sessions = history.sessions
    set(.unlocksPerDay, Double(sessions.count), outOf: days.count)
    set(.emptyUnlocks, Double(sessions.count - firsts.count), outOf: sessions.count)
    let single = sessions.count { session in
      !session.opens.isEmpty
        && session.opens.allSatisfy { opens[$0] == opens[session.opens.lowerBound] }
    }
    set(.singleAppUnlocks, Double(single), outOf: firsts.count)
    if sessions.contains(where: { $0.context.notification >= 0 }) {
      let followed = sessions.count { session in
        !session.opens.isEmpty
          && history.opens[session.opens.lowerBound].app == session.context.notification
      }
      set(.notificationOpens, Double(followed), outOf: firsts.count)
    }
    let weekendDays = days.count { LocalClock.isWeekend($0 * LocalClock.day) }
    let weekendOpens = history.opens.count { LocalClock.isWeekend($0.time) }
    let weekdayOpens = history.opens.count - weekendOpens
    if weekendDays > 0, weekdayOpens > 0 {
      let perWeekday = Double(weekdayOpens) / Double(days.count - weekendDays)
      set(.weekendActivity, Double(weekendOpens) / Double(weekendDays) / perWeekday)
    }
  }

  /// How often the first app is the app of before the lock, by the time locked.
  private mutating func measureRepeats(_ history: ClientHistory) {
    var counts = [Int](repeating: 0, count: 3)
    var repeats = counts
    var previous: Int?
    for (index, session) in history.sessions.enumerated() {
      guard let first = session.opens.first else { continue }
      defer { previous = first }
      guard previous != nil else { continue }
      let gap = session.start - history.sessions[index - 1].end
      guard gap < 1800 else { continue }
      let bucket = gap < 60 ? 0 : (gap < 300 ? 1 : 2)
      counts[bucket] += 1
      if opens[first] == opens[first - 1] { repeats[bucket] += 1 }
    }
    set(.repeatWithinMinute, Double(repeats[0]), outOf: counts[0])
    set(.repeatWithinFive, Double(repeats[1]), outOf: counts[1])
    set(.repeatWithinThirty, Double(repeats[2]), outOf: counts[2])
    let same = zip(firsts, firsts.dropFirst()).count { opens[$0] == opens[$1] }
    set(.repeatFirst, Double(same), outOf: firsts.count - 1)
  }

  /// How far back in the order of last use the next different app is.
  private mutating func measureRevisits() {
    var order: [Int] = []
    var switches = 0
    var amongTwo = 0
    var amongFive = 0
    for app in opens where app != order.first {
      if !order.isEmpty { switches += 1 }
      if let rank = order.firstIndex(of: app) {
        if rank <= 2 { amongTwo += 1 }
        if rank <= 5 { amongFive += 1 }
        order.remove(at: rank)
      }
      order.insert(app, at: 0)
    }
    set(.revisitTwo, Double(amongTwo), outOf: switches)
    set(.revisitFive, Double(amongFive), outOf: switches)
  }

  private mutating func measureShares() {
    let counts = Self.counts(opens[...], appCount).sorted(by: >)
    set(.top1, Double(counts[0]), outOf: opens.count)
    set(.top3, Double(counts.prefix(3).reduce(0, +)), outOf: opens.count)
    set(.top5, Double(counts.prefix(5).reduce(0, +)), outOf: opens.count)
    if counts.count >= 20 { set(.zipfSlope, Self.slope(counts.prefix(20))) }

    let firstCounts = Self.counts(firsts.map { opens[$0] }[...], appCount)
    set(.firstTop1, Double(firstCounts.max() ?? 0), outOf: firsts.count)
    var entropy = 0.0
    for count in firstCounts where count > 0 {
      let share = Double(count) / Double(firsts.count)
      entropy -= share * log2(share)
    }
    set(.firstEntropy, entropy)
  }

  /// Total variation between the first apps of the two halves, less its mean over shuffles.
  private mutating func measureDrift() {
    var apps = firsts.map { opens[$0] }
    guard apps.count >= 20 else { return }
    let observed = Self.halvesDistance(apps, appCount)
    let shuffles = 4
    var stream = RandomStream(seed: 0, purpose: .descriptiveStatistics)
    var chance = 0.0
    for _ in 0..<shuffles {
      stream.shuffle(&apps)
      chance += Self.halvesDistance(apps, appCount) / Double(shuffles)
    }
    set(.drift, observed - chance)
  }

  /// Baselines fitted on the first 80 % of first apps, tested on the others.
  private mutating func measureBaselines() {
    let split = firsts.count * 4 / 5
    guard split > 0 else { return }
    let counts = Self.counts(firsts[..<split].map { opens[$0] }[...], appCount)
    let favourite = Self.mostFrequent(counts[...])
    var followers = [Int](repeating: 0, count: appCount * appCount)
    for first in firsts[..<split] where first > 0 {
      followers[opens[first - 1] * appCount + opens[first]] += 1
    }
    var hits = (frequent: 0, recent: 0, markov: 0)
    for first in firsts[split...] {
      let last = opens[first - 1]
      let row = followers[(last * appCount)..<((last + 1) * appCount)]
      let follower = row.contains { $0 > 0 } ? Self.mostFrequent(row) : favourite
      if opens[first] == favourite { hits.frequent += 1 }
      if opens[first] == last { hits.recent += 1 }
      if opens[first] == follower { hits.markov += 1 }
    }
    let tested = firsts.count - split
    set(.mostFrequent, Double(hits.frequent), outOf: tested)
    set(.mostRecent, Double(hits.recent), outOf: tested)
    set(.markov, Double(hits.markov), outOf: tested)
  }
}

extension ClientSummary {
  private static func counts(_ apps: ArraySlice<Int>, _ appCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: appCount)
    for app in apps { counts[app] += 1 }
    return counts
  }

  /// The index of the greatest count, within the slice; the first of equals.
  private static func mostFrequent(_ counts: ArraySlice<Int>) -> Int {
    var best = counts.startIndex
    for index in counts.indices where counts[index] > counts[best] { best = index }
    return best - counts.startIndex
  }

  /// Minus the least-squares slope of log count on log rank; counts in descending order.
  private static func slope(_ counts: ArraySlice<Int>) -> Double {
    var sums = (x: 0.0, y: 0.0, xx: 0.0, xy: 0.0)
    for (rank, count) in counts.enumerated() {
      let x = log(Double(rank + 1))
      let y = log(Double(count))
      sums = (sums.x + x, sums.y + y, sums.xx + x * x, sums.xy + x * y)
    }
    let n = Double(counts.count)
    return -(n * sums.xy - sums.x * sums.y) / (n * sums.xx - sums.x * sums.x)
  }

  private static func halvesDistance(_ apps: [Int], _ appCount: Int) -> Double {
    let middle = apps.count / 2
    let first = counts(apps[..<middle], appCount)
    let second = counts(apps[middle...], appCount)
    var distance = 0.0
    for (a, b) in zip(first, second) {
      distance += abs(Double(a) / Double(middle) - Double(b) / Double(apps.count - middle))
    }
    return distance / 2
  }
}
