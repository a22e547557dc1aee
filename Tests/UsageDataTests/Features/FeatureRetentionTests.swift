import Models
import Testing
import UsageData

/// What a phone's feature state still holds of events that are long past.
@Suite struct FeatureRetentionTests {
  private static let day = LocalClock.day
  private static let start = SyntheticPopulation.start
  private static let apps = 5
  private static let sequenceLength = 6

  /// Lives through days of twenty sessions with three opens each.
  ///
  /// App 4 is opened on the first day alone; every event has a second of its own.
  private static func live(
    _ days: Range<Int64>, _ state: inout FeatureState, _ times: inout Set<Int64>
  ) {
    for day in days {
      for number in 0..<Int64(20) {
        let time = start + day * Self.day + number * 3_600 + day % 600
        state.observeUnlock(at: time, context: DeviceContext())
        for open in 0..<Int64(3) {
          let app = day == 0 && open == 2 ? 4 : Int32((day * 7 + number * 3 + open * open) % 4)
          let moment = time + 1 + open * 40
          state.observe(open: AppOpen(time: moment, app: app))
          times.insert(moment)
        }
        state.observeLock(at: time + 200)
        times.formUnion([time, time + 200])
      }
    }
  }

  /// Every value in the state that is the time of an event, and how many values there are.
  private static func content(
    of value: Any, times: Set<Int64>, found: inout [Int64], count: inout Int
  ) {
    if let time = value as? Int64 {
      count += 1
      if times.contains(time) { found.append(time) }
      return
    }
    let children = Mirror(reflecting: value).children
    if children.isEmpty { count += 1 }
    for child in children {
      content(of: child.value, times: times, found: &found, count: &count)
    }
  }

  @Test(arguments: PredictionTask.allCases)
  func onlyCountsAndTheLastStepsAreKept(_ task: PredictionTask) {
    var state = FeatureState(
      task: task, shape: FeatureLayout.shape(vocabulary: 12, sequenceLength: Self.sequenceLength))
    var times: Set<Int64> = []
    var sizes: [Int] = []
    for month in Int64(0)..<6 {
      Self.live(30 * month..<30 * (month + 1), &state, &times)
      var found: [Int64] = []
      var size = 0
      Self.content(of: state, times: times, found: &found, count: &size)
      sizes.append(size)
      let now = times.max() ?? 0
      // App 4 was last used on the first day; the decay clock moves its origin on within 64 hours.
      let old = found.filter { $0 < now - Self.day }
      #expect(old.count { $0 < now - 65 * 3_600 } == 1)
      #expect(old.count <= 2)
      // Last use by app, two sessions, the last event, and two times of the decay clock.
      #expect(found.count <= Self.apps + 4 + 1 + 2)
    }
    // 1 800 opens a month leave nothing that grows.
    #expect(Set(sizes.dropFirst()).count == 1)
    #expect(times.count == 6 * 30 * 20 * 5)
  }
}
