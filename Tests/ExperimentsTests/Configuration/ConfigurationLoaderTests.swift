import Experiments
import Federation
import Foundation
import Testing

struct ConfigurationLoaderTests {
  static func load(_ yaml: String, _ overrides: [String] = []) throws -> Configuration {
    let folder = try TemporaryFolder()
    return try ConfigurationLoader.load(
      path: folder.file("experiment.yaml", yaml), overrides: overrides)
  }

  @Test func whatTheFileLeavesOutIsTheDefault() throws {
    var expected = Configuration()
    #expect(try Self.load("{}") == expected)
    expected.name = "tiny"
    expected.training.rounds = 7
    expected.training.local.learningRate = 1
    expected.evaluation.localOnly = false
    #expect(
      try Self.load(
        """
        # A comment
        name: tiny
        training:
          rounds: 7
          local: {learning_rate: 1}
        evaluation:
          local_only: false
        """) == expected)
  }

  @Test func laterOverridesWin() throws {
    let configuration = try Self.load(
      "training:\n  rounds: 7\n",
      [
        "training.rounds=8", "training.rounds=9", "model.kind=logistic",
        "privacy.clipping_bound=0.5", "training.server={optimizer: adam, beta1: 0.5}",
      ])
    #expect(configuration.training.rounds == 9)
    #expect(configuration.model.kind == .logistic)
    #expect(configuration.privacy.clippingBound.value == 0.5)
    #expect(configuration.training.server.optimizer == .adam)
    #expect(configuration.training.server.beta1 == 0.5)
    #expect(
      try Self.load("privacy: {clipping_bound: 1}", ["privacy.clipping_bound=null"])
        == Configuration())
  }

  /// With another variant the file's keys of the one before mean nothing, and those of both stay.
  @Test func anotherVariantTakesTheOldKeysAway() throws {
    let flip = "attack: {kind: sign_flip, scale: 3, share: 0.2}\n"
    #expect(try Self.load(flip, ["attack.kind=none"]) == Configuration())
    let nan = try Self.load(flip, ["attack.kind=nan"])
    #expect(nan.attack.name == "nan" && nan.attack.shared.share == 0.2)
    let again = try Self.load(flip, ["attack.kind=none", "attack.kind=sign_flip"])
    #expect(again.attack.shared.share == 0.1)
    let nova = try Self.load(
      "algorithm: {name: fedprox, mu: 0.5, partial_work: 0.3}\n", ["algorithm.name=fednova"])
    #expect((nova.algorithm.algorithm as? FedNova)?.mu == 0.5)
    #expect(
      try Self.load(
        "personalisation: {method: ditto, lambda: 2, held_back: 0.1}\n",
        [
          "personalisation.method=none"
        ]) == Configuration())
    #expect(
      try Self.load("aggregator: {name: krum, share: 0.2}\n", ["aggregator.name=mean"])
        == Configuration())
    let typed = try Self.load(flip, ["attack.kind=gaussian", "attack.deviation=2"])
    #expect((typed.attack.attack as? GaussianUpdates)?.deviation == 2)
  }

  /// A key that repeats its default is harmless, even where it has no effect.
  @Test func aDefaultMayBeWrittenOut() throws {
    let configuration = try Self.load("model:\n  kind: logistic\n  hidden: 32\n")
    #expect(configuration.model.kind == .logistic)
  }

  @Test func everyDefaultIsInTheResolvedText() throws {
    var configuration = Configuration()
    configuration.training.cohortSize = 50
    configuration.training.local.learningRate = 0.1
    configuration.training.server.epsilon = 1e-7
    let text = try ConfigurationTree.text(of: configuration)
    for line in [
      "name: experiment", "seed: 1", "task: first_app", "  cohort_size: 50",
      "    learning_rate: 0.1", "    learning_rate: 1.0", "    epsilon: 1e-07",
      "  clipping_bound: null", "  local_only: true",
    ] {
      #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)")
    }
  }

  /// The resolved text is an experiment file of its own: same configuration, same text again.
  @Test func theResolvedTextLoadsToItself() throws {
    for name in ["a", "true", "null", "no", "e5", "y", "NaN", "x.y-z_1", "inf"] {
      for seed in [0, 1, .max] as [UInt64] {
        var configuration = Configuration()
        configuration.name = name
        configuration.seed = seed
        try Self.expectRoundTrip(configuration)
      }
    }
  }

  @Test func everyNumberSurvivesTheResolvedText() throws {
    let rows = try JSONDecoder().decode([[String]].self, from: vectorFile("numbers.json"))
    var tried = 0
    for bits in rows.prefix(80).map({ $0[0] }) {
      let any = Double(bitPattern: try #require(UInt64(bits))).magnitude
      guard any > 0, any.isFinite else { continue }
      // All its digits, in the range of the key.
      let value = Double(sign: .plus, exponent: any.exponent % 19, significand: any.significand)
      var configuration = Configuration()
      configuration.privacy.clippingBound = Setting(value)
      try Self.expectRoundTrip(configuration)
      tried += 1
    }
    #expect(tried > 60)
  }

  @Test func pathsSurviveTheResolvedText() throws {
    for path in ["/a b/c: d/#e.sqlite", "/it's/\"quoted\"", "/ünï/日本.sqlite", "/-/~/{x}"] {
      var configuration = Configuration()
      configuration.population.source = .file
      configuration.population.path = Setting(path)
      try Self.expectRoundTrip(configuration)
    }
  }

  /// A file of before there were ledgers stays the file that it was, to the byte.
  @Test func aLedgerIsWrittenWhereThereIsOne() throws {
    #expect(try !ConfigurationTree.text(of: Configuration()).contains("ledger"))
    var configuration = Configuration()
    configuration.training.sampling = .poisson
    configuration.privacy.mechanism = .gaussian
    configuration.privacy.clippingBound = Setting(1)
    configuration.privacy.noiseMultiplier = Setting(1)
    #expect(try !ConfigurationTree.text(of: configuration).contains("ledger"))
    configuration.privacy.ledger = Setting("/a b/people")
    try Self.expectRoundTrip(configuration)
    #expect(try !ConfigurationTree.text(of: configuration).contains("ledger_budget"))
    configuration.privacy.ledgerPeople = Setting("the people")
    configuration.privacy.ledgerBudget.epsilon = Setting(8)
    configuration.privacy.ledgerBudget.composition = .renyi
    try Self.expectRoundTrip(configuration)
    #expect(try ConfigurationTree.text(of: configuration).contains("    delta: null\n"))
  }

  static func expectRoundTrip(_ configuration: Configuration) throws {
    let text = try ConfigurationTree.text(of: configuration)
    let loaded = try load(text)
    #expect(loaded == configuration)
    #expect(try ConfigurationTree.text(of: loaded) == text)
  }

  /// A path in the file is meant from the file's folder, one that is typed from here.
  @Test func pathsAreMeantFromWhereTheyAreWritten() throws {
    let folder = try TemporaryFolder()
    let yaml = "population:\n  source: file\n  path: logs/phones.sqlite\n"
    let path = try folder.file("experiment.yaml", yaml)
    let fromFile = try ConfigurationLoader.load(path: path)
    #expect(fromFile.population.path.value == "\(folder.path)/logs/phones.sqlite")
    let typed = try ConfigurationLoader.load(
      path: path, overrides: ["population.path=logs/phones.sqlite"])
    let here = FileManager.default.currentDirectoryPath
    #expect(typed.population.path.value == "\(here)/logs/phones.sqlite")
  }
}
