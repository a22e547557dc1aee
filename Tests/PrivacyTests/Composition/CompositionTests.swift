import Foundation
import Privacy
import Testing

struct CompositionTests {
  private static func part(
    _ release: PrivacyRelease, count: Int = 1, delta: Double = 1e-6,
    _ adjacency: Adjacency = .addOrRemove
  ) throws -> Composition.Part {
    let events = [PrivacyEvent(release, count: count)]
    var accounting = PrivacyAccountant(adjacency: adjacency)
    return Composition.Part(
      epsilon: try accounting.guarantee(of: events, delta: delta).epsilon, delta: delta,
      adjacency: adjacency, events: events)
  }

  /// Values of dp_accounting (Vectors/composition.py).
  @Test func totalsAgreeWithAnotherTool() throws {
    let rows = try CompositionRow.read("joint", "basic")
    #expect(rows.count == 4)
    for row in rows {
      let half = row.delta / 2
      let composition = Composition([
        try Self.part(row.events[0].release, count: row.steps, delta: half),
        try Self.part(.gaussian(noiseMultiplier: row.parameter), delta: half),
      ])
      let found =
        row.what == "joint"
        ? try #require(composition.joint(delta: row.delta)).epsilon : composition.basic.epsilon
      #expect(
        found > row.value - 1e-4 && found < row.value + 2e-3, "\(row.testDescription) \(found)")
      #expect(abs(composition.basic.delta - row.delta) < 1e-20)
    }
  }

  /// Two runs under different adjacencies are compared as replacements: (2ε, (1 + e^ε) δ) each.
  @Test func otherNeighboursCountAsTwoSteps() throws {
    let add = Composition.Part(
      epsilon: 1, delta: 1e-6, adjacency: .addOrRemove,
      events: [PrivacyEvent(.gaussian(noiseMultiplier: 4))])
    let replace = Composition.Part(
      epsilon: 3, delta: 2e-6, adjacency: .replaceOne,
      events: [PrivacyEvent(.gaussian(noiseMultiplier: 4))])
    let composition = Composition([add, replace])
    #expect(composition.basic.adjacency == .replaceOne)
    #expect(abs(composition.basic.epsilon - 5) < 1e-12)
    #expect(abs(composition.basic.delta - ((1 + exp(1)) * 1e-6 + 2e-6)) < 1e-18)
    #expect(composition.joint(delta: 1e-5) == nil)
    #expect(composition.filtered(order: 8, delta: 1e-5) == nil)
  }

  /// Nothing is composed jointly that was chosen by looking, or of which only a total is known.
  @Test func onlyFixedReleasesComposeJointly() throws {
    var adaptive = try Self.part(.gaussian(noiseMultiplier: 5))
    let other = try Self.part(.gaussian(noiseMultiplier: 5))
    #expect(Composition([adaptive, other]).joint(delta: 1e-6) != nil)
    adaptive.isFixed = false
    #expect(Composition([adaptive, other]).joint(delta: 1e-6) == nil)
    #expect(Composition([adaptive, other]).filtered(order: 8, delta: 1e-6) != nil)
    adaptive.events = nil
    #expect(Composition([adaptive, other]).filtered(order: 8, delta: 1e-6) == nil)
  }

  /// The divergence of a Gaussian of noise z at order α is α / (2 z²); they add up, and one order is
  /// converted by log(1 − 1/α) − log(δ α) / (α − 1).
  @Test func theFilterAddsDivergences() throws {
    let parts = [
      try Self.part(.gaussian(noiseMultiplier: 5), count: 3),
      try Self.part(.gaussian(noiseMultiplier: 8), count: 2),
    ]
    let order = 9.0
    let divergence = order * (3.0 / 50 + 2.0 / 128)
    let expected = divergence + log(1 - 1 / order) - log(1e-6 * order) / (order - 1)
    let found = try #require(Composition(parts).filtered(order: order, delta: 1e-6))
    #expect(abs(found - expected) < 1e-12)
    #expect(Composition([]).filtered(order: order, delta: 1e-6) == 0)
  }

  @Test func whatIsBesideTheEventsAddsUp() throws {
    var part = try Self.part(.gaussian(noiseMultiplier: 5), count: 3)
    let alone = try #require(Composition([part]).joint(delta: 1e-6 - 1e-7)).epsilon
    part.besideEpsilon = 0.25
    part.besideDelta = 1e-7
    let both = try #require(Composition([part]).joint(delta: 1e-6))
    #expect(abs(both.epsilon - alone - 0.25) < 1e-12 && both.delta == 1e-6)
    part.besideDelta = 1e-5
    #expect(Composition([part]).joint(delta: 1e-6) == nil, "no δ is left")
  }
}

struct RandomStoppingTests {
  /// Values of dp_accounting's RepeatAndSelectDpEvent (Vectors/composition.py).
  @Test func theBestOfManyAgreesWithAnotherTool() throws {
    let rows = try CompositionRow.read("geometric", "poisson")
    #expect(rows.count == 24)
    for row in rows {
      let stopping = RandomStopping(
        try #require(RandomStopping.Distribution(rawValue: row.what)), mean: row.parameter)
      let found = try stopping.epsilon(
        trials: [row.events], adjacency: .addOrRemove, delta: row.delta)
      #expect(abs(found - row.value) < 1e-6 * row.value, "\(row.testDescription): \(found)")
    }
  }

  /// The most expensive setting decides, and a cheaper one beside it changes nothing.
  @Test func everySettingIsCountedAsTheDearest() throws {
    let dear = [PrivacyEvent(.gaussian(noiseMultiplier: 3), count: 10)]
    let cheap = [PrivacyEvent(.gaussian(noiseMultiplier: 9), count: 10)]
    let stopping = RandomStopping(.geometric, mean: 10)
    let one = try stopping.epsilon(trials: [dear], adjacency: .addOrRemove, delta: 1e-6)
    let both = try stopping.epsilon(trials: [cheap, dear], adjacency: .addOrRemove, delta: 1e-6)
    let less = try stopping.epsilon(trials: [cheap], adjacency: .addOrRemove, delta: 1e-6)
    #expect(one == both && less < one)
  }

  /// The numbers of trials have the distribution that the bound is about.
  @Test func theNumberOfTrialsIsDistributedAsItSays() {
    for (stopping, probabilities) in [
      // P(K = k) = ¾^(k−1) ¼.
      (RandomStopping(.geometric, mean: 4), [0, 0.25, 0.1875, 0.140625]),
      // e^−2 2^k / k!.
      (RandomStopping(.poisson, mean: 2), [0.135335, 0.270671, 0.270671, 0.180447]),
      (RandomStopping(.geometric, mean: 1), [0, 1, 0, 0]),
    ] {
      let draws = 20_000
      var counts: [Int: Int] = [:]
      for index in 0..<draws {
        counts[stopping.trials((Double(index) + 0.5) / Double(draws)), default: 0] += 1
      }
      for (count, probability) in probabilities.enumerated() {
        let share = Double(counts[count] ?? 0) / Double(draws)
        #expect(abs(share - probability) < 1e-3, "\(stopping) \(count): \(share)")
      }
    }
  }
}
