import Testing
import UsageData

/// A population whose ways change, and to which people come.
struct PopulationDriftTests {
  private static let day = 6

  private static func population(
    preset: PopulationPreset = .routine, share: Double = 1, to drifted: PopulationPreset? = .routine
  ) -> SyntheticPopulation {
    SyntheticPopulation(
      seed: 21, clients: 60, days: 14, preset: preset,
      drift: drifted.map { PopulationDrift(day: day, share: share, preset: $0) })
  }

  private static let drift = SyntheticPopulation.start + Int64(day) * LocalClock.day

  @Test func nothingChangesBeforeItsDay() {
    for client in 0..<20 {
      let without = Self.population(to: nil).history(of: client)
      let with = Self.population().history(of: client)
      let sessions = without.sessions.prefix { $0.start < Self.drift }
      #expect(Array(with.sessions.prefix(sessions.count)) == Array(sessions))
      let opens = sessions.last?.opens.upperBound ?? 0
      #expect(with.opens.prefix(opens) == without.opens.prefix(opens))
      #expect(with.opens != without.opens)
      #expect(with.installs == without.installs)
    }
  }

  @Test func onlyAShareOfTheClientsChanges() {
    let changed = (0..<60).filter { client in
      Self.population(share: 0.5).history(of: client).opens
        != Self.population(to: nil).history(of: client).opens
    }
    #expect((18...42).contains(changed.count), "\(changed.count)")
    let all = (0..<60).filter { client in
      Self.population(share: 0).history(of: client).opens
        != Self.population(to: nil).history(of: client).opens
    }
    #expect(all.isEmpty)
  }

  /// What the ceiling states after the drift is what happens, and what it knew before is not.
  @Test func theCeilingKnowsOfTheDrift() {
    func hits(
      _ population: SyntheticPopulation, stated: SyntheticPopulation
    ) -> (share: Double, expected: Double) {
      var (hits, expected, count) = (0, 0.0, 0)
      for client in 0..<60 {
        let history = population.history(of: client)
        let moments = PredictionTask.firstApp.moments(in: history).filter { $0.time >= Self.drift }
        let ceiling = stated.ceiling(
          of: client, history: history, moments: moments, task: .firstApp)
        for (index, moment) in moments.enumerated() {
          let best = ceiling.offsets[index]
          expected += ceiling.probabilities[best]
          if ceiling.apps[best] == history.opens[moment.open].app { hits += 1 }
          count += 1
        }
      }
      return (Double(hits) / Double(count), expected / Double(count))
    }
    let known = hits(Self.population(), stated: Self.population())
    // About 29 000 moments: four standard errors of a share of 0.95.
    #expect(abs(known.share - known.expected) < 0.006, "\(known)")
    #expect(known.share > 0.93)
    #expect(hits(Self.population(), stated: Self.population(to: nil)).share < 0.6)
  }

  @Test func thePresetSaysHowRegularPeopleAreAfterwards() {
    let population = Self.population(to: .erratic)
    var best = (before: 0.0, after: 0.0)
    for client in 0..<20 {
      let history = population.history(of: client)
      let moments = PredictionTask.firstApp.moments(in: history)
      let ceiling = population.ceiling(
        of: client, history: history, moments: moments, task: .firstApp)
      func mean(where isWanted: (Moment) -> Bool) -> Double {
        let chosen = moments.indices.filter { isWanted(moments[$0]) }
        return chosen.reduce(0) { $0 + ceiling.probabilities[ceiling.offsets[$1]] }
          / Double(chosen.count)
      }
      best.before += mean { $0.time < Self.drift } / 20
      best.after += mean { $0.time >= Self.drift } / 20
    }
    #expect(best.before > 0.93 && best.after < 0.4, "\(best)")
  }

  @Test func peopleComeEvenlyOverTheFirstDays() {
    let population = SyntheticPopulation(
      seed: 22, clients: 2_000, days: 10, preset: .typical,
      arrivals: PopulationArrivals(share: 0.5, days: 10))
    var byDay = [Int](repeating: 0, count: 10)
    for client in 0..<2_000 {
      byDay[Int((population.start(of: client) - SyntheticPopulation.start) / LocalClock.day)] += 1
    }
    // 1 000 are there from the beginning; of the others 100 come on each day.
    #expect((1_000...1_200).contains(byDay[0]), "\(byDay)")
    #expect(byDay.dropFirst().allSatisfy { (60...140).contains($0) }, "\(byDay)")
    for client in 0..<60 {
      let history = population.history(of: client)
      let start = population.start(of: client)
      #expect(history.sessions.allSatisfy { $0.start > start })
      #expect(history.installs.allSatisfy { $0.time >= start })
      #expect((history.sessions.first?.start ?? start) < start + 2 * LocalClock.day)
    }
  }

  @Test func theCeilingOfOneWhoCameLaterIsSound() {
    let population = SyntheticPopulation(
      seed: 22, clients: 200, days: 10, preset: .routine,
      arrivals: PopulationArrivals(share: 1, days: 5))
    var (hits, expected) = (0, 0.0)
    var variance = 0.0
    for client in 0..<200 {
      let history = population.history(of: client)
      // The first open alone: it is the one whose gap begins with the phone.
      let moments = Array(PredictionTask.firstApp.moments(in: history).prefix(1))
      let ceiling = population.ceiling(
        of: client, history: history, moments: moments, task: .firstApp)
      for moment in moments {
        let best = ceiling.probabilities[0]
        expected += best
        variance += best * (1 - best)
        if ceiling.apps[0] == history.opens[moment.open].app { hits += 1 }
      }
    }
    #expect(abs(Double(hits) - expected) < 4 * variance.squareRoot(), "\(hits) of \(expected)")
  }
}
