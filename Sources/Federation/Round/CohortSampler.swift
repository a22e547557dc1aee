import Glibc
import LinearAlgebra
import Privacy

/// The clients of one round, and what the way they were drawn means for their privacy.
package struct Cohort: Equatable, Sendable {
  /// Client ids, ascending.
  package var clients: [Int]
  package var sampling: SamplingEvent
}

/// Draws the cohort of a round; cost and memory depend on the cohort, not on the population.
package struct CohortSampler: Sendable {
  /// What every cohort of this sampler is an instance of.
  package let sampling: SamplingEvent
  private let configuration: Configuration
  private let cohortSize: Int
  private let partition: ClientPartition

  /// Constraint: the configuration is valid for as many clients as the partition has.
  package init(_ configuration: Configuration, partition: ClientPartition) {
    self.configuration = configuration
    self.partition = partition
    let training = configuration.training
    cohortSize = configuration.selectedClients
    let population = partition.trainingCount
    let rate = Double(cohortSize) / Double(population)
    let separation =
      training.sampling == .randomAllocation
      ? configuration.allocationRounds(trainingClients: population)
      : training.minSeparation.value ?? 1
    let participation = Participation(
      minimumSeparation: separation,
      maximumParticipations: (training.rounds + separation - 1) / separation)
    switch training.sampling {
    case .fixedSize: sampling = .fixedSize(rate: rate)
    case .poisson:
      if let capacity = training.capacity.value, capacity < population {
        sampling = .truncatedPoisson(rate: rate, population: population, capacity: capacity)
      } else {
        sampling = .poisson(rate: rate)
      }
    case .minSeparation: sampling = .separated(participation)
    case .randomAllocation:
      // What correlated noise makes of two rounds depends on their distance, which must not vary.
      sampling = .randomAllocation(
        participation, isKept: configuration.privacy.isCorrelated)
    case .cyclic:
      // The largest group sets the rate, so that it is the same in every round.
      let group = (population + separation - 1) / separation
      sampling = .cyclicPoisson(
        rate: min(1, Double(cohortSize) / Double(group)), participation)
    }
  }

  /// The cohort of a round.
  ///
  /// - Parameter log: who took part before; only `min_separation` looks.
  package func cohort(round: Int, after log: ParticipationLog = ParticipationLog()) -> Cohort {
    var stream = configuration.stream(.cohort, round: round)
    let population = partition.trainingCount
    let clients: [Int]
    switch sampling {
    case .fixedSize:
      clients = Self.distinct(cohortSize, below: population, using: &stream)
        .map(partition.trainingClient)
    case .poisson(let rate):
      clients = Self.poisson(rate: rate, below: population, using: &stream)
        .map(partition.trainingClient)
    case .truncatedPoisson(let rate, _, let capacity):
      let joined = Self.poisson(rate: rate, below: population, using: &stream)
      let kept =
        joined.count <= capacity
        ? joined : Self.distinct(capacity, below: joined.count, using: &stream).map { joined[$0] }
      clients = kept.map(partition.trainingClient)
    case .separated(let participation):
      clients = separated(by: participation.minimumSeparation, round, log, using: &stream)
    case .cyclicPoisson(let rate, let participation):
      // Positions are in random order already: every n-th is as good a group as any.
      let groups = participation.minimumSeparation
      let group = (round - 1) % groups
      let members = (population - group + groups - 1) / groups
      clients = Self.poisson(rate: rate, below: members, using: &stream)
        .map { partition.trainingClient($0 * groups + group) }
    case .randomAllocation(let participation, let isKept):
      let bins = participation.minimumSeparation
      let allocation = BlockAllocation(
        configuration, block: isKept ? 0 : (round - 1) / bins, clients: population, bins: bins)
      clients = allocation.clients(of: (round - 1) % bins).map(partition.trainingClient)
    }
    return Cohort(clients: clients.sorted(), sampling: sampling)
  }

  /// So many different clients, drawn as a cohort of fixed size is; no more than there are.
  package func clients(_ count: Int, round: Int) -> [Int] {
    var stream = configuration.stream(.cohort, round: round)
    let population = partition.trainingCount
    return Self.distinct(min(count, population), below: population, using: &stream)
      .map(partition.trainingClient)
  }

  /// Different clients in random order, for a server that takes those who are available: all, or so many.
  package func candidates(round: Int, attempt: Int, atMost most: Int) -> [Int] {
    var stream = configuration.stream(.availableClients, round: round, client: attempt)
    let population = partition.trainingCount
    var positions = Self.distinct(min(most, population), below: population, using: &stream)
    stream.shuffle(&positions)
    return positions.map(partition.trainingClient)
  }

  /// Whether a client may take part in a round again.
  package func mayTakePart(_ client: Int, round: Int, after log: ParticipationLog) -> Bool {
    guard case .separated(let participation) = sampling else { return true }
    return log.mayTakePart(
      client, round: round, separation: participation.minimumSeparation)
  }

  /// Different clients that may take part again, by drawing until there are enough.
  private func separated(
    by separation: Int, _ round: Int, _ log: ParticipationLog, using stream: inout RandomStream
  ) -> [Int] {
    var chosen = Set<Int>(minimumCapacity: cohortSize)
    while chosen.count < cohortSize {
      let client = partition.trainingClient(stream.below(partition.trainingCount))
      guard log.mayTakePart(client, round: round, separation: separation) else { continue }
      chosen.insert(client)
    }
    return Array(chosen)
  }

  /// `count` different positions below `bound`, in no particular order (Floyd's algorithm).
  package static func distinct(
    _ count: Int, below bound: Int, using stream: inout RandomStream
  ) -> [Int] {
    precondition(count <= bound, "cannot draw \(count) of \(bound)")
    var chosen = Set<Int>(minimumCapacity: count)
    var positions: [Int] = []
    positions.reserveCapacity(count)
    for upper in (bound - count)..<bound {
      let candidate = stream.below(upper + 1)
      let position = chosen.contains(candidate) ? upper : candidate
      chosen.insert(position)
      positions.append(position)
    }
    return positions
  }

  /// Every position below `bound` with probability `rate`, by jumping over the absent ones.
  package static func poisson(
    rate: Double, below bound: Int, using stream: inout RandomStream
  ) -> [Int] {
    guard rate < 1 else { return Array(0..<bound) }
    var positions: [Int] = []
    var position = 0
    while true {
      let gap = log(stream.positiveUniform()) / log1p(-rate)
      guard gap < Double(bound - position) else { return positions }
      position += Int(gap)
      positions.append(position)
      position += 1
      guard position < bound else { return positions }
    }
  }
}
