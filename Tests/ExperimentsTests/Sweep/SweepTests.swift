import Experiments
import Federation
import Testing

/// The `sweep` group of a file becomes points, each a checked experiment.
struct SweepTests {
  static func load(_ yaml: String, _ overrides: [String] = []) throws -> Sweep {
    let folder = try TemporaryFolder()
    return try Sweep.load(path: folder.file("experiment.yaml", yaml), overrides: overrides)
  }

  @Test func listsAreCrossedTheLastVaryingFastest() throws {
    let sweep = try Self.load(
      """
      name: grid
      seed: 4
      sweep:
        training.cohort_size: [10, 20]
        privacy.clipping_bound: [null, 0.5]
        seed: 2
      """)
    #expect(sweep.name == "grid")
    #expect(sweep.columns == ["training.cohort_size", "privacy.clipping_bound", "seed"])
    #expect(
      sweep.points.map(\.configuration.training.cohortSize) == [10, 10, 10, 10, 20, 20, 20, 20])
    #expect(
      sweep.points.map(\.configuration.privacy.clippingBound.value) == [
        nil, nil, 0.5, 0.5, nil, nil, 0.5, 0.5,
      ])
    #expect(sweep.points.map(\.configuration.seed) == [4, 5, 4, 5, 4, 5, 4, 5])
    #expect(sweep.points[2].cells == [.integer(10), .number(0.5), .integer(4)])
    #expect(sweep.points[0].cells[1] == .empty)
    #expect(
      sweep.points[3].label == "training.cohort_size=10, privacy.clipping_bound=0.5, seed=5")
    #expect(sweep.points[3].run == "runs/4-cohort_size-10-clipping_bound-0.5-seed-5")
  }

  /// Each point has the keys of its own variant, of the file's and of the sweep's.
  @Test func pointsOfAnotherVariantLeaveTheOldKeysOut() throws {
    let sweep = try Self.load(
      """
      name: grid
      attack: {kind: sign_flip, scale: 3, share: 0.2}
      aggregator: {name: trimmed_mean, share: 0.3}
      sweep:
        attack.kind: [none, sign_flip, nan]
        aggregator.name: [mean, krum]
      """)
    let found = sweep.points.map { point in
      let attack = point.configuration.attack
      return [
        attack.name, "\(attack.attack == nil ? 0 : attack.shared.share)",
        "\((attack.attack as? SignFlip)?.scale ?? 0)", point.configuration.aggregator.name,
        "\((point.configuration.aggregator.value as? Krum)?.share ?? 0)",
      ].joined(separator: " ")
    }
    #expect(
      found == [
        "none 0.0 0.0 mean 0.0", "none 0.0 0.0 krum 0.3", "sign_flip 0.2 3.0 mean 0.0",
        "sign_flip 0.2 3.0 krum 0.3", "nan 0.2 0.0 mean 0.0", "nan 0.2 0.0 krum 0.3",
      ])
    let variants = try Self.load(
      """
      name: grid
      attack: {kind: sign_flip, scale: 3}
      sweep:
        variants:
          none: {attack.kind: none}
          noise: {attack: {deviation: 2, kind: gaussian}}
      """)
    #expect(variants.points[0].configuration.attack == AttackConfiguration())
    let noise = variants.points[1].configuration.attack.attack
    #expect((noise as? GaussianUpdates)?.deviation == 2)
  }

  @Test func pairedListsAdvanceTogether() throws {
    let sweep = try Self.load(
      """
      sweep:
        paired:
          training.cohort_size: [10, 20, 40]
          training.local.learning_rate: [0.1, 0.05, 0.02]
        seed: [1, 7]
      """)
    #expect(sweep.points.count == 6)
    #expect(sweep.points.map(\.configuration.training.cohortSize) == [10, 10, 20, 20, 40, 40])
    #expect(
      sweep.points.map(\.configuration.training.local.learningRate) == [
        0.1, 0.1, 0.05, 0.05, 0.02, 0.02,
      ])
    #expect(sweep.points.map(\.configuration.seed) == [1, 7, 1, 7, 1, 7])
  }

  /// What a variant leaves alone is the file's, and its column says so.
  @Test func variantsHaveNames() throws {
    let sweep = try Self.load(
      """
      training: {cohort_size: 30}
      sweep:
        variants:
          plain: {}
          clipped: {privacy.clipping_bound: 1, training: {cohort_size: 50}}
      """)
    #expect(sweep.columns == ["variant", "privacy.clipping_bound", "training.cohort_size"])
    #expect(sweep.points.map(\.label) == ["variant=plain", "variant=clipped"])
    #expect(sweep.points[0].cells == [.text("plain"), .empty, .integer(30)])
    #expect(sweep.points[1].cells == [.text("clipped"), .number(1), .integer(50)])
    #expect(sweep.points.map(\.run) == ["runs/1-plain", "runs/2-clipped"])
  }

  @Test func nestedKeysAndTypedOnesNameTheSamePlace() throws {
    let yaml = "sweep:\n  training:\n    cohort_size: [10, 20]\n"
    #expect(try Self.load(yaml).columns == ["training.cohort_size"])
    let replaced = try Self.load(yaml, ["sweep.training.cohort_size=[5]", "sweep.seed=2"])
    #expect(replaced.points.map(\.configuration.training.cohortSize) == [5, 5])
    #expect(replaced.points.map(\.configuration.seed) == [1, 2])
    let paired = "sweep: {paired: {seed: [1, 2], training.rounds: [3, 4]}}"
    #expect(
      try Self.load(paired, ["sweep.paired.training.rounds=[5, 6]"])
        .points.map(\.configuration.training.rounds) == [5, 6])
  }

  /// Keys that change no result do not make another run.
  @Test func pointsWithTheSameResultsShareARun() throws {
    let sweep = try Self.load(
      "sweep: {workers.deadline_seconds: [10, 20], checkpoint.every: [1, 2], seed: 2}")
    #expect(sweep.points.count == 8)
    #expect(Set(sweep.points.map(\.run)).count == 2)
    #expect(sweep.runs.map(\.number) == [1, 2])
  }

  @Test func theQuestionIsKept() throws {
    let sweep = try Self.load("# Does it\n# matter?\n\n# no\nsweep: {seed: 2}\n")
    #expect(sweep.comment == "# Does it\n# matter?\n")
  }

  /// Points that differ in nothing the accountant sees are solved together, to what each has alone.
  @Test func equalPrivacyIsSolvedOnceAndAlike() throws {
    let yaml = """
      population: {clients: 1000}
      training: {cohort_size: 50, sampling: poisson, rounds: 20}
      privacy: {mechanism: gaussian, clipping_bound: 1, target_epsilon: 4}
      """
    let sweep = try Self.load(
      yaml + """

        sweep:
          privacy.target_epsilon: [2, 8]
          training.local.learning_rate: [0.1, 0.2]
          seed: 20
        """)
    let plans = try sweep.plans()
    #expect(plans.count == 80 && Set(plans.map(\.plan.noiseMultiplier)).count == 2)
    let folder = try TemporaryFolder()
    for (index, epsilon) in [(3, 2), (79, 8)] {
      let single = try ExperimentCheck.plan(
        path: folder.file("single.yaml", yaml), overrides: ["privacy.target_epsilon=\(epsilon)"])
      #expect(plans[index].plan.noiseMultiplier == single.noiseMultiplier)
      #expect(plans[index].plan.epsilon == single.epsilon && single.epsilon ?? 9 <= Double(epsilon))
    }
  }

  @Test func whatOnlyThePopulationCanTellNamesThePoint() throws {
    let sweep = try Self.load(
      """
      population: {clients: 100}
      training: {cohort_size: 10, sampling: poisson, rounds: 5}
      privacy: {mechanism: gaussian, clipping_bound: 1, target_epsilon: 4, budget: {epsilon: 3}}
      sweep: {privacy.budget.epsilon: [5, 0.001]}
      """)
    let error = #expect(throws: ExperimentError.self) { try sweep.prepared() }
    #expect(error?.code == .invalidConfiguration)
    #expect(
      error?.message.hasPrefix("point 2 (privacy.budget.epsilon=0.001): ") == true,
      "\(error?.message ?? "")")
    #expect(try sweep.prepared(except: [sweep.runs[1].run]).count == 1)
  }
}
