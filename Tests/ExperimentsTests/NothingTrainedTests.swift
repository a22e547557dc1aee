import Coordinator
import Experiments
import Federation
import Foundation
import TestSupport
import Testing

/// Runs with real workers in which nobody learns anything, or the model is lost: they fail, say why
/// and leave no result.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct NothingTrainedTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// Of the sentence.
    var words: [String]
    /// The last word of every round.
    var status: String
    var rounds = 3
    var change: @Sendable (inout Configuration) -> Void

    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "every client diverges",
      words: ["all 3 rounds", "30 clients drawn: 30 diverged", "training.local.learning_rate"],
      status: "no_updates"
    ) { $0.training.local.learningRate = 1e6 },
    Case(
      name: "every client drops out", words: ["30 dropped out", "faults.dropout_rate (1.0)"],
      status: "no_updates"
    ) { $0.faults.dropoutRate = 1 },
    Case(
      name: "nobody is drawn", words: ["no client was drawn", "training.cohort_size"],
      status: "no_updates"
    ) {
      $0.training.sampling = .poisson
      // One client is expected; with this seed nobody comes in three rounds.
      $0.training.cohortSize = 1
      $0.seed = emptySeed
    },
    Case(
      name: "secure aggregation gives every round up",
      words: ["abandoned 3 rounds", "training.cohort_size"], status: "abandoned"
    ) {
      $0.secureAggregation.protocol = .secagg
      $0.secureAggregation.encoding.clip = Setting(1)
      $0.faults.dropoutRate = 1
    },
    Case(
      name: "nobody has an example", words: ["had no example", "evaluation.test_days (8)"],
      status: "no_updates", rounds: 1
    ) { latecomers(&$0) },
    Case(
      name: "clients send noise alone", words: ["3 sent only noise"], status: "completed",
      rounds: 1
    ) {
      latecomers(&$0)
      $0.privacy.mechanism = .localGaussian
      $0.privacy.clippingBound = Setting(1)
      $0.privacy.noiseMultiplier = Setting(1)
    },
    Case(
      name: "clients behind masks send noise alone", words: ["3 sent only noise"],
      status: "completed", rounds: 1
    ) {
      latecomers(&$0)
      $0.privacy.mechanism = .discreteGaussian
      $0.privacy.clippingBound = Setting(0.05)
      $0.privacy.noiseMultiplier = Setting(1)
      $0.secureAggregation.protocol = .secagg
      $0.secureAggregation.encoding.bits = Setting(16)
    },
  ]

  /// A clip is named where there is one, and hostile clients are named first.
  @Test func anOvershootIsExplainedByWhatThereIs() throws {
    let counts = try JSONDecoder().decode(
      OutcomeCounts.self,
      from: Data(
        """
        {"rounds": 3, "learnedRounds": 3, "abandonedRounds": 0, "drawn": 30, "learned": 30,
         "dropped": 0, "idle": 0, "diverged": 0, "noiseOnly": 0, "overshotRounds": 2,
         "divergedInARow": 0}
        """.utf8))
    var configuration = Configuration()
    let plain = try #require(counts.warning(configuration))
    #expect(!plain.contains("clipping") && plain.contains("training.server.learning_rate"))
    configuration.privacy.clippingBound = Setting(1)
    let clipped = try #require(counts.warning(configuration))
    #expect(clipped.contains("only clipping keeps its updates small"))
    configuration.privacy.clippingBound = Setting()
    configuration.secureAggregation.encoding.clip = Setting(1)
    #expect(counts.warning(configuration) == clipped)
    for clip in [nil, 1.0] {
      configuration.secureAggregation.encoding.clip = Setting(clip)
      configuration.attack = try #require(AttackConfiguration(named: "sign_flip"))
      let attacked = try #require(counts.warning(configuration))
      #expect(!attacked.contains("clipping") && attacked.contains("hostile clients"))
      #expect(attacked.contains("; lower attack.share (0.1), lower training.local.learning_rate"))
    }
  }

  /// Phones that almost all come after the one day that is trained on; of those drawn with this seed
  /// all do.
  static func latecomers(_ configuration: inout Configuration) {
    configuration.seed = 1
    configuration.population.source = .synthetic
    configuration.population.days = 9
    configuration.population.arrivals.share = 1
    configuration.population.arrivals.days = 9
    configuration.evaluation.testDays = 8
    configuration.model = Configuration().model
    configuration.model.kind = .logistic
    configuration.training.rounds = 1
    configuration.training.cohortSize = 3
    configuration.training.weighting = .uniform
  }

  static let emptySeed: UInt64 = {
    for seed in UInt64(1)... {
      var configuration = Self.configuration
      configuration.seed = seed
      configuration.training.sampling = .poisson
      configuration.training.cohortSize = 1
      let sampler = CohortSampler(
        configuration,
        partition: ClientPartition(
          seed: configuration.populationSeed, clients: configuration.population.clients,
          newClientShare: configuration.population.newClientShare))
      if (1...3).allSatisfy({ sampler.cohort(round: $0).clients.isEmpty }) { return seed }
    }
    return 0
  }()

  static var configuration: Configuration {
    var configuration = ExperimentRunTests.configuration
    configuration.training.rounds = 3
    configuration.training.server.optimizer = .sgd
    configuration.checkpoint.every = 2
    return configuration
  }

  @Test(arguments: cases) func theRunFails(_ wrong: Case) async throws {
    let root = try TemporaryFolder()
    var configuration = Self.configuration
    wrong.change(&configuration)
    var files: [Data] = []
    var messages: [String] = []
    for workers in [1, 3] {
      let path = "\(root.path)/\(workers)"
      let error = await #expect(throws: ExperimentError.self) {
        try await ExperimentRunTests.start(configuration, at: path, workers: workers)
      }
      let message = try #require(error?.message)
      #expect(error?.code == .invalidConfiguration)
      for word in wrong.words { #expect(message.contains(word), "\(message)") }
      messages.append(message)
      let rounds = try text(of: "\(path)/rounds.csv").split(separator: "\r\n").dropFirst()
      #expect(rounds.count == wrong.rounds)
      #expect(rounds.allSatisfy { $0.hasSuffix(",\(wrong.status)") }, "\(rounds)")
      files.append(try Data(contentsOf: URL(filePath: "\(path)/rounds.csv")))
      for name in ["summary.json", "model.safetensors"] {
        #expect(!FileManager.default.fileExists(atPath: "\(path)/\(name)"))
      }
      let entry = try #require(RunList.runs(below: root.path).first { $0.path == path })
      #expect(entry.state == "failed" && entry.accuracyTop1 == nil)
      // Going on changes nothing: the same end, the same bytes.
      let again = await #expect(throws: ExperimentError.self) {
        try await ExperimentRunTests.resume(path)
      }
      #expect(again?.message == message)
      files.append(try Data(contentsOf: URL(filePath: "\(path)/rounds.csv")))
    }
    #expect(Set(files).count == 1 && Set(messages).count == 1)
  }

  /// No learning rate that is allowed makes a step infinite at once, but models come from elsewhere too.
  @Test func aModelThatIsNotFiniteStopsItsRun() async throws {
    let root = try TemporaryFolder()
    let configuration = Self.configuration
    let launch = try ExperimentRunTests.launch()
    let path = "\(root.path)/run"
    let error = await #expect(throws: ExperimentError.self) {
      try await onThread {
        var parameters = configuration.initialParameters(of: configuration.makeModel())
        parameters[1] = .infinity
        return try ExperimentRun.start(
          ExperimentCheck.prepare(configuration), out: path, workers: 2,
          launch: launch, observer: RunObserver(), from: parameters, comment: ""
        ).rounds
      }
    }
    #expect(error?.code == .invalidConfiguration)
    let words = ["round 1", "not finite", "training.server.learning_rate (1.0)"]
    for word in words { #expect(error?.message.contains(word) == true, "\(error?.message ?? "")") }
    #expect(!FileManager.default.fileExists(atPath: "\(path)/model.safetensors"))
  }

  /// A few rounds without anybody are life; most of them are worth a word.
  @Test func whatIsCountedDecides() {
    func record(reported: Int, diverged: Int) -> RoundRecord {
      var record = RoundRecord(round: 1, cohortSize: 10, bytesToClients: 0)
      record.reported = reported
      record.diverged = diverged
      record.examples = 10 * reported
      return record
    }
    let configuration = Self.configuration
    var outcomes = OutcomeCounts()
    #expect(outcomes.failure(configuration) == nil)
    outcomes.add(record(reported: 8, diverged: 2))
    outcomes.add(record(reported: 0, diverged: 0))
    outcomes.add(record(reported: 9, diverged: 1))
    #expect(outcomes.failure(configuration) == nil && outcomes.warning(configuration) == nil)
    for _ in 0..<3 { outcomes.add(record(reported: 0, diverged: 10)) }
    #expect(outcomes.failure(configuration) == nil)
    #expect(outcomes.warning(configuration)?.contains("33 of the 50 updates") == true)
    outcomes.add(record(reported: 0, diverged: 10))
    #expect(outcomes.failure(configuration)?.contains("last 4 of 7 rounds") == true)
    outcomes.add(record(reported: 10, diverged: 0))
    #expect(outcomes.failure(configuration) == nil)
    // Clipped to nothing much, but from training that exploded.
    var overshot = OutcomeCounts()
    for _ in 0..<3 {
      var round = record(reported: 10, diverged: 0)
      round.trainLoss = 1e6
      overshot.add(round)
    }
    #expect(overshot.failure(configuration) == nil)
    #expect(overshot.warning(configuration)?.contains("training.local.learning_rate") == true)
  }
}
