import Experiments
import Testing

/// What can be wrong with the `sweep` group of a file, and what is said about it.
struct WrongSweepTests {
  struct Wrong: Sendable, CustomTestStringConvertible {
    var yaml: String
    var overrides: [String] = []
    var words: [String]

    var testDescription: String { yaml }
  }

  static let wrong = [
    Wrong(yaml: "name: x\n", words: ["sweep", "seed: 5"]),
    Wrong(yaml: "sweep: {}\n", words: [":1", "sweep"]),
    Wrong(
      yaml: "sweep:\n  training.cohort_sise: [1]\n",
      words: [":2", "'training.cohort_sise'", "'training.cohort_size'"]),
    Wrong(yaml: "sweep:\n  seeds: 3\n", words: [":2", "list"]),
    Wrong(yaml: "sweep:\n  seeds: [3]\n", words: [":2", "'seeds'", "'seed'"]),
    Wrong(yaml: "sweep:\n  training.rounds: 3\n", words: [":2", "training.rounds", "list"]),
    Wrong(yaml: "sweep:\n  training.rounds: []\n", words: [":2", "empty"]),
    Wrong(yaml: "sweep:\n  training.rounds: [3, 4, 3]\n", words: [":2", "'3'", "twice"]),
    Wrong(yaml: "sweep:\n  training.rounds: [[3]]\n", words: [":2", "list or group"]),
    Wrong(yaml: "sweep:\n  training: [3]\n", words: [":2", "group", "rounds"]),
    Wrong(yaml: "sweep:\n  seed: 0\n", words: [":2", "seed"]),
    Wrong(yaml: "sweep:\n  seed: 10001\n", words: [":2", "10000"]),
    Wrong(
      yaml: "sweep:\n  seed: 10000\n  training.rounds: [1, 2]\n", words: [":1", "10000", "points"]),
    Wrong(
      yaml: "sweep:\n  training.rounds: [5]\n  training: {rounds: [6]}\n",
      words: [":3", "training.rounds", "twice"]),
    Wrong(
      yaml: "sweep:\n  seed: 2\n  paired: {seed: [1, 2], training.rounds: [1, 2]}\n",
      words: [":3", "seed", "twice"]),
    Wrong(
      yaml: "sweep:\n  paired: {seed: [1, 2], training.rounds: [1]}\n",
      words: [":2", "equal lengths"]),
    Wrong(yaml: "sweep:\n  paired: {seed: [1, 2]}\n", words: [":2", "two"]),
    Wrong(yaml: "sweep:\n  variants: [a]\n", words: [":2", "named"]),
    Wrong(yaml: "sweep:\n  variants: {a: 3}\n", words: [":2", "variants.a"]),
    Wrong(
      yaml: "sweep:\n  variants: {a: {model.knd: lstm}}\n",
      words: [":2", "'model.knd'", "'model.kind'"]),
    // One point is wrong: said before anything runs, with the line of the sweep.
    Wrong(
      yaml: "sweep:\n  seed: 2\n  training.cohort_size: [10, 2000]\n",
      words: ["point 2", "training.cohort_size=2000", ":3", "900 clients"]),
    // A number is shown as it was written: YAML reads these as 8, 16 and 90.
    Wrong(
      yaml: "sweep:\n  training.rounds: [010, 20]\n",
      words: ["point 1 (training.rounds=010)", "leading zeros (10)"]),
    Wrong(
      yaml: "sweep:\n  variants: {a: {training.rounds: 0x10}}\n  seed: [2]\n",
      words: ["point 1", "decimal digits"]),
    Wrong(
      yaml: "sweep:\n  training.cohort_size: [1:30]\n", words: ["training.cohort_size=1:30"]),
    Wrong(
      yaml: "sweep:\n  training.local.learning_rate: [0.1, 00.50]\n",
      words: ["training.local.learning_rate=00.50", "leading zeros (0.50)"]),
    Wrong(
      yaml: "sweep:\n  model.kind: [lstm, lstmranker]\n",
      words: ["point 2", ":2", "lstm_ranker", "'lstmranker'"]),
    Wrong(
      yaml: "sweep:\n  training.rounds: [null]\n", words: ["point 1", ":2", "training.rounds"]),
    Wrong(
      yaml: "sweep:\n  seed: 2\n", overrides: ["seed=3"],
      words: ["--set seed=3", "sweep.seed=", "sweep=null"]),
    Wrong(
      yaml: "sweep:\n  seed: 2\n", overrides: ["sweep.training.rounds=5"],
      words: ["--set sweep.training.rounds=5", "list"]),
    Wrong(
      yaml: "swep:\n  seed: 2\n", overrides: ["sweep.seed=2"], words: [":1", "'swep'", "'sweep'"]),
  ]

  @Test(arguments: wrong) func wrongSweepsSayWhere(_ wrong: Wrong) throws {
    let error = #expect(throws: ExperimentError.self) {
      try SweepTests.load(wrong.yaml, wrong.overrides)
    }
    #expect(error?.code == .invalidConfiguration)
    for word in wrong.words { #expect(error?.message.contains(word) == true, "\(error!.message)") }
  }

  @Test func aSingleRunOfASweepIsRefusedUnlessTheSweepIsTakenOut() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("experiment.yaml", "name: s\nsweep:\n  seed: 2\n")
    let error = #expect(throws: ExperimentError.self) { try ConfigurationLoader.load(path: path) }
    #expect(error?.message.contains("fedsim sweep") == true)
    #expect(try Sweep.isSweep(path: path, overrides: []))
    #expect(try !Sweep.isSweep(path: path, overrides: ["sweep=null"]))
    #expect(
      try ConfigurationLoader.load(path: path, overrides: ["sweep=null"]).name == "s")
  }
}
