import Foundation
import Testing

/// `fedsim explain`, and the extremes that once ended in a trap.
struct ExplainTests {
  @Test func aKeyIsExplained() throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["explain", "evaluation.test_days"], in: folder.url)
    #expect(result.exitCode == 0)
    for words in ["1…3649", "days", "default: 7", "whole number"] {
      #expect(result.output.contains(words), "\(result.output)")
    }
    let group = try CommandLineProgram.run(["explain", "training.local"], in: folder.url)
    #expect(group.output.contains("training.local.epochs") && !group.output.contains("privacy."))
    let all = try CommandLineProgram.run(["explain", "--json"], in: folder.url)
    let object = try JSONSerialization.jsonObject(with: Data(all.output.utf8)) as? [String: Any]
    let keys = try #require(object?["keys"] as? [[String: Any]])
    let rounds = try #require(keys.first { $0["key"] as? String == "training.rounds" })
    #expect(rounds["minimum"] as? Int == 1 && rounds["default"] as? String == "100")
  }

  /// A name stands for the keys of its variant, with what they mean, and for those of no other.
  @Test(arguments: [
    (
      "krum",
      ["aggregator.name: krum", "aggregator.share", "may be hostile", "aggregator.bucket_size"]
    ),
    ("qfedavg", ["algorithm.name: qfedavg", "algorithm.q", "large loss"]),
    ("backdoor", ["attack.kind: backdoor", "attack.trigger_app", "attack.share"]),
    ("ditto", ["personalisation.method: ditto", "personalisation.held_back"]),
    ("fedavg", ["algorithm.name: fedavg has no keys of its own"]),
  ])
  func aNameIsExplained(name: String, words: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["explain", name], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    for words in words { #expect(result.output.contains(words), "\(result.output)") }
    #expect(!result.output.contains("training.") && !result.output.contains("root_clients"))
    let json = try CommandLineProgram.run(["explain", name, "--json"], in: folder.url)
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let keys = try #require(object?["keys"] as? [[String: Any]])
    #expect(keys.isEmpty == (name == "fedavg"))
  }

  @Test(arguments: [
    ("krun", "krum"), ("trainig.rounds", "training.rounds"), ("learning_rat", "learning_rate"),
    ("privcy", "privacy"),
  ])
  func aMisspeltKeyIsAUsageError(key: String, nearest: String) throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["explain", key], in: folder.url)
    #expect(result.exitCode == 64 && result.message.contains(nearest), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  /// Short forms and words of other programs lead to the key, as they do after --set.
  @Test(arguments: [
    ("lr", "training.local.learning_rate"), ("cohort", "training.cohort_size"),
    ("epsilon-budget", "epsilon"), ("top1", "accuracy_top1"), ("top-1", "accuracy_top1"),
    ("accuracy", "accuracy_top1"),
  ])
  func aWordIsSearchedFor(word: String, found: String) throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["explain", word], in: folder.url)
    let isNothing = word == "epsilon-budget"
    #expect(result.exitCode == (isNothing ? 64 : 0), "\(result.errors)")
    #expect(
      isNothing ? !result.message.contains("attack") : result.output.contains(found),
      "\(result.output)\(result.errors)")
  }

  /// A metric of sweep.csv, also where split and predictor have several words.
  @Test(arguments: [
    ("future_federated_accuracy_top1", ["future: split", "federated: predictor"]),
    (
      "new_clients_local_only_client_accuracy_mean",
      [
        "new_clients: split", "local_only: predictor",
        "client_accuracy_mean: column of evaluation.csv",
      ]
    ),
  ])
  func aMetricIsExplainedByItsParts(name: String, parts: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["explain", name], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    for part in ["\(name): column of sweep.csv"] + parts {
      #expect(result.output.contains(part), "\(result.output)")
    }
    let other = try CommandLineProgram.run(
      ["explain", "future_federated_qwertyuiop"], in: folder.url)
    #expect(other.exitCode == 64)
  }

  /// All keys have no title.
  @Test func allKeysBeginWithTheFirst() throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["explain"], in: folder.url)
    #expect(result.output.hasPrefix("name  (default: "), "\(result.output.prefix(200))")
  }

  @Test(arguments: ["exit", "exit codes", "exit-code", "Exit codes"])
  func exitCodesAreListed(name: String) throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["explain", name], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    let codes = result.output.split(separator: "\n").dropFirst()
      .compactMap { $0.split(separator: " ").first.map(String.init) }
    #expect(codes == ["0", "64", "65", "66", "70", "74", "75", "78", "130"])
  }

  struct Extreme: Sendable, CustomTestStringConvertible {
    var changes: [String]
    var words: String
    var testDescription: String { changes.joined(separator: " ") }
  }

  static let gaussian = [
    "training.sampling=poisson", "privacy.mechanism=gaussian", "privacy.clipping_bound=1",
  ]
  static let correlated = [
    "training.sampling=min_separation", "training.min_separation=2", "privacy.clipping_bound=1",
  ]
  static let extremes = [
    Extreme(
      changes: gaussian + ["privacy.noise_multiplier=1", "training.rounds=10000000000000"],
      words: "training.rounds must be at least 1 and at most 10000000"),
    Extreme(
      changes: [
        "privacy.mechanism=discrete_gaussian", "privacy.clipping_bound=1",
        "privacy.noise_multiplier=1", "secure_aggregation.encoding.modulus_bits=3",
      ], words: "must be 32 or 64"),
    Extreme(
      changes: [
        "privacy.mechanism=skellam", "privacy.clipping_bound=1", "privacy.noise_multiplier=1e-300",
      ], words: "must be 0 for no noise, or at least"),
    Extreme(
      changes: correlated + ["privacy.mechanism=blt", "privacy.target_epsilon=1e6"],
      words: "privacy.target_epsilon must be above 0, from"),
    Extreme(
      changes: correlated + [
        "privacy.mechanism=tree", "privacy.noise_multiplier=1", "training.rounds=2147483647",
      ], words: "training.rounds must be"),
    Extreme(
      changes: correlated + [
        "privacy.mechanism=tree", "privacy.noise_multiplier=1", "training.rounds=16385",
      ], words: "at most 16384 with privacy.mechanism: tree"),
    Extreme(
      changes: ["lifecycle.monitor.cooldown_days=9223372036854775807"],
      words: "must lie in 0…3650"),
    Extreme(changes: ["training.window_days=9223372036854775807"], words: "must lie in 1…36500"),
    Extreme(changes: ["population.drift.day=9223372036854775807"], words: "must lie in 1…3650"),
    Extreme(
      changes: ["evaluation.clients=0", "evaluation.new_clients=0"], words: "would evaluate nobody"),
    Extreme(
      changes: ["evaluation.clients=0", "population.new_client_share=0"],
      words: "would evaluate nobody"),
  ]

  @Test(arguments: extremes) func extremesAreRefusedInASentence(_ extreme: Extreme) throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["plan", "experiment.yaml"] + extreme.changes.flatMap { ["--set", $0] }, in: folder.url)
    #expect(result.exitCode == 78, "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.message.contains(extreme.words), "\(result.message)")
  }

  /// An imported log is checked as a simulated population is.
  @Test func aLogIsCheckedAsWell() throws {
    let folder = try TemporaryFolder()
    let made = try CommandLineProgram.run(
      ["data", "generate", "--clients", "20", "--days", "9", "--out", "log.sqlite"], in: folder.url)
    #expect(made.exitCode == 0, "\(made.errors)")
    try folder.write(
      "population: {source: file, path: log.sqlite}\nmodel: {kind: logistic}\n"
        + "training: {rounds: 1, cohort_size: 4}\n", to: "log.yaml")
    for (change, words) in [
      ("evaluation.test_days=0", "must lie in 1…3649"),
      ("evaluation.test_days=-5", "must lie in 1…3649"),
      ("evaluation.test_days=3649", "no training client has anything to learn"),
      ("evaluation={clients: 0, new_clients: 0}", "would evaluate nobody"),
      ("training.cohort_size=19", "larger than the 18 clients that train"),
      ("population.new_client_share=1", "must be at least 0 and below 1"),
      ("attack={kind: nan, share: 0.001}", "makes none of the clients that train hostile"),
      (
        "aggregator={name: fltrust, root_clients: 2}",
        "leaves none for evaluation.new_clients (200); lower it"
      ),
      ("aggregator={name: fltrust, root_clients: 3}", "that are held out (2); lower it"),
      ("evaluation.test_fraction=0", "must lie between 0 and 1"),
    ] {
      let result = try CommandLineProgram.run(
        ["validate", "log.yaml", "--set", change], in: folder.url)
      #expect(result.exitCode == 78 && result.message.contains(words), "\(result.errors)")
    }
  }
}
