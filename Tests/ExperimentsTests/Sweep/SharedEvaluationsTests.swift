import Experiments
import Federation
import Foundation
import RunResults
import Testing

/// What the runs of a sweep may share, and what they may not.
struct SharedEvaluationsTests {
  typealias Change = @Sendable (inout Configuration) -> Void

  private static func key(_ changes: Change...) -> String? {
    var configuration = Configuration()
    for change in changes { change(&configuration) }
    return SharedEvaluations.key(of: configuration, contentHash: nil)
  }

  private static let withoutModels: Change = {
    $0.evaluation.localOnly = false
    $0.evaluation.pooledEpochs = 0
  }
  private static let pooled: Change = { $0.evaluation.pooledEpochs = 1 }

  @Test func whatOnlyTheFederatedModelDependsOnIsShared() {
    let changes: [Change] = [
      { $0.name = "other" }, { $0.training.rounds = 3 }, { $0.training.cohortSize = 7 },
      { $0.algorithm = AlgorithmConfiguration(FedProx()) },
      { $0.personalisation = PersonalisationConfiguration(Ditto()) },
      { $0.training.server.learningRate = 2 }, { $0.privacy.mechanism = .gaussian },
      { $0.privacy.clippingBound = Setting(1) }, { $0.secureAggregation.protocol = .secaggPlus },
      { $0.faults.dropoutRate = 0.5 }, { $0.faults.shuffledLabelRate = 0.5 },
      { $0.checkpoint.every = 3 }, { $0.workers.maxFailures = 9 }, { $0.evaluation.every = 3 },
    ]
    let own = Self.key()
    #expect(own != nil)
    for (index, change) in changes.enumerated() {
      #expect(Self.key(change) == own, "change \(index)")
    }
  }

  @Test func whoIsEvaluatedOnWhatIsNot() {
    let changes: [Change] = [
      { $0.seed = 2 }, { $0.population.seed = Setting(2) }, { $0.task = .nextApp },
      { $0.population.clients = 999 }, { $0.population.preset = .routine },
      { $0.population.days = 27 }, { $0.population.newClientShare = 0.2 },
      { $0.evaluation.clients = 3 }, { $0.evaluation.newClients = 3 },
      { $0.evaluation.seed = Setting(2) }, { $0.evaluation.testDays = 3 },
      { $0.evaluation.largestClientWeight = Setting() },
    ]
    let own = Self.key(Self.withoutModels)
    for (index, change) in changes.enumerated() {
      #expect(Self.key(Self.withoutModels, change) != own, "change \(index)")
    }
    #expect(Self.key({ $0.evaluation.every = 0 }) == nil)
  }

  /// The model counts where a model is among the references, and what it is trained on where it is.
  @Test func modelsOfTheirOwnDependOnMore() {
    let model: [Change] = [
      { $0.model.hidden = 5 }, { $0.model.kind = .softmax },
      { $0.training.local.learningRate = 0.5 }, { $0.training.local.optimizer = .adam },
    ]
    let examples: [Change] = [
      { $0.training.maxExamples = 5 }, { $0.training.windowDays = Setting(5) },
    ]
    for change in model {
      #expect(Self.key(change) != Self.key())
      #expect(Self.key(Self.withoutModels, change) == Self.key(Self.withoutModels))
    }
    for change in examples {
      #expect(Self.key(change) == Self.key())
      #expect(Self.key(Self.pooled, change) != Self.key(Self.pooled))
    }
    #expect(Self.key(Self.withoutModels) != Self.key())
    #expect(Self.key({ $0.evaluation.localOnlyEpochs = 7 }) != Self.key())
  }

  /// With a key of its own a run starts its local models from parameters that no other run has.
  @Test func aSecretRunSharesNoModel() {
    let secret: Change = {
      $0.privacy.mechanism = .gaussian
      $0.privacy.randomness = .system
    }
    #expect(Self.key(secret) == nil)
    #expect(Self.key(Self.withoutModels, secret) == Self.key(Self.withoutModels))
  }

  /// Every point gets the noise that it would get alone, also where the length of reports differs.
  @Test func noiseIsSolvedForEachLengthOfReports() throws {
    let sweep = try SweepTests.load(
      """
      population: {clients: 200}
      model: {kind: logistic}
      algorithm: {name: scaffold}
      training: {rounds: 20, cohort_size: 20}
      privacy: {mechanism: discrete_gaussian, clipping_bound: 0.1, target_epsilon: 200, delta: 1.0e-5}
      secure_aggregation: {protocol: secagg_plus}
      evaluation: {every: 0}
      sweep: {training.local.steps: [null, 4]}
      """)
    let prepared = try sweep.prepared()
    let noise = try sweep.runs.map { point in
      let own = try #require(prepared[point.run]?.privacy?.noiseMultiplier)
      let alone = try #require(
        try ExperimentCheck.prepare(point.configuration).privacy?.noiseMultiplier)
      #expect(own == alone, "\(point.label)")
      return own
    }
    #expect(Set(noise).count == 2)
  }
}
