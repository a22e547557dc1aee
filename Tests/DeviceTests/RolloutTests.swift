import Federation
import LinearAlgebra
import Models
import Testing
import UsageData

import Device

/// Rollouts on simulated phones: real predictions by a trained model, by one trained on shuffled
/// labels, and by one trained like the first.
struct RolloutTests {
  private static let phones = 600
  private static let days = 18
  /// Days before the rollout, which tell what is usual for a phone.
  private static let baselineDays = 5

  /// Hits and unlocks by phone and day.
  private struct Accuracy {
    var hits = [[Int]](
      repeating: [Int](repeating: 0, count: days), count: RolloutTests.phones)
    var unlocks = [[Int]](
      repeating: [Int](repeating: 0, count: days), count: RolloutTests.phones)

    /// Better than usual by this much since a day; nil without an app then or before.
    func gain(of phone: Int, since first: Int, through day: Int, usual: Accuracy) -> Double? {
      func share(_ accuracy: Accuracy, _ days: Range<Int>) -> Double? {
        let count = accuracy.unlocks[phone][days].reduce(0, +)
        return count > 0
          ? Double(accuracy.hits[phone][days].reduce(0, +)) / Double(count) : nil
      }
      guard let now = share(self, first..<(day + 1)), let before = share(usual, 0..<baselineDays)
      else { return nil }
      return now - before
    }
  }

  private static let population = SyntheticPopulation(
    seed: 11, clients: phones + 40, days: days, preset: .typical)
  private static let shape = Configuration().exampleShape
  private static let model = CandidateRanker(shape: shape)

  /// Trains on clients that are not among the phones.
  private static func trained(on clients: Range<Int>, shuffles: Bool) -> [Float] {
    var parameters = [Float](repeating: 0, count: model.layout.count)
    var trainer = LocalTrainer(
      model: model, optimizer: ClientOptimizer(learningRate: 0.05, momentum: 0, weightDecay: 0),
      batchSize: 16)
    var state = FeatureState(task: .firstApp, shape: shape)
    for client in clients {
      var stream = RandomStream(seed: 5, purpose: .exampleOrder, client: client)
      let history = population.history(of: client)
      var examples = Examples(shape: shape)
      var candidates: [Int32] = []
      state.appendExamples(
        of: history, moments: PredictionTask.firstApp.moments(in: history), into: &examples,
        candidates: &candidates)
      let chosen = (0..<Int32(examples.count)).filter { examples.targetCandidates[Int($0)] >= 0 }
      if shuffles {
        for index in chosen.indices {
          let own = examples.candidates(of: Int(chosen[index])).count
          examples.targetCandidates[Int(chosen[index])] = Int32(stream.below(own))
        }
      }
      _ = trainer.train(
        &parameters, on: examples, chosen: chosen, epochs: 1, shuffledBy: &stream)
    }
    return parameters
  }

  private static func accuracies(of models: [[Float]]) throws -> [Accuracy] {
    var results = models.map { _ in Accuracy() }
    var phones = models.map {
      Phone(model: model, parameters: $0, task: .firstApp, shape: shape)
    }
    for client in 0..<Self.phones {
      let history = population.history(of: client)
      for index in models.indices {
        let forecasts = try phones[index].forecasts(
          in: 0..<Int64.max, task: .firstApp, of: history, top: 1)
        for forecast in forecasts where forecast.opened != nil {
          let day = Int((forecast.time - SyntheticPopulation.start) / LocalClock.day)
          guard day < days else { continue }
          results[index].unlocks[client][day] += 1
          if forecast.rank == 1 { results[index].hits[client][day] += 1 }
        }
      }
    }
    return results
  }

  /// Plays a rollout; the seed decides which phones are first.
  private static func play(
    _ candidate: Accuracy, against production: Accuracy, seed: UInt64
  ) -> (rollout: Rollout, largestShare: Double) {
    var rollout = Rollout()
    var largest = rollout.share
    var stream = RandomStream(seed: seed, purpose: .clientProfile)
    var order = Array(0..<phones)
    stream.shuffle(&order)
    // By phone; -1 for those with production.
    var since = [Int](repeating: -1, count: phones)
    for day in baselineDays..<days where rollout.decision == .proceed {
      largest = max(largest, rollout.share)
      rollout.beginDay()
      for (rank, phone) in order.enumerated() {
        let isTreated = rollout.includes(Double(rank) / Double(phones))
        if isTreated, since[phone] < 0 { since[phone] = day }
        let gain =
          isTreated
          ? candidate.gain(of: phone, since: since[phone], through: day, usual: production)
          : production.gain(of: phone, since: baselineDays, through: day, usual: production)
        if let gain { rollout.report(gain, isTreated: isTreated) }
      }
      rollout.endDay()
    }
    return (rollout, largest)
  }

  /// Phones whose days have much in common: a baseline by chance, and what the model does to them.
  @Test func theErrorRateHoldsThoughDaysOfAPhoneAreAlike() {
    let count = 300
    var rolledBack = 0
    for seed in 0..<400 {
      var rollout = Rollout(longestDays: 100)
      var stream = RandomStream(seed: UInt64(seed), purpose: .exampleOrder)
      let usual = (0..<count).map { _ in 0.05 * stream.normal() }
      var sums = [Double](repeating: 0, count: count)
      var reported = [Int](repeating: 0, count: count)
      for _ in 0..<25 where rollout.decision == .proceed {
        rollout.beginDay()
        for phone in 0..<count {
          let isTreated = rollout.includes(Double(phone) / Double(count))
          sums[phone] += 0.1 * stream.normal()
          reported[phone] += 1
          rollout.report(
            usual[phone] + sums[phone] / Double(reported[phone]), isTreated: isTreated)
        }
        rollout.endDay()
      }
      if rollout.decision == .rollBack { rolledBack += 1 }
    }
    // 1 % is allowed; three standard deviations of 400 draws above that are 10.
    #expect(rolledBack <= 10, "\(rolledBack)")
  }

  @Test func whatStaysUndecidedIsRolledBack() {
    var rollout = Rollout(longestDays: 4)
    for day in 0..<4 {
      #expect(rollout.decision == .proceed, "day \(day)")
      rollout.beginDay()
      rollout.endDay()
    }
    #expect(rollout.decision == .rollBack && rollout.isUndecided)
  }

  /// What is shown on the last day is no less shown.
  @Test func worseOnTheLastDayIsNotUndecided() {
    var rollout = Rollout(longestDays: 1)
    var stream = RandomStream(seed: 1, purpose: .exampleOrder)
    rollout.beginDay()
    for phone in 0..<400 {
      let isTreated = phone < 40
      rollout.report((isTreated ? -0.5 : 0) + 0.01 * stream.normal(), isTreated: isTreated)
    }
    rollout.endDay()
    #expect(rollout.decision == .rollBack && !rollout.isUndecided)
  }

  @Test func aBrokenModelIsRolledBackEarlyAndAnEqualOneIsKept() throws {
    let good = Self.trained(on: Self.phones..<(Self.phones + 20), shuffles: false)
    let shuffled = Self.trained(on: Self.phones..<(Self.phones + 20), shuffles: true)
    let equal = Self.trained(on: (Self.phones + 20)..<(Self.phones + 40), shuffles: false)
    let results = try Self.accuracies(of: [good, shuffled, equal])
    var stopped = 0
    var kept = 0
    var promoted = 0
    for seed in 0..<20 {
      let broken = Self.play(results[1], against: results[0], seed: UInt64(seed))
      if broken.rollout.decision == .rollBack, broken.largestShare < 0.1 { stopped += 1 }
      let other = Self.play(results[2], against: results[0], seed: UInt64(seed))
      if other.rollout.decision != .rollBack { kept += 1 }
      if other.rollout.decision == .promote { promoted += 1 }
    }
    #expect(stopped == 20)
    #expect(kept >= 18)
    #expect(promoted >= 15)
  }

  @Test func aDecisionIsFinalAndSharesFollowIt() {
    var rollout = Rollout()
    #expect(rollout.share == 0.01 && rollout.includes(0.005) && !rollout.includes(0.01))
    rollout.beginDay()
    rollout.endDay()
    #expect(rollout.decision == .proceed && rollout.stage == 0)
    func report(_ gain: Double, share: Double, to rollout: inout Rollout) {
      rollout.beginDay()
      for index in 0..<400 {
        let isTreated = Double(index) < 400 * share
        rollout.report((isTreated ? gain : 0) + 0.01 * Double(index % 3), isTreated: isTreated)
      }
      rollout.endDay()
    }
    report(-0.3, share: 0.01, to: &rollout)
    #expect(rollout.decision == .rollBack && rollout.share == 0)
    report(1, share: 0.5, to: &rollout)
    #expect(rollout.decision == .rollBack)

    var better = Rollout(stages: [.init(share: 0.5, margin: 0.02)])
    report(0.1, share: 0.5, to: &better)
    #expect(better.decision == .promote && better.share == 1)
    #expect(better.comparison.treated.count == 200)
  }
}
