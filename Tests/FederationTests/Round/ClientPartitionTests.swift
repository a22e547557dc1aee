import Federation
import Testing

struct ClientPartitionTests {
  static func ids(of partition: ClientPartition) -> [Int] {
    (0..<partition.trainingCount).map(partition.trainingClient)
      + (0..<partition.newCount).map(partition.newClient)
  }

  @Test func everyClientHasExactlyOnePlace() {
    for clients in 1...2_000 {
      let partition = ClientPartition(
        seed: UInt64(clients % 5), clients: clients, newClientShare: 0.25)
      #expect(Self.ids(of: partition).sorted() == Array(0..<clients), "\(clients) clients")
      let held = (0..<partition.newCount).map(partition.newClient).sorted()
      #expect((0..<clients).filter(partition.isHeldOut) == held, "\(clients) clients")
    }
  }

  /// Powers of two and their neighbours: there the cycle walk changes its domain.
  @Test(arguments: [65_535, 65_536, 65_537, 262_144, 262_145])
  func everyClientOfALargerPopulationHasOnePlace(clients: Int) {
    let partition = ClientPartition(seed: 9, clients: clients, newClientShare: 0.5)
    #expect(Set(Self.ids(of: partition)) == Set(0..<clients))
  }

  @Test(arguments: [1_000_000_007, 1 << 32, 1 << 40])
  func sampledPlacesOfAHugePopulationDiffer(clients: Int) {
    let partition = ClientPartition(seed: 9, clients: clients, newClientShare: 0.1)
    let step = partition.trainingCount / 20_000
    let ids = (0..<20_000).map { partition.trainingClient($0 * step) }
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { (0..<clients).contains($0) && !partition.isHeldOut($0) })
    #expect((0..<100).allSatisfy { partition.isHeldOut(partition.newClient($0)) })
    #expect(!partition.isHeldOut(clients) && !partition.isHeldOut(-1))
  }

  @Test func theShareIsHeldOut() {
    let cases: [(clients: Int, share: Double, training: Int)] = [
      (1_000, 0.1, 900), (1_000, 0, 1_000), (7, 0.5, 3), (3, 0.33, 2), (1, 0, 1),
      // Somebody has to train.
      (1, 0.9, 1), (10, 0.99, 1),
    ]
    for (clients, share, training) in cases {
      let partition = ClientPartition(seed: 1, clients: clients, newClientShare: share)
      #expect(partition.trainingCount == training, "\(clients) clients, share \(share)")
      #expect(partition.newCount == clients - training)
    }
  }

  /// Who is held out has nothing to do with the ids, and changes with the seed.
  @Test func theHeldOutAreAFairDraw() throws {
    let (clients, share) = (100_000, 0.1)
    var choices: [Set<Int>] = []
    for seed in [1, 2] as [UInt64] {
      let partition = ClientPartition(seed: seed, clients: clients, newClientShare: share)
      let held = Set((0..<partition.newCount).map(partition.newClient))
      // The number below the middle is hypergeometric: variance n/4 × (1 − share).
      let low = Double(held.filter { $0 < clients / 2 }.count)
      let deviation = (Double(held.count) / 4 * (1 - share)).squareRoot()
      #expect(abs(low - Double(held.count) / 2) < (try Bounds.load().normal) * deviation)
      choices.append(held)
    }
    #expect(choices[0] != choices[1])
    let again = ClientPartition(seed: 1, clients: clients, newClientShare: share)
    #expect(Set((0..<again.newCount).map(again.newClient)) == choices[0])
  }
}
