import Testing
import UsageData

struct PopulationStatisticsTests {
  @Test func typicalIsInsideEveryRange() {
    let population = SyntheticPopulation(seed: 19, clients: 200, days: 28, preset: .typical)
    let rows = PopulationStatistics((0..<200).lazy.map { population.history(of: $0) }).rows
    #expect(rows.count { $0.target != nil } >= 40)
    for row in rows {
      #expect(row.isInside != false, "\(row.quantity) is \(row.value)")
    }
  }

  /// Counted by hand.
  @Test func smallHistoryIsDescribedExactly() throws {
    var history = ClientHistory()
    let monday = SyntheticPopulation.start
    let saturday = monday + 5 * LocalClock.day
    add([0, 1], at: monday + 3600, length: 100, notification: 0, to: &history)
    add([1], at: monday + 3730, length: 10, notification: -1, to: &history)
    add([], at: monday + 3800, length: 5, notification: 0, to: &history)
    add([1, 0, 2], at: monday + 4005, length: 300, notification: 2, to: &history)
    add([2, 1], at: saturday + 3600, length: 100, notification: -1, to: &history)
    let rows = PopulationStatistics([history]).rows
    func value(_ prefix: String) throws -> Double {
      try #require(rows.first { $0.quantity.hasPrefix(prefix) }, "\(prefix)").value
    }
    #expect(try value("apps used") == 3)
    #expect(try value("never-seen apps") == 0)
    #expect(try value("unlocks per day") == 5.0 / 6)
    #expect(try value("unlocks that open no app") == 1.0 / 5)
    #expect(try value("unlocks with one app") == 1.0 / 4)
    #expect(try value("first apps opened from a notification") == 1.0 / 4)
    // Two opens on one weekend day, six on five weekdays.
    #expect(abs(try value("opens per weekend day") - 2 / (6.0 / 5)) < 1e-12)
    #expect(try value("share of opens, most used app") == 4.0 / 8)
    #expect(try value("share of first apps, most used app") == 2.0 / 4)
    // First apps 0, 1, 1, 2: ½·1 + 2·¼·2 bits.
    #expect(try value("entropy of the first app") == 1.5)
    // Gaps: 30 s after app 1, again 1; then an empty unlock; 200 s after it again 1; long.
    #expect(try value("first app repeats the last, locked < 1 min") == 1)
    #expect(try value("first app repeats the last, locked 1–5 min") == 1)
    #expect(try value("first app repeats the last first app") == 1.0 / 3)
    // Switches 0→1, 1→0, 0→2, 2→1; only 1→0 and 2→1 go back.
    #expect(try value("next app among the last 2 others") == 0.5)
    // Fitted on first apps 0, 1, 1; tested on 2, which is the last app.
    #expect(try value("accuracy of most_frequent") == 0)
    #expect(try value("accuracy of most_recent") == 1)
    #expect(rows.allSatisfy { !$0.value.isNaN })
  }

  @Test func noHistoryHasNoRowsThatAreNotNumbers() {
    #expect(PopulationStatistics([]).rows.allSatisfy { !$0.value.isNaN })
    #expect(PopulationStatistics([ClientHistory()]).rows.allSatisfy { !$0.value.isNaN })
  }

  @Test func quantilesOfDurationsAreWithinTwoPercent() throws {
    var history = ClientHistory()
    var time = SyntheticPopulation.start
    for length in 1...2_001 {
      add([], at: time, length: Int64(length), notification: -1, to: &history)
      time += Int64(length) + 50
    }
    let rows = PopulationStatistics([history]).rows
    let median = try #require(rows.first { $0.quantity == "unlock to lock (s), median" }).value
    #expect(abs(median / 1_001 - 1) < 0.02)
    let mean = try #require(rows.first { $0.quantity == "unlock to lock (s), mean" }).value
    #expect(mean == 1_001)
    let gap = try #require(rows.first { $0.quantity == "lock to next unlock (s), median" }).value
    #expect(abs(gap / 50 - 1) < 0.02)
  }

  private func add(
    _ apps: [Int32], at start: Int64, length: Int64, notification: Int32,
    to history: inout ClientHistory
  ) {
    var context = DeviceContext()
    context.notification = notification
    let first = history.opens.count
    for (index, app) in apps.enumerated() {
      history.opens.append(AppOpen(time: start + Int64(index), app: app))
    }
    history.sessions.append(
      Session(
        start: start, end: start + length, opens: first..<history.opens.count, context: context))
  }
}
