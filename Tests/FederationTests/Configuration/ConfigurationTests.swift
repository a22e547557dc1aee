import Federation
import Foundation
import Testing

struct ConfigurationTests {
  /// A configuration in which every value differs from its default.
  static var unusual: Configuration {
    var configuration = Configuration()
    configuration.name = "unusual"
    configuration.seed = .max
    configuration.task = .nextApp
    configuration.population.source = .file
    configuration.population.clients = 7
    configuration.population.days = 9
    configuration.population.preset = .erratic
    configuration.population.path = Setting("/data/two words/ünlocks.sqlite")
    configuration.population.newClientShare = 0.3
    configuration.model.kind = .lstm
    configuration.model.vocabulary = 33
    configuration.model.sequenceLength = 5
    configuration.model.embedding = 6
    configuration.model.hidden = 10
    configuration.training.rounds = 11
    configuration.training.cohortSize = 12
    configuration.training.sampling = .poisson
    configuration.training.minSeparation = Setting(24)
    configuration.training.capacity = Setting(25)
    configuration.training.weighting = .examples
    configuration.training.maxExamples = 13
    configuration.training.local.epochs = 14
    configuration.training.local.batchSize = 15
    configuration.training.local.learningRate = 0.1 + 0.2
    configuration.training.local.momentum = 0.75
    configuration.training.local.weightDecay = 1e-7
    configuration.training.server.optimizer = .yogi
    configuration.training.server.learningRate = 1 / 3
    configuration.training.server.beta1 = 0.8
    configuration.training.server.beta2 = 0.7
    configuration.training.server.epsilon = .leastNonzeroMagnitude
    configuration.privacy.mechanism = .blt
    configuration.privacy.clipping = .adaptive
    configuration.privacy.clippingBound = Setting(1.7976931348623157e308)
    configuration.privacy.adaptive.targetQuantile = 0.9
    configuration.privacy.adaptive.learningRate = 0.3
    configuration.privacy.adaptive.countDeviation = Setting(26.5)
    configuration.privacy.noiseMultiplier = Setting(0.625)
    configuration.privacy.targetEpsilon = Setting(.infinity)
    configuration.privacy.delta = Setting(1e-9)
    configuration.privacy.accountant = .rdp
    configuration.privacy.budget.epsilon = Setting(27.5)
    configuration.privacy.randomness = .system
    configuration.privacy.tree.restartRounds = Setting(28)
    configuration.privacy.tree.combined = false
    configuration.privacy.banded.bands = Setting(29)
    configuration.privacy.blt.buffers = 2
    configuration.privacy.audit.canaries = 30
    configuration.evaluation.every = 16
    configuration.evaluation.clients = 17
    configuration.evaluation.newClients = 18
    configuration.evaluation.testDays = 19
    configuration.evaluation.testFraction = Setting(0.2)
    configuration.evaluation.localOnly = false
    configuration.evaluation.localOnlyEpochs = 20
    configuration.evaluation.pooledEpochs = 31
    configuration.secureAggregation.protocol = .secaggPlus
    configuration.secureAggregation.adversary = .active
    configuration.secureAggregation.corruptFraction = 0.01
    configuration.secureAggregation.dropoutFraction = 0.02
    configuration.secureAggregation.minimumSurvivors = Setting(24)
    configuration.secureAggregation.encoding.clip = Setting(0.125)
    configuration.secureAggregation.encoding.fractionBits = Setting(25)
    configuration.secureAggregation.encoding.modulusBits = 64
    configuration.secureAggregation.encoding.rotation = true
    configuration.faults.dropoutRate = 0.25
    configuration.faults.beforeKeysRate = 0.26
    configuration.faults.afterSharesRate = 0.27
    configuration.faults.afterUploadRate = 0.28
    configuration.faults.beforeUnmaskRate = 0.29
    configuration.checkpoint.every = 21
    configuration.workers.deadlineSeconds = 22.5
    configuration.workers.maxFailures = 23
    return configuration
  }

  @Test func theSetupCrossesThePipeUnchanged() throws {
    for configuration in [Configuration(), Self.unusual] {
      let setup = WorkerSetup(configuration: configuration, trainingEnd: .min)
      #expect(try WorkerSetup(json: setup.encoded()) == setup)
    }
  }

  /// A worker may be written in any language: keys are those of the experiment file.
  @Test func theSetupHasTheKeysOfTheFile() throws {
    let setup = WorkerSetup(configuration: Self.unusual, trainingEnd: 42)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(setup.encoded())) as? [String: Any])
    #expect(object["training_end"] as? Int == 42)
    let configuration = try #require(object["configuration"] as? [String: Any])
    let training = try #require(configuration["training"] as? [String: Any])
    let local = try #require(training["local"] as? [String: Any])
    #expect(training["cohort_size"] as? Int == 12)
    #expect(local["momentum"] as? Double == 0.75)
    let model = try #require(configuration["model"] as? [String: Any])
    #expect(model["kind"] as? String == "lstm")
  }

  @Test func anIncompleteSetupIsAnError() {
    for json in ["", "{}", "[]", #"{"training_end": 1}"#, #"{"configuration": 3}"#] {
      #expect(throws: (any Error).self) { try WorkerSetup(json: Array(json.utf8)) }
    }
  }

  @Test func defaultsAreValid() throws {
    try Configuration().validate()
  }

  @Test func aModelTooLargeForAMessageIsRefused() {
    var configuration = Configuration()
    configuration.model.kind = .lstm
    configuration.model.vocabulary = 65_536
    configuration.model.embedding = 1_024
    configuration.model.hidden = 1_024
    #expect {
      try configuration.validate()
    } throws: { error in
      (error as? SettingError)?.problem.contains("67108864 that fit a message") == true
    }
  }
}
