import Federation
import Testing

struct CalendarTests {
  private let calendar = Calendar([10..<20, 30..<40], period: 100)

  @Test(
    arguments: [
      (0, nil), (9, nil), (10, 20), (19, 20), (20, nil), (39, 40), (40, nil), (110, 120),
      (535, 540),
    ] as [(Int, Int?)])
  func anIntervalEndsWhereItSays(time: Int, end: Int?) {
    #expect(calendar.end(at: time) == end)
  }

  @Test func whatLastsUntilTheEndGoesOnAtTheBeginning() {
    let night = Calendar([0..<10, 90..<100], period: 100)
    #expect(night.end(at: 95) == 110)
    #expect(night.end(at: 105) == 110)
    #expect(Calendar([90..<100], period: 100).end(at: 95) == 100)
    #expect(Calendar([0..<100], period: 100).end(at: 5) == .max)
    #expect(Calendar([], period: 100).end(at: 5) == nil)
  }
}
