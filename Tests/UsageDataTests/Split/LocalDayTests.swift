import Testing
import UsageData

struct LocalDayTests {
  /// Days since 1970 from Python's datetime.
  @Test(arguments: [
    ("1970-01-01", 0), ("1970-03-01", 59), ("1972-02-29", 789), ("1999-12-31", 10_956),
    ("2000-02-29", 11_016), ("2000-03-01", 11_017), ("2026-01-05", 20_458),
    ("2100-03-01", 47_541), ("9999-12-31", 2_932_896),
  ])
  func aDayBeginsAtMidnight(text: String, day: Int64) {
    #expect(LocalClock.day(named: text) == day * 86_400)
  }

  @Test(arguments: [
    "", "2026-01", "2026-1-5", "2026-01-32", "2026-00-10", "2026-13-01", "2100-02-29", "2023-02-29",
    "1969-12-31", "2026-01-05T00:00", "2026/01/05", "20260105", "-026-01-05", "２０２６-01-05",
    "2026-01-05 ",
  ])
  func whatIsNoDayIsNone(text: String) { #expect(LocalClock.day(named: text) == nil) }

  @Test func theTestPeriodMayEnd() {
    let history = ChronologicalSplitTests.history(opensAfter: [[1], [1], [1], [1], [1]])
    let moments = PredictionTask.firstApp.moments(in: history)
    func test(until end: Int64) -> Range<Int> {
      ChronologicalSplit(of: moments, in: history, by: .date(3 * 3600), testEnd: end).test
    }
    #expect(test(until: 5 * 3600) == 2..<4)
    #expect(test(until: .max) == 2..<5)
    #expect(test(until: 3 * 3600).isEmpty && test(until: 0).isEmpty)
  }
}
