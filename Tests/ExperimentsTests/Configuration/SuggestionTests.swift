import Experiments
import Federation
import Foundation
import Testing

/// What is said to somebody who meant another key or another file, and about several mistakes.
struct SuggestionTests {
  private func problem(
    _ yaml: String, _ overrides: [String] = []
  ) throws -> ExperimentError {
    try #require(
      throws: ExperimentError.self,
      performing: { try ConfigurationLoaderTests.load(yaml, overrides) })
  }

  @Test(arguments: [
    ("rounds=20", "'training.rounds'"), ("lr=0.1", "'training.local.learning_rate'"),
    ("learning_rate=0.1", "'training.local.learning_rate'"),
    ("epochs=2", "'training.local.epochs'"), ("batch_size=8", "'training.local.batch_size'"),
    ("cohort_size=8", "'training.cohort_size'"), ("cohort-size=8", "'training.cohort_size'"),
    ("clients=8", "'population.clients'"), ("epsilon=8", "'privacy.target_epsilon'"),
    ("target_epsilon=8", "'privacy.target_epsilon'"),
    ("noise_multiplier=1", "'privacy.noise_multiplier'"), ("kind=lstm", "'model.kind'"),
    ("training.lr=0.1", "'training.local.learning_rate'"),
    ("training.epochs=1", "'training.local.epochs'"), ("mechanism=gaussian", "'privacy.mechanism'"),
    ("roudns=20", "'training.rounds'"), ("seeed=3", "'seed'"), ("model.hiden=8", "'model.hidden'"),
    ("dropout_rate=0.1", "'faults.dropout_rate'"), ("mu=0.1", "'algorithm.mu'"),
  ])
  func theKeyThatWasMeantIsNamed(override: String, key: String) throws {
    let message = try problem("name: a\n", [override]).message
    #expect(message.contains("the nearest is \(key)") || message.contains("the nearest are \(key)"))
  }

  /// Of a variant, only its own keys and the names of the others are suggested.
  @Test(arguments: [
    ("algorithm: {name: fedprox, nu: 1}", "the nearest is 'algorithm.mu'"),
    ("algorithm: {name: fedprox, rho: 1}", "the keys of fedprox are name, mu, partial_work."),
    ("aggregator: {name: krum, shares: 0.1}", "the nearest is 'aggregator.share'"),
    ("algorithm: {name: fedprx}", "not 'fedprx'; the nearest is 'fedprox'."),
    ("model: {kind: lstm-ranke}", "the nearest is 'lstm_ranker'."),
    ("privacy: {mechanism: gausian}", "the nearest is 'gaussian'."),
    (
      "algorithm: {name: fedavg, partial_work: 0.3}",
      "FedAvg that keeps partial work is {name: fedprox, mu: 0, partial_work: 0.3}"
    ),
    ("sweep: {variants: {a: {}, b: {algorithm: {name: fedprox, nu: 1}}}}", "'algorithm.mu'"),
    (
      "sweep: {variants: {a: {}, b: {algorithm: {name: fedprox, rho: 1}}}}",
      "the keys of fedprox are name, mu, partial_work."
    ),
  ])
  func aVariantIsToldItsOwnKeys(yaml: String, words: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("experiment.yaml", "name: a\n\(yaml)\n")
    let error = #expect(throws: ExperimentError.self) {
      if yaml.hasPrefix("sweep") {
        _ = try Sweep.load(path: path, overrides: [])
      } else {
        _ = try ConfigurationLoader.load(path: path)
      }
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func allMistakesOfFileAndCommandLineAreNamed() throws {
    func all(_ yaml: String) throws -> String {
      let found = try problem(yaml, ["rounds=20", "lr=0.1"])
      return ([found.message] + found.others).joined(separator: "\n")
    }
    let message = try all("name: a\ntraining: {roudns: 3}\n")
    for words in ["'training.rounds'", "--set rounds=20", "--set lr=0.1", "training.roudns"] {
      #expect(message.contains(words), "\(words): \(message)")
    }
    let sweep = try all("name: a\nsweep: {seed: 2}\n")
    #expect(sweep.contains("--set rounds=20") && sweep.contains("--set lr=0.1"))
  }

  /// Who runs the file of a sweep is told of a wrong key first: `fedsim sweep` would refuse it as well.
  @Test func aMisspeltKeyIsNotHiddenByTheWrongVerb() throws {
    let message = try problem("name: a\nsweep: {seed: 2}\n", ["training.rouns=2"]).message
    #expect(message.contains("'training.rounds'") && !message.contains("fedsim sweep"))
    let verb = try problem("name: a\nsweep: {seed: 2}\n", ["training.rounds=2"]).message
    #expect(verb.contains("fedsim sweep"))
  }

  /// Words of other programs for what is no key here.
  @Test(arguments: [
    ("defaults: [base.yaml]", "'extends: FILE' takes over the keys of another file"),
    ("include: base.yaml", "'extends: FILE'"), ("x: {a: 1}", "begins with 'x-', such as 'x-base'"),
  ])
  func anotherFileOrAnAnchorIsPointedTo(line: String, words: String) throws {
    let message = try problem("name: a\n\(line)\n").message
    #expect(message.contains(words) && !message.contains("nearest"), "\(message)")
  }

  /// Nothing is guessed where nothing is near.
  @Test func farWordsGetTheListOfKeys() throws {
    let message = try problem("name: a\ntraining: {qwertyuiop: 1}\n").message
    #expect(!message.contains("nearest") && message.contains("the keys of training are rounds, "))
  }

  @Test func everyMistakeOfAFileIsNamed() throws {
    let error = try problem(
      """
      name: a
      trainning: {rounds: 3}
      training:
        rounds: many
        cohort_size: 0
        local: {lr: 0.1}
      seed: -1
      """, ["evaluation.every=often"])
    let expected = [
      (2, "unknown key 'trainning'"), (4, "training.rounds must be a whole number"),
      (5, "training.cohort_size must be at least 1"), (6, "unknown key 'training.local.lr'"),
      (7, "seed must be"),
    ]
    #expect(error.sentences.count == 6)
    for (sentence, (line, words)) in zip(error.sentences, expected) {
      #expect(sentence.contains(":\(line): ") && sentence.contains(words), "\(sentence)")
    }
    #expect(error.sentences.last?.contains("--set evaluation.every=often") == true)
  }

  /// Combinations are looked at once each value alone is right.
  @Test func everyIgnoredKeyIsNamed() throws {
    let error = try problem(
      """
      model: {kind: logistic, hidden: 8, embedding: 4}
      training: {server: {optimizer: sgd, beta1: 0.5}}
      privacy: {target_epsilon: 1}
      """)
    #expect(error.sentences.count == 4, "\(error.sentences)")
    for key in ["model.hidden", "model.embedding", "training.server.beta1", "privacy.target"] {
      #expect(error.sentences.contains { $0.contains("\(key)") }, "\(key)")
    }
  }

  /// Anchors have a place, and what nobody refers to is no key.
  @Test func keysThatBeginWithXAreIgnored() throws {
    let configuration = try ConfigurationLoaderTests.load(
      """
      x-local: &fast {learning_rate: 0.25, epochs: 2}
      x-rounds: &rounds 7
      training: {rounds: *rounds, local: *fast}
      """)
    #expect(configuration.training.rounds == 7)
    #expect(configuration.training.local.learningRate == 0.25)
    #expect(configuration.training.local.epochs == 2)
    let plain = try ConfigurationLoaderTests.load(
      "training: {rounds: 7, local: {learning_rate: 0.25, epochs: 2}}")
    #expect(configuration == plain)
    // Only at the top level, and only with the hyphen.
    _ = try problem("training: {x-rounds: 7}\n")
    _ = try problem("xrounds: 7\n")
  }

  @Test func theFileThatWasMeantIsNamed() throws {
    let folder = try TemporaryFolder()
    let right = try folder.file("quickstart.yaml", "name: a\n")
    for wrong in ["quickstart.yml", "quickstrat.yaml", "quickstart", "quickstart.YAML"] {
      let error = try #require(
        throws: ExperimentError.self,
        performing: { try ConfigurationLoader.load(path: "\(folder.path)/\(wrong)") })
      #expect(error.code == .missingInput)
      #expect(error.message.contains("the nearest is '\(right)'"), "\(error.message)")
    }
    let far = try #require(
      throws: ExperimentError.self,
      performing: { try ConfigurationLoader.load(path: "\(folder.path)/privacy.yaml") })
    #expect(!far.message.contains("nearest"))
  }
}
