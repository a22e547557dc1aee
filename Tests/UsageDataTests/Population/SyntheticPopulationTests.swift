import Testing
import UsageData

struct SyntheticPopulationTests {
  @Test func historyIsAFunctionOfSeedPresetAndClient() {
    let many = SyntheticPopulation(seed: 3, clients: 1_000_000, days: 7, preset: .typical)
    let few = SyntheticPopulation(seed: 3, clients: 10, days: 7, preset: .typical)
    // In another order, and after others were asked for.
    let wanted = few.history(of: 4)
    let last = many.history(of: 999_999)
    #expect(isSame(many.history(of: 4), wanted))
    #expect(isSame(many.history(of: 999_999), last))

    #expect(!isSame(few.history(of: 5), wanted))
    let otherSeed = SyntheticPopulation(seed: 4, clients: 10, days: 7, preset: .typical)
    #expect(!isSame(otherSeed.history(of: 4), wanted))
    let otherPreset = SyntheticPopulation(seed: 3, clients: 10, days: 7, preset: .erratic)
    #expect(!isSame(otherPreset.history(of: 4), wanted))
  }

  @Test(arguments: PopulationPreset.allCases)
  func longerPeriodBeginsWithTheShorter(preset: PopulationPreset) {
    let short = SyntheticPopulation(seed: 8, clients: 20, days: 5, preset: preset)
    let long = SyntheticPopulation(seed: 8, clients: 20, days: 21, preset: preset)
    for client in 0..<20 {
      let start = short.history(of: client)
      let whole = long.history(of: client)
      #expect(whole.sessions.count > start.sessions.count)
      #expect(start.sessions == Array(whole.sessions.prefix(start.sessions.count)))
      #expect(start.opens == Array(whole.opens.prefix(start.opens.count)))
      #expect(start.installs == Array(whole.installs.prefix(start.installs.count)))
      // Nothing of the period is missing from the shorter one.
      let end = SyntheticPopulation.start + 5 * LocalClock.day
      #expect(whole.sessions[start.sessions.count].start >= end)
      #expect(whole.installs.dropFirst(start.installs.count).allSatisfy { $0.time >= end })
    }
  }

  @Test(arguments: PopulationPreset.allCases)
  func historiesAreWellFormed(preset: PopulationPreset) {
    let population = SyntheticPopulation(seed: 5, clients: 30, days: 14, preset: preset)
    let end = SyntheticPopulation.start + 14 * LocalClock.day
    for client in 0..<30 {
      let history = population.history(of: client)
      var installed: [Int32: Int64] = [:]
      for install in history.installs {
        #expect(installed.updateValue(install.time, forKey: install.app) == nil)
      }
      #expect(history.installs.map(\.time) == history.installs.map(\.time).sorted())
      var lock = SyntheticPopulation.start
      var opens = 0
      for session in history.sessions {
        #expect(session.start > lock && session.start < end && session.end > session.start)
        #expect(session.opens.lowerBound == opens)
        opens = session.opens.upperBound
        var previous: AppOpen?
        for open in history.opens[session.opens] {
          #expect((session.start...session.end).contains(open.time))
          #expect((0..<Int32(population.appCount)).contains(open.app))
          #expect(installed[open.app].map { $0 < session.start } ?? true)
          if let previous {
            #expect(previous.time < open.time && previous.app != open.app)
          }
          previous = open
        }
        lock = session.end
      }
      #expect(opens == history.opens.count)
      let contexts = history.sessions.map(\.context)
      #expect(contexts.allSatisfy { (0...1).contains($0.battery) && $0.place <= 7 })
      #expect(Set(contexts.map(\.network)).isSuperset(of: [.cellular, .wifi]))
      #expect(contexts.contains { $0.isCharging } && contexts.contains { !$0.isCharging })
    }
  }

  /// Place 1 is home: visited most, and where the phone is at night.
  @Test func placesAreNumberedByVisits() {
    let population = SyntheticPopulation(seed: 6, clients: 100, days: 28, preset: .typical)
    var visits = [Int](repeating: 0, count: 8)
    var nights = visits
    for client in 0..<100 {
      for session in population.history(of: client).sessions {
        visits[Int(session.context.place)] += 1
        if LocalClock.hour(session.start) < 6 { nights[Int(session.context.place)] += 1 }
      }
    }
    #expect(visits[1] > visits[2] && visits[2] > visits[3])
    #expect(visits[4...].allSatisfy { 0 < $0 && $0 < visits[3] })
    #expect(Double(nights[1]) > 0.9 * Double(nights.reduce(0, +)))
    let unknown = Double(visits[0]) / Double(visits.reduce(0, +))
    #expect(unknown > 0.03 && unknown < 0.05)
  }

  /// A vocabulary is a prefix of the ids, so the first ids must be the ones in use.
  @Test func idsAreOrderedByPopularity() {
    let population = SyntheticPopulation(seed: 7, clients: 300, days: 7, preset: .typical)
    var opens = [Int](repeating: 0, count: population.appCount)
    for client in 0..<300 {
      for open in population.history(of: client).opens { opens[Int(open.app)] += 1 }
    }
    let total = opens.reduce(0, +)
    let best = opens.sorted(by: >)
    for size in [32, 64, 128, 256] {
      let covered = opens.prefix(size).reduce(0, +)
      let possible = best.prefix(size).reduce(0, +)
      #expect(Double(covered) > 0.9 * Double(possible), "the first \(size) of \(total)")
    }
    let names = (0..<Int32(population.appCount)).map { population.appName($0) }
    #expect(Set(names).count == names.count)
    #expect(names[0] == "messaging-01")
  }

  /// Kinds of users come as often as their shares say: chi-square with 9 degrees of freedom is
  /// above 44.82 once in a million draws (scipy.stats.chi2.isf(1e-6, 9)).
  @Test func archetypesHaveTheirShares() {
    let population = SyntheticPopulation(seed: 11, clients: 4_000, days: 1, preset: .typical)
    var counts = [Int](repeating: 0, count: Archetype.all.count)
    for client in 0..<4_000 { counts[population.archetype(of: client)] += 1 }
    let shares = [0.2, 0.12, 0.12, 0.1, 0.1, 0.1, 0.08, 0.06, 0.06, 0.06]
    let distance = zip(counts, shares).reduce(0) { sum, pair in
      let expected = 4_000 * pair.1
      return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
    }
    #expect(distance < 44.82, "\(counts)")
    let names = Archetype.all.map(\.name)
    #expect(Set(names).count == names.count && names.allSatisfy { $0.allSatisfy(\.isLetter) })
  }

  private func isSame(_ a: ClientHistory, _ b: ClientHistory) -> Bool {
    a.sessions == b.sessions && a.opens == b.opens && a.installs == b.installs
  }
}
