import UsageData

/// Rows of neighbouring times.
package struct TimeGroup: Equatable, Sendable {
  package var rows: Int
  /// Local times of the first and last row.
  package var times: ClosedRange<Int64>
  /// Line of the file on which the first of them stands.
  package var line: Int
}

/// Where the times of a log lie, week by week, so that rows of a wrong clock stand out.
struct TimeSurvey {
  private static let week = 7 * LocalClock.day
  private static let year = 366 * LocalClock.day

  private var weeks: [Int64: TimeGroup] = [:]
  /// The week of the last time, which is not in `weeks`.
  private var current = TimeGroup(rows: 0, times: 0...0, line: 0)

  mutating func add(_ time: Int64, line: Int) {
    if current.rows > 0, time / Self.week == current.times.lowerBound / Self.week {
      current.rows += 1
      if !current.times.contains(time) { current.times = Self.span(current.times, time...time) }
      return
    }
    store()
    let week = time / Self.week
    current =
      weeks.removeValue(forKey: week).map {
        TimeGroup(
          rows: $0.rows + 1, times: Self.span($0.times, time...time), line: min($0.line, line))
      } ?? TimeGroup(rows: 1, times: time...time, line: line)
  }

  private mutating func store() {
    if current.rows > 0 { weeks[current.times.lowerBound / Self.week] = current }
  }

  private static func span(_ a: ClosedRange<Int64>, _ b: ClosedRange<Int64>) -> ClosedRange<Int64> {
    min(a.lowerBound, b.lowerBound)...max(a.upperBound, b.upperBound)
  }

  /// Groups in order of time, more than `silence` seconds apart.
  func groups(silence: Int64) -> [TimeGroup] {
    var survey = self
    survey.store()
    var groups: [TimeGroup] = []
    for (_, week) in survey.weeks.sorted(by: { $0.key < $1.key }) {
      if let last = groups.last, week.times.lowerBound - last.times.upperBound <= silence {
        groups[groups.count - 1] = TimeGroup(
          rows: last.rows + week.rows, times: Self.span(last.times, week.times),
          line: min(last.line, week.line))
      } else {
        groups.append(week)
      }
    }
    return groups
  }

  /// What is to be done about groups more than a year from the one with most rows.
  struct Verdict: Equatable {
    /// The group with most rows.
    var main: TimeGroup
    /// At most 1 % of the rows each: wrong clocks, to be set aside.
    var outlying: [TimeGroup] = []
    /// Up to 10 %, or whatever lies more than ten years away: no one log has that.
    var doubtful: [TimeGroup] = []
    /// The others: a log may have a long pause.
    var distant: [TimeGroup] = []
  }

  func verdict() -> Verdict? {
    let groups = groups(silence: Self.year)
    // Of two with as many rows, the later.
    guard
      let main = groups.max(by: {
        ($0.rows, $0.times.lowerBound) < ($1.rows, $1.times.lowerBound)
      })
    else { return nil }
    let rows = groups.reduce(0) { $0 + $1.rows }
    var verdict = Verdict(main: main)
    for group in groups where group != main {
      let distance = max(
        group.times.lowerBound - main.times.upperBound,
        main.times.lowerBound - group.times.upperBound)
      if group.rows * 100 <= rows {
        verdict.outlying.append(group)
      } else if group.rows * 10 <= rows || distance > 10 * Self.year {
        verdict.doubtful.append(group)
      } else {
        verdict.distant.append(group)
      }
    }
    return verdict
  }

  /// The few rows that follow a month of silence at the end of the log, or come before one at its
  /// start: at most one in a hundred each, also where more such months lie between them.
  func strays() -> [TimeGroup] {
    let groups = groups(silence: 30 * LocalClock.day)
    let rows = groups.reduce(0) { $0 + $1.rows }
    func few(_ groups: some Collection<TimeGroup>) -> TimeGroup? {
      var few: TimeGroup?
      for group in groups {
        let all = few.map {
          TimeGroup(
            rows: $0.rows + group.rows, times: Self.span($0.times, group.times),
            line: min($0.line, group.line))
        }
        guard (all ?? group).rows * 100 <= rows else { break }
        few = all ?? group
      }
      return few
    }
    return [few(groups), few(groups.reversed())].compactMap(\.self)
  }
}
