import Foundation
import UsageData

/// When clients open apps, by the hour of their own clocks.
struct HourProfile {
  private(set) var opens = [Int](repeating: 0, count: 24)

  mutating func add(_ history: ClientHistory) {
    for open in history.opens { opens[Int(open.time % 86_400 / 3_600)] += 1 }
  }

  var total: Int { opens.reduce(0, +) }

  /// A bar of each hour, and the share of each in percent.
  var lines: [String] {
    guard total > 0, let most = opens.max() else { return [] }
    let bars = opens.map { count in
      String(Self.bars[count == 0 ? 0 : 1 + min(7, count * 8 / most)])
    }
    let shares = opens.map { String(format: "%.1f", 100 * Double($0) / Double(total)) }
    func row(_ hours: Range<Int>, _ cells: [String]) -> String {
      hours.map { hour in
        String(repeating: " ", count: max(1, 6 - cells[hour].count)) + cells[hour]
      }.joined()
    }
    let names = (0..<24).map(String.init)
    return ["opens by hour of the day, local time:"]
      + [0..<12, 12..<24].flatMap { hours in
        [
          "hour " + row(hours, names), "     " + row(hours, bars), "%    " + row(hours, shares),
        ]
      }
  }

  /// What looks wrong about it; nil where nothing does.
  ///
  /// People sleep: the four hours in a row with fewest opens begin between 22 and 6 o'clock.
  var doubt: String? {
    guard total >= 500 else { return nil }
    let sums = (0..<24).map { start in (0..<4).reduce(0) { $0 + opens[(start + $1) % 24] } }
    // A flat profile, of which four hours have a sixth, shows no night.
    guard let quiet = (0..<24).min(by: { sums[$0] < sums[$1] }), sums[quiet] * 12 < total,
      !(22...23).contains(quiet), !(0...6).contains(quiet)
    else { return nil }
    return
      "the quietest hours are \(quiet):00 to \((quiet + 4) % 24):00, when people are usually awake; check "
      + "the time zone of the log (fedsim data import --timezone)"
  }

  private static let bars = Array(" ▁▂▃▄▅▆▇█")
}
