/// What can be wrong with `--set`.
enum WrongOverrides {
  typealias Mistake = WrongConfigurationTests.Mistake

  static let mistakes = [
    Mistake(
      yaml: "name: a\n", overrides: ["training.rounds"],
      words: ["--set training.rounds: write it as key.path=value"]),
    Mistake(yaml: "name: a\n", overrides: ["=5"], words: ["--set =5: write it as"]),
    Mistake(
      yaml: "name: a\n", overrides: ["training.rounds=five"],
      words: ["--set training.rounds=five: ", "a whole number, not 'five'"]),
    Mistake(
      yaml: "name: a\n", overrides: ["training.cohort_size=-1"],
      words: ["--set training.cohort_size=-1: ", "must be at least 1"]),
    Mistake(
      yaml: "name: a\n", overrides: ["training.round=5"],
      words: ["--set training.round=5: ", "'training.rounds'"]),
    Mistake(
      yaml: "name: a\n", overrides: ["training..rounds=5"],
      words: ["--set training..rounds=5: write it as key.path=value"]),
    Mistake(yaml: "name: a\n", overrides: ["seed={"], words: ["--set seed={: ", "not YAML"]),
    Mistake(
      yaml: "name: a\n", overrides: ["training=5"],
      words: ["--set training=5: ", "a group of keys"]),
    Mistake(
      yaml: "training:\n  rounds: 5\n", overrides: ["training.rounds.count=5"],
      words: [
        "--set training.rounds.count=5: ", "FILE:2 gives training.rounds as a value ('5')",
        "no key 'count'",
      ]),
    Mistake(
      yaml: "name: a\nmodel: 3\n", overrides: ["model.kind=lstm"],
      words: ["--set model.kind=lstm: ", "FILE:2 gives model as a value ('3')", "a group of keys"]),
    Mistake(
      yaml: "name: a\n", overrides: ["model=3", "model.kind=lstm"],
      words: ["--set model.kind=lstm: ", "--set model=3 gives model as a value ('3')"]),
  ]
}
