import Experiments
import Federation
import Foundation
import Testing

/// Everything that can be wrong with an experiment file, and what is said about it.
struct WrongConfigurationTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    let yaml: String
    var overrides: [String] = []
    /// What the sentence must say; "FILE" stands for the path of the file.
    let words: [String]

    var testDescription: String { ([yaml] + overrides).joined(separator: " | ") }
  }

  static let mistakes: [Mistake] =
    unknownKeys + wrongTypes + wrongText + wrongNumbers + wrongCombinations
    + WrongOverrides.mistakes + WrongProtection.mistakes + WrongPrivacy.mistakes

  static let unknownKeys = [
    Mistake(
      yaml: "name: a\ntrainning:\n  rounds: 5\n",
      words: ["FILE:2: ", "unknown key 'trainning'", "'training'"]),
    Mistake(
      yaml: "training:\n  rounds: 5\n  cohort_sise: 5\n",
      words: ["FILE:3: ", "'training.cohort_sise'", "'training.cohort_size'"]),
    Mistake(
      yaml: "training:\n  cohortSize: 5\n", words: ["FILE:2: ", "'training.cohort_size'"]),
    Mistake(
      yaml: "training: {local: {leraning_rate: 1}}\n",
      words: ["FILE:1: ", "'training.local.learning_rate'"]),
    Mistake(yaml: "Seed: 1\n", words: ["FILE:1: ", "unknown key 'Seed'", "'seed'"]),
    Mistake(yaml: "1: 2\n", words: ["FILE:1: ", "unknown key '1'"]),
    // Keys of another variant.
    Mistake(
      yaml: "algorithm: {name: scaffold, mu: 0.1}\n",
      words: [
        "FILE:1: algorithm.mu is a key of fedprox and fednova, not of scaffold; remove it or take one of "
          + "those as algorithm.name"
      ]),
    Mistake(
      yaml: "algorithm: {mu: 0.1}\n", words: ["algorithm.mu is a key of", "not of fedavg"]),
    Mistake(
      yaml: "attack: {kind: nan, scale: 3}\n",
      words: [
        "attack.scale is a key of sign_flip, not of nan; remove it or take that as attack.kind"
      ]
    ),
    Mistake(
      yaml: "attack: {scale: 3}\n", words: ["attack.scale is a key of sign_flip, not of none"]),
    Mistake(
      yaml: "algorithm: {mu: 0.1, name: fedproxy}\n", words: ["algorithm.name", "fedproxy"]),
    Mistake(
      yaml: "personalisation: {method: fedper, lambda: 1}\n",
      words: ["personalisation.lambda is a key of ditto, not of fedper"]),
    Mistake(
      yaml: "personalisation: {name: ditto}\n",
      words: ["'personalisation.name'", "the nearest is 'personalisation.method'"]),
    Mistake(yaml: "attack: {name: nan}\n", words: ["the nearest is 'attack.kind'"]),
    Mistake(yaml: "algorithm: {method: fedavg}\n", words: ["the nearest is 'algorithm.name'"]),
    Mistake(yaml: "model: {name: lstm}\n", words: ["the nearest is 'model.kind'"]),
    Mistake(yaml: "algorithm: {nmae: fedavg}\n", words: ["the nearest is 'algorithm.name'"]),
    // A group without a variant, though the values are those of nobody saying otherwise.
    Mistake(
      yaml: "attack: {share: 0.1}\n",
      words: ["FILE:1: attack.share has no effect with kind: none", "attack.kind"]),
    Mistake(yaml: "attack: {kind: none, ignores_clip: true}\n", words: ["attack.ignores_clip has"]),
    Mistake(yaml: "attack:\n  from_round: 1\n", words: ["FILE:2: attack.from_round has no effect"]),
    Mistake(
      yaml: "personalisation: {held_back: 0.4}\n",
      words: ["personalisation.held_back has no effect with method: none"]),
    Mistake(
      yaml: "name: a\n", overrides: ["attack.share=0.1"],
      words: ["--set attack.share=0.1: attack.share has no effect"]),
    // What was typed is not dropped with the variant that it was of.
    Mistake(
      yaml: "attack: {kind: sign_flip, share: 0.2}\n",
      overrides: ["attack.scale=3", "attack.kind=nan"],
      words: ["--set attack.scale=3: attack.scale is a key of sign_flip, not of nan"]),
    Mistake(
      yaml: "attack: {kind: sign_flip}\n", overrides: ["attack.kind=none", "attack.share=0.1"],
      words: ["--set attack.share=0.1: attack.share has no effect"]),
    Mistake(
      yaml: "attack: {kind: sign_flip, scael: 3}\n", overrides: ["attack.kind=none"],
      words: ["unknown key 'attack.scael'"]),
  ]

  static let wrongTypes = [
    Mistake(
      yaml: "\n\ntraining:\n  rounds: many\n",
      words: ["FILE:4: ", "training.rounds must be a whole number, not 'many'"]),
    Mistake(
      yaml: "training:\n  rounds: 2.5\n", words: ["FILE:2: ", "a whole number, not '2.5'"]),
    Mistake(yaml: "training:\n  rounds:\n", words: ["FILE:2: ", "training.rounds has no value"]),
    Mistake(
      yaml: "training:\n  rounds: 99999999999999999999\n",
      words: ["FILE:2: ", "training.rounds must be a whole number"]),
    Mistake(yaml: "seed: -1\n", words: ["FILE:1: ", "seed must be a whole number of at least 0"]),
    Mistake(
      yaml: "training:\n  local:\n    learning_rate: fast\n",
      words: ["FILE:3: ", "training.local.learning_rate must be a number, not 'fast'"]),
    Mistake(
      yaml: "privacy:\n  clipping_bound: tight\n",
      words: ["FILE:2: ", "privacy.clipping_bound must be a number, not 'tight'"]),
    Mistake(
      yaml: "evaluation:\n  local_only: maybe\n",
      words: ["FILE:2: ", "evaluation.local_only must be true or false, not 'maybe'"]),
    Mistake(
      yaml: "model:\n  kind: transformer\n",
      words: ["FILE:2: ", "one of logistic, softmax, lstm, lstm_ranker, worker, not 'transformer'"]),
    Mistake(
      yaml: "task: firstApp\n", words: ["FILE:1: ", "one of first_app, next_app, not 'firstApp'"]),
    Mistake(
      yaml: "population:\n  preset: [typical]\n",
      words: ["FILE:2: ", "one of typical, routine, erratic, not 'a group or list'"]),
    Mistake(
      yaml: "training: 5\n", words: ["FILE:1: ", "training is a group of keys (rounds, "]),
    Mistake(
      yaml: "training:\n", words: ["FILE:1: ", "training is a group of keys (rounds, "]),
    Mistake(
      yaml: "training:\n  rounds:\n    count: 5\n",
      words: ["FILE:", "training.rounds must be a whole number, not 'a group or list'"]),
    Mistake(
      yaml: "name: [a, b]\n", words: ["FILE:1: ", "name must be a text, not 'a group or list'"]),
  ]

  static let wrongText = [
    Mistake(
      yaml: "seed: 1\nname: a\nseed: 2\n", words: ["FILE:", "'seed'", "given twice"]),
    Mistake(
      yaml: "training:\n  rounds: 1\n  rounds: 1\n",
      words: ["FILE:", "'rounds'", "given twice"]),
    Mistake(yaml: "name: [a\nseed: 1\n", words: ["FILE:", "not valid YAML"]),
    Mistake(yaml: "name: 'a\n", words: ["FILE:", "not valid YAML"]),
    Mistake(yaml: "training:\n\trounds: 5\n", words: ["FILE:2: ", "indented with a tab"]),
    Mistake(
      yaml: "training:\n  local:\n\t\tepochs: 5\n", words: ["FILE:3: ", "indented with a tab"]),
    Mistake(
      yaml: "training:\n  local:\n  \tepochs: 5\n  rounds: 3\n",
      words: ["FILE:3: ", "indented with a tab"]),
    Mistake(yaml: "name: a\n---\nname: b\n", words: ["FILE:", "not valid YAML"]),
    Mistake(yaml: "", words: ["FILE: is empty"]),
    Mistake(yaml: "# nothing but a comment\n", words: ["FILE: is empty"]),
    Mistake(yaml: "- a\n- b\n", words: ["FILE:1: ", "is a mapping", "not a list"]),
    Mistake(yaml: "just words\n", words: ["FILE:1: ", "is a mapping", "not one value"]),
  ]

  static let wrongNumbers = [
    Mistake(
      yaml: "training:\n  cohort_size: -5\n",
      words: ["FILE:2: ", "training.cohort_size must be at least 1"]),
    Mistake(
      yaml: "training: {rounds: 0}\n", words: ["FILE:1: ", "training.rounds must be at least 1"]),
    Mistake(
      yaml: "population:\n  clients: 0\n",
      words: ["FILE:2: ", "population.clients must be at least 1"]),
    Mistake(
      yaml: "population:\n  clients: 2000000000000\n", words: ["FILE:2: ", "at most 2^40"]),
    Mistake(
      yaml: "population:\n  new_client_share: 1\n",
      words: ["population.new_client_share must be at least 0 and below 1"]),
    Mistake(
      yaml: "training:\n  local:\n    learning_rate: .nan\n",
      words: ["FILE:3: ", "training.local.learning_rate must be above 0"]),
    Mistake(
      yaml: "training:\n  server:\n    learning_rate: .inf\n",
      words: ["FILE:3: ", "training.server.learning_rate must be above 0"]),
    Mistake(
      yaml: "training:\n  server:\n    optimizer: adam\n    epsilon: .inf\n",
      words: ["FILE:4: ", "training.server.epsilon must be above 0"]),
    Mistake(
      yaml: "training:\n  local:\n    momentum: 1\n",
      words: ["training.local.momentum must be at least 0 and below 1"]),
    Mistake(
      yaml: "privacy:\n  clipping_bound: -1\n", words: ["privacy.clipping_bound must be above 0"]),
    Mistake(yaml: "faults:\n  dropout_rate: 1.5\n", words: ["faults.dropout_rate must lie in 0…1"]),
    Mistake(yaml: "checkpoint:\n  every: 0\n", words: ["checkpoint.every must be at least 1"]),
    Mistake(
      yaml: "workers:\n  deadline_seconds: .inf\n", words: ["workers.deadline_seconds must be"]),
    Mistake(
      yaml: "training:\n  local:\n    batch_size: 5000\n", words: ["must lie in 1…4096"]),
  ]

  static let wrongCombinations = [
    Mistake(
      yaml: "population:\n  clients: 100\ntraining:\n  cohort_size: 91\n",
      words: ["FILE:4: ", "(91) is larger than the 90 clients that train", "10 of them held out"]),
    Mistake(
      yaml: "name: ../escape\n", words: ["FILE:1: ", "name must be letters, digits"]),
    Mistake(
      yaml: "population:\n  source: file\n", words: ["population.path is missing", "data import"]),
    Mistake(
      yaml: "population:\n  path: a.sqlite\n",
      words: ["FILE:2: ", "population.path has no effect with source: synthetic"]),
    Mistake(
      yaml: "population:\n  source: file\n  path: a.sqlite\n  clients: 50\n",
      words: ["FILE:4: ", "population.clients has no effect with source: file"]),
    Mistake(
      yaml: "model:\n  kind: logistic\n  hidden: 8\n",
      words: ["FILE:3: ", "model.hidden has no effect with kind: logistic"]),
    Mistake(
      yaml: "training:\n  server:\n    optimizer: adagrad\n    beta1: 0.5\n",
      words: ["FILE:4: ", "training.server.beta1 has no effect with optimizer: adagrad"]),
    Mistake(
      yaml: "population:\n  days: 7\n", words: ["evaluation.test_days", "population.days (7)"]),
    Mistake(
      yaml: "evaluation:\n  test_fraction: 0.2\n", words: ["FILE:2: ", "`source: file`"]),
    Mistake(
      yaml: "population:\n  source: benchmark\nevaluation:\n  every: 0\n",
      words: ["model.kind must be softmax or lstm"]),
    Mistake(
      yaml: "population:\n  source: benchmark\nmodel:\n  kind: lstm\n",
      words: ["evaluation.every must be 0"]),
    Mistake(
      yaml: "training:\n  max_examples: 9223372036854775807\n",
      words: ["FILE:2: ", "training.max_examples must lie in"]),
    Mistake(
      yaml: "training:\n  weighting: examples\n  max_examples: 1048576\n",
      words: ["training.cohort_size is too large to be summed exactly"]),
    Mistake(
      yaml: "model:\n  kind: lstm\n  vocabulary: 65536\n  embedding: 1024\n  hidden: 1024\n",
      words: ["FILE:3: ", "parameters", "make the model smaller"]),
  ]

  @Test(arguments: mistakes)
  func aMistakeIsExplained(mistake: Mistake) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("wrong.yaml", mistake.yaml)
    let error = try #require(
      throws: ExperimentError.self,
      performing: { try ConfigurationLoader.load(path: path, overrides: mistake.overrides) })
    #expect(error.code == .invalidConfiguration)
    for words in mistake.words {
      let expected = words.replacing("FILE", with: path)
      #expect(error.message.contains(expected), "'\(error.message)' lacks '\(expected)'")
    }
    #expect(error.message.hasSuffix("."))
    #expect(!error.message.contains("\n"))
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    let folder = try TemporaryFolder()
    let binary = "\(folder.path)/binary.yaml"
    try Data([0xFF, 0xFE, 0x00, 0xC0]).write(to: URL(filePath: binary))
    let cases = [
      ("\(folder.path)/none.yaml", ExperimentError.Code.missingInput, "there is no such file"),
      (folder.path, .badData, "is a folder; give one of its files: \(binary)"),
      (binary, .badData, "cannot be read as a UTF-8 text file"),
    ]
    for (path, code, words) in cases {
      let error = try #require(
        throws: ExperimentError.self, performing: { try ConfigurationLoader.load(path: path) })
      #expect(error.code == code)
      #expect(error.message.hasPrefix(path + ": "))
      #expect(error.message.contains(words))
    }
  }
}
