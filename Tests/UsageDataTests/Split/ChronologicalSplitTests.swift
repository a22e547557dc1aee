import Testing
import UsageData

struct ChronologicalSplitTests {
  /// Sessions at hours 1, 2, …, each with opens after the given seconds.
  static func history(opensAfter seconds: [[Int64]]) -> ClientHistory {
    var history = ClientHistory()
    for (index, offsets) in seconds.enumerated() {
      let start = Int64(index + 1) * 3600
      let first = history.opens.count
      for offset in offsets { history.opens.append(AppOpen(time: start + offset, app: 1)) }
      history.sessions.append(
        Session(
          start: start, end: start + 1800, opens: first..<history.opens.count,
          context: DeviceContext()))
    }
    return history
  }

  @Test func dateCutsEverybodyAtTheSameInstant() {
    let history = Self.history(opensAfter: [[1], [1], [1], [1]])
    let moments = PredictionTask.firstApp.moments(in: history)
    let split = ChronologicalSplit(of: moments, in: history, by: .date(3 * 3600))
    #expect(split.training == 0..<2)
    #expect(split.past == 0..<2)
    #expect(split.pastOpens == 0..<2)
    #expect(split.test == 2..<4)
  }

  @Test func aMomentThatStraddlesTheDateIsNeitherPastNorTest() {
    let history = Self.history(opensAfter: [[1], [100], [1]])
    let moments = PredictionTask.firstApp.moments(in: history)
    let split = ChronologicalSplit(of: moments, in: history, by: .date(2 * 3600 + 50))
    #expect(split.past == 0..<1)
    #expect(split.pastOpens == 0..<1)
    #expect(split.test == 2..<3)
  }

  @Test(arguments: [
    (10, 0.2, 8), (11, 0.2, 8), (694, 0.2, 555), (10, 0.9, 1), (3, 0, 3), (0, 0.2, 0),
  ])
  func lastFractionRoundsTheTestUp(moments count: Int, fraction: Double, past: Int) {
    let history = Self.history(opensAfter: [[Int64]](repeating: [1], count: count))
    let moments = PredictionTask.firstApp.moments(in: history)
    let split = ChronologicalSplit(of: moments, in: history, by: .lastFraction(fraction))
    #expect(split.past == 0..<past)
    #expect(split.test == past..<count)
    #expect(split.pastOpens == 0..<past)
    let start = SplitRule.lastFraction(fraction).testStart(of: moments)
    #expect(start == (past < count ? moments[past].time : nil))
  }

  @Test(arguments: [(0, 0), (1, 1), (2, 2), (5, 3)])
  func trainingMayBeginLater(hour: Int64, first: Int) {
    let history = Self.history(opensAfter: [[1], [1], [1], [1], [1]])
    let moments = PredictionTask.firstApp.moments(in: history)
    // One open a little after each hour from 1 to 5.
    let split = ChronologicalSplit(
      of: moments, in: history, by: .date(4 * 3600), trainingEnd: 4 * 3600,
      trainingStart: (hour + 1) * 3600)
    #expect(split.training == first..<3)
    #expect(split.past == 0..<3)
  }

  @Test func trainingEndsForEverybodyBeforeTheFirstTest() {
    let history = Self.history(opensAfter: [[1], [1], [1], [1], [1]])
    let moments = PredictionTask.firstApp.moments(in: history)
    let split = ChronologicalSplit(
      of: moments, in: history, by: .lastFraction(0.2), trainingEnd: 3 * 3600)
    #expect(split.training == 0..<2)
    #expect(split.past == 0..<4)
    #expect(split.test == 4..<5)
  }
}
