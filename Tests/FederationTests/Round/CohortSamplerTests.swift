import Federation
import Foundation
import Privacy
import Testing

struct CohortSamplerTests {
  static func sampler(
    _ size: Int, _ sampling: TrainingConfiguration.Sampling = .fixedSize, seed: UInt64 = 4,
    clients: Int, newClientShare: Double = 0,
    change: (inout TrainingConfiguration) -> Void = { _ in }
  ) -> CohortSampler {
    var configuration = Configuration()
    configuration.seed = seed
    configuration.training.cohortSize = size
    configuration.training.sampling = sampling
    change(&configuration.training)
    let partition = ClientPartition(seed: seed, clients: clients, newClientShare: newClientShare)
    return CohortSampler(configuration, partition: partition)
  }

  /// Cohorts of one round after the other.
  static func cohorts(rounds: Int, of sampler: CohortSampler) -> [[Int]] {
    var log = ParticipationLog()
    return (1...rounds).map { round in
      let cohort = sampler.cohort(round: round, after: log).clients
      log.record(cohort, round: round)
      return cohort
    }
  }

  @Test func cohortsAreDistinctSortedTrainingClients() {
    let partition = ClientPartition(seed: 7, clients: 500, newClientShare: 0.3)
    let trainingClients = Set((0..<partition.trainingCount).map(partition.trainingClient))
    for size in [1, 2, 20, 349, 350] {
      for sampling in TrainingConfiguration.Sampling.allCases {
        let cohort = Self.sampler(size, sampling, seed: 7, clients: 500, newClientShare: 0.3)
          .cohort(round: 3).clients
        if [.fixedSize, .minSeparation].contains(sampling) { #expect(cohort.count == size) }
        #expect(cohort == Array(Set(cohort)).sorted())
        #expect(trainingClients.isSuperset(of: cohort))
      }
    }
  }

  @Test func theKeyDecides() {
    func cohort(round: Int, seed: UInt64) -> [Int] {
      Self.sampler(50, seed: seed, clients: 1_000, newClientShare: 0.1).cohort(round: round).clients
    }
    #expect(cohort(round: 5, seed: 1) == cohort(round: 5, seed: 1))
    #expect(cohort(round: 5, seed: 1) != cohort(round: 6, seed: 1))
    #expect(cohort(round: 5, seed: 1) != cohort(round: 5, seed: 2))
  }

  /// How often each of 100 clients takes part in 5 000 rounds, against the chi-square quantile
  /// that a fair sampler exceeds once in a million.
  @Test(arguments: TrainingConfiguration.Sampling.allCases.filter { $0 != .randomAllocation })
  func everyClientTakesPartEquallyOften(sampling: TrainingConfiguration.Sampling) throws {
    let (clients, rounds, size) = (100, 5_000, 10)
    var counts = [Double](repeating: 0, count: clients)
    let sampler = Self.sampler(size, sampling, clients: clients)
    for cohort in Self.cohorts(rounds: rounds, of: sampler) {
      for client in cohort { counts[client] += 1 }
    }
    let rate = Double(size) / Double(clients)
    let variance = Double(rounds) * rate * (1 - rate)
    let mean = counts.reduce(0, +) / Double(clients)
    // In cohorts of fixed size the counts add up, which takes 1 of 100 parts of their variance.
    let share =
      [.fixedSize, .minSeparation].contains(sampling) ? Double(clients - 1) / Double(clients) : 1
    let statistic = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * share / variance
    #expect(statistic < (try Bounds.load().chiSquare99))
    // A sampler that is too even is not random either.
    #expect(statistic > 30)
  }

  /// The size of a Poisson cohort is binomial.
  @Test func thePoissonCohortHasABinomialSize() throws {
    let (clients, rounds, size) = (1_000, 20_000, 50)
    let counts = Self.cohorts(
      rounds: rounds, of: Self.sampler(size, .poisson, clients: clients)
    ).map { Double($0.count) }
    let rate = Double(size) / Double(clients)
    let expected = Double(clients) * rate * (1 - rate)
    let mean = counts.reduce(0, +) / Double(rounds)
    let variance = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rounds - 1)
    let bound = try Bounds.load().normal
    #expect(abs(mean - Double(size)) < bound * (expected / Double(rounds)).squareRoot())
    #expect(abs(variance - expected) < bound * expected * (2 / Double(rounds)).squareRoot())
  }

  @Test(arguments: TrainingConfiguration.Sampling.allCases)
  func aBillionClientsCostNoMoreThanAThousand(sampling: TrainingConfiguration.Sampling) throws {
    let sampler = Self.sampler(100, sampling, clients: 1_000_000_000) {
      $0.minSeparation = Setting(50)
    }
    for cohort in Self.cohorts(rounds: 20, of: sampler) {
      #expect(cohort == Array(Set(cohort)).sorted())
      #expect(cohort.allSatisfy { (0..<1_000_000_000).contains($0) })
      #expect([.poisson, .cyclic, .randomAllocation].contains(sampling) || cohort.count == 100)
      // Half the ids lie above the middle: 100 clients stray by more than 40 never.
      #expect((10...90).contains(cohort.filter { $0 > 500_000_000 }.count))
    }
  }

  @Test func thePoissonCohortOfACertainRateIsEverybody() {
    let cohorts = Self.cohorts(rounds: 2, of: Self.sampler(30, .poisson, clients: 30))
    #expect(cohorts == [Array(0..<30), Array(0..<30)])
  }

  // MARK: - Promises to the accountant

  /// Every block meets every client once, in cohorts whose sizes are binomial, and the next block
  /// puts them elsewhere.
  @Test func randomAllocationMeetsEverybodyOnce() throws {
    let (clients, size) = (1_000, 50)
    let sampler = Self.sampler(size, .randomAllocation, clients: clients)
    let bins = 20
    #expect(
      sampler.sampling
        == .randomAllocation(
          Participation(minimumSeparation: bins, maximumParticipations: 5), isKept: false))
    #expect(sampler.sampling.participation == nil)
    var square = 0.0
    var again = 0
    let blocks = 200
    var before: [Int: Int] = [:]
    for block in 0..<blocks {
      var places: [Int: Int] = [:]
      for place in 0..<bins {
        let cohort = sampler.cohort(round: block * bins + place + 1).clients
        for client in cohort { #expect(places.updateValue(place, forKey: client) == nil) }
        square += pow(Double(cohort.count - size), 2)
      }
      #expect(places.count == clients)
      again += places.count { before[$0.key] == $0.value }
      before = places
    }
    let bound = try Bounds.load().normal
    // Sizes of one block add up to the clients, which takes 1 of 20 parts of nothing: each has the
    // variance of its own binomial.
    let variance = Double(clients) / Double(bins) * (1 - 1 / Double(bins))
    let count = Double(blocks * bins)
    #expect(abs(square / count - variance) < bound * variance * (2 / count * 2).squareRoot())
    // A twentieth of the clients has the same place again.
    let expected = Double((blocks - 1) * clients) / Double(bins)
    #expect(abs(Double(again) - expected) < bound * expected.squareRoot())
  }

  /// Two clients have the same place as often as independent draws do: once in 20 times.
  @Test func placesAreIndependent() throws {
    let sampler = Self.sampler(5, .randomAllocation, clients: 100)
    var together = 0
    let blocks = 2_000
    for block in 0..<blocks {
      for place in 0..<20 {
        let cohort = Set(sampler.cohort(round: block * 20 + place + 1).clients)
        together += (0..<50).count { cohort.contains(2 * $0) && cohort.contains(2 * $0 + 1) }
      }
    }
    let expected = Double(blocks * 50) / 20
    #expect(abs(Double(together) - expected) < (try Bounds.load().normal) * expected.squareRoot())
  }

  /// With correlated noise a client keeps its place: it returns after a whole block exactly.
  @Test func placesAreKeptUnderCorrelatedNoise() throws {
    var configuration = Configuration()
    configuration.training.cohortSize = 25
    configuration.training.rounds = 30
    configuration.training.sampling = .randomAllocation
    configuration.privacy.mechanism = .banded
    let sampler = CohortSampler(
      configuration, partition: ClientPartition(seed: 1, clients: 250, newClientShare: 0))
    let cohorts = Self.cohorts(rounds: 30, of: sampler)
    #expect(Set(cohorts[..<10].joined()).count == 250)
    for round in 0..<20 { #expect(cohorts[round] == cohorts[round + 10]) }
    #expect(
      sampler.sampling.participation
        == Participation(minimumSeparation: 10, maximumParticipations: 3))
  }

  @Test(arguments: [.minSeparation, .cyclic] as [TrainingConfiguration.Sampling])
  func participationsStayApart(sampling: TrainingConfiguration.Sampling) throws {
    let sampler = Self.sampler(20, sampling, clients: 250) {
      $0.minSeparation = Setting(12)
      $0.rounds = 100
    }
    var log = ParticipationLog()
    for round in 1...100 {
      let cohort = sampler.cohort(round: round, after: log).clients
      log.record(cohort, round: round)
    }
    // 12 cohorts of 20 are nearly all 250 clients, so the limits are met.
    #expect(try #require(log.smallestGap) == 12)
    #expect(log.mostParticipations <= 9)
    let participation = Participation(minimumSeparation: 12, maximumParticipations: 9)
    #expect(sampler.sampling.participation == participation)
  }

  /// Clients of a group join by themselves: with the rate that the accountant is told.
  @Test func cyclicGroupsTakeTurns() throws {
    let sampler = Self.sampler(30, .cyclic, clients: 1_000) {
      $0.minSeparation = Setting(7)
      $0.rounds = 7_000
    }
    // The largest of 7 groups of 1 000 clients has 143.
    let rate = 30.0 / 143
    #expect(sampler.sampling.rate == rate)
    var group: [Int: Int] = [:]
    var total = 0
    for round in 1...7_000 {
      let cohort = sampler.cohort(round: round).clients
      total += cohort.count
      for client in cohort { #expect(group[client, default: round % 7] == round % 7) }
      for client in cohort { group[client] = round % 7 }
    }
    #expect(group.count == 1_000)
    let deviation = (1e6 * rate * (1 - rate)).squareRoot()
    #expect(abs(Double(total) - 1e6 * rate) < (try Bounds.load().normal) * deviation)
  }

  /// Above the capacity a random part is kept; everybody is as likely as before to be in it.
  @Test func aCapacityCutsPoissonCohorts() throws {
    let sampler = Self.sampler(50, .poisson, clients: 1_000) { $0.capacity = Setting(55) }
    #expect(
      sampler.sampling == .truncatedPoisson(rate: 0.05, population: 1_000, capacity: 55))
    let whole = Self.sampler(50, .poisson, clients: 1_000)
    var cut = 0
    for round in 1...2_000 {
      let cohort = Set(sampler.cohort(round: round).clients)
      let joined = Set(whole.cohort(round: round).clients)
      #expect(cohort.count == min(55, joined.count) && joined.isSuperset(of: cohort))
      if joined.count > 55 { cut += 1 }
    }
    // A binomial number with mean 50 exceeds 55 in 21 of 100 rounds.
    #expect((300...540).contains(cut))
    // With room for everybody there is nothing to cut.
    let roomy = Self.sampler(50, .poisson, clients: 1_000) { $0.capacity = Setting(1_000) }
    #expect(roomy.sampling == .poisson(rate: 0.05))
  }

  @Test func theLogSurvivesCoding() throws {
    var log = ParticipationLog()
    log.record([3, 1 << 40], round: 1)
    log.record([7], round: 2)
    log.record([3], round: 5)
    let data = try PropertyListEncoder().encode([log, ParticipationLog()])
    let restored = try PropertyListDecoder().decode([ParticipationLog].self, from: data)
    #expect(restored == [log, ParticipationLog()])
    #expect(restored[0].smallestGap == 4 && restored[0].mostParticipations == 2)
    #expect(!restored[0].mayTakePart(3, round: 6, separation: 2))
    #expect(restored[0].mayTakePart(3, round: 7, separation: 2))
  }

  /// A position can be drawn whether the ones before it were drawn or not.
  @Test func floydsDrawIsUniformOverSets() {
    var stream = testStream(8)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<60_000 {
      counts[CohortSampler.distinct(3, below: 6, using: &stream).sorted(), default: 0] += 1
    }
    // 20 sets, each 3 000 times, give or take 53 (a standard deviation).
    #expect(counts.count == 20)
    #expect(counts.values.allSatisfy { abs($0 - 3_000) < 300 })
  }
}
