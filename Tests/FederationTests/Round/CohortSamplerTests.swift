import Federation
import Testing

struct CohortSamplerTests {
  static func training(
    _ size: Int, _ sampling: TrainingConfiguration.Sampling = .fixedSize
  ) -> TrainingConfiguration {
    var training = Configuration().training
    training.cohortSize = size
    training.sampling = sampling
    return training
  }

  static func cohorts(
    rounds: Int, clients: Int, training: TrainingConfiguration
  ) -> [[Int]] {
    let partition = ClientPartition(seed: 4, clients: clients, newClientShare: 0)
    return (1...rounds).map {
      CohortSampler.cohort(round: $0, seed: 4, training: training, partition: partition)
    }
  }

  @Test func cohortsAreDistinctSortedTrainingClients() {
    let partition = ClientPartition(seed: 7, clients: 500, newClientShare: 0.3)
    let trainingClients = Set((0..<partition.trainingCount).map(partition.trainingClient))
    for size in [1, 2, 20, 349, 350] {
      for sampling in TrainingConfiguration.Sampling.allCases {
        let cohort = CohortSampler.cohort(
          round: 3, seed: 7, training: Self.training(size, sampling), partition: partition)
        if sampling == .fixedSize { #expect(cohort.count == size) }
        #expect(cohort == Array(Set(cohort)).sorted())
        #expect(trainingClients.isSuperset(of: cohort))
      }
    }
  }

  @Test func theKeyDecides() {
    let partition = ClientPartition(seed: 1, clients: 1_000, newClientShare: 0.1)
    func cohort(round: Int, seed: UInt64) -> [Int] {
      CohortSampler.cohort(
        round: round, seed: seed, training: Self.training(50), partition: partition)
    }
    #expect(cohort(round: 5, seed: 1) == cohort(round: 5, seed: 1))
    #expect(cohort(round: 5, seed: 1) != cohort(round: 6, seed: 1))
    #expect(cohort(round: 5, seed: 1) != cohort(round: 5, seed: 2))
  }

  /// How often each of 100 clients takes part in 5 000 rounds, against the chi-square quantile
  /// that a fair sampler exceeds once in a million.
  @Test(arguments: TrainingConfiguration.Sampling.allCases)
  func everyClientTakesPartEquallyOften(sampling: TrainingConfiguration.Sampling) throws {
    let (clients, rounds, size) = (100, 5_000, 10)
    var counts = [Double](repeating: 0, count: clients)
    for cohort in Self.cohorts(
      rounds: rounds, clients: clients, training: Self.training(size, sampling))
    {
      for client in cohort { counts[client] += 1 }
    }
    let rate = Double(size) / Double(clients)
    let variance = Double(rounds) * rate * (1 - rate)
    let mean = counts.reduce(0, +) / Double(clients)
    // In cohorts of fixed size the counts add up, which takes 1 of 100 parts of their variance.
    let share = sampling == .fixedSize ? Double(clients - 1) / Double(clients) : 1
    let statistic = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * share / variance
    #expect(statistic < (try Bounds.load().chiSquare99))
    // A sampler that is too even is not random either.
    #expect(statistic > 30)
  }

  /// The size of a Poisson cohort is binomial.
  @Test func thePoissonCohortHasABinomialSize() throws {
    let (clients, rounds, size) = (1_000, 20_000, 50)
    let counts = Self.cohorts(
      rounds: rounds, clients: clients, training: Self.training(size, .poisson)
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
    for cohort in Self.cohorts(
      rounds: 20, clients: 1_000_000_000, training: Self.training(100, sampling))
    {
      #expect(cohort == Array(Set(cohort)).sorted())
      #expect(cohort.allSatisfy { (0..<1_000_000_000).contains($0) })
      #expect(sampling == .poisson || cohort.count == 100)
      // Half the ids lie above the middle: 100 clients stray by more than 40 never.
      #expect((10...90).contains(cohort.filter { $0 > 500_000_000 }.count))
    }
  }

  @Test func thePoissonCohortOfACertainRateIsEverybody() {
    let cohorts = Self.cohorts(rounds: 2, clients: 30, training: Self.training(30, .poisson))
    #expect(cohorts == [Array(0..<30), Array(0..<30)])
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
