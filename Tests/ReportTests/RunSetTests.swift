import Report
import RunResults
import Testing

struct RunSetTests {
  @Test func settingsAreReadByKeyPath() {
    let settings = Settings(
      yaml: """
        # What does
        # it ask?
        name: 'it''s'
        training:
          # not the head
          local:
            epochs: 2
          rounds: 10
        faults: {dropout_rate: 0.1}
        privacy:
          bands:
          - 1
          - 2
          budget: null
        """)
    #expect(settings.comment == "What does it ask?")
    #expect(Settings(yaml: "# What?\n#\n#   fedsim run a.yaml\nname: a\n").comment == "What?")
    #expect(
      settings.keys == [
        "name", "training.local.epochs", "training.rounds", "faults", "privacy.bands",
        "privacy.budget",
      ])
    #expect(settings["name"] == "it's")
    #expect(settings["training.local.epochs"] == "2")
    #expect(settings["training.rounds"] == "10")
    #expect(settings["privacy.bands"] == "- 1 - 2")
    #expect(settings["privacy.budget"] == "null")
    #expect(settings["training"] == nil)
  }

  @Test func aRunTellsItsMetricsAndItsQuestion() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let runs = try RunSet(folders: ["\(folder.path)/one//"])
    #expect(runs.questions == ["Does it work?"])
    #expect(runs.folders == ["\(folder.path)/one"])
    #expect(runs.runs[0].metrics["future_federated_accuracy_top1"] == 0.4)
    #expect(runs.runs[0].metrics["bytes_to_clients"] == 5000)
    #expect(runs.runs[0].metrics["epsilon"] == nil)
    #expect(runs.varied.isEmpty && runs.groups().map(\.label) == [""])
  }

  /// What differs makes the groups, in the order of the numbers; the seed does not.
  @Test func runsAreGroupedByWhatDiffers() throws {
    let folder = try TemporaryFolder()
    for (size, seed) in [(100, 1), (9, 1), (9, 2)] {
      try SmallRun(seed: seed, cohortSize: size).write(to: folder, "c\(size)-s\(seed)")
    }
    let runs = try folder.runs("c100-s1", "c9-s1", "c9-s2")
    #expect(runs.varied == ["training.cohort_size"])
    #expect(runs.groups().map(\.label) == ["cohort_size = 9", "cohort_size = 100"])
    #expect(runs.groups().map(\.runs.count) == [2, 1])
    #expect(runs.groups(ignoring: { $0 == "training.cohort_size" }).map(\.runs.count) == [3])
  }

  /// The same bytes twice are one sample, not two.
  @Test func aRepetitionIsNoSecondSeed() throws {
    let folder = try TemporaryFolder()
    try SmallRun(name: "a").write(to: folder, "one")
    try SmallRun(name: "b").write(to: folder, "two")
    let runs = try folder.runs("one", "two")
    #expect(runs.runs.count == 1)
    #expect(runs.notes.count == 1 && runs.notes[0].contains("/two: repeats"))
  }

  @Test func aSweepIsReadWithAndWithoutItsRuns() throws {
    let folder = try TemporaryFolder()
    try SmallRun(cohortSize: 10, accuracies: [0.2, 0.45]).write(to: folder, "sweep/runs/1")
    try folder.write("# What does n cost?\nname: swept\n", to: "sweep/sweep.yaml")
    try folder.write(
      """
      training.cohort_size,privacy.clipping_bound,seed,run,status,future_federated_accuracy_top1
      10,,1,runs/1,finished,0.45
      20,1,1,runs/2,finished,0.5
      40,1,1,runs/3,failed,

      """, to: "sweep/sweep.csv")
    let runs = try folder.runs("sweep")
    #expect(runs.questions == ["What does n cost?"])
    #expect(runs.runs.map(\.hasFiles) == [true, false])
    // The row is what the sweep says; the rest comes from the run.
    #expect(runs.runs[0].metrics["future_federated_accuracy_top1"] == 0.45)
    #expect(runs.runs[0].metrics["bytes_to_clients"] == 5000)
    #expect(runs.varied == ["training.cohort_size", "privacy.clipping_bound"])
    #expect(
      runs.groups().map(\.label) == [
        "cohort_size = 10; clipping_bound = null", "cohort_size = 20; clipping_bound = 1",
      ])
    #expect(runs.notes.count == 1 && runs.notes[0].contains("1 of 3 points"))
  }

  @Test func aVariantStandsForWhatItSets() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      variant,model.kind,training.rounds,training.cohort_size,run,status
      small,softmax,5,10,r1,finished
      small,softmax,5,20,r2,finished
      large,lstm,9,10,r3,finished
      large,lstm,9,20,r4,finished

      """, to: "sweep/sweep.csv")
    #expect(
      try folder.runs("sweep").groups().map(\.label) == [
        "small; cohort_size = 10", "small; cohort_size = 20", "large; cohort_size = 10",
        "large; cohort_size = 20",
      ])
    #expect(try folder.runs("sweep").groups()[0].title == "small, Clients per round = 10")
  }

  /// Of two sweeps with variants of the same names, every group has a name of its own, the variant first.
  @Test func variantsOfTwoSweepsAreToldApart() throws {
    let folder = try TemporaryFolder()
    for (sweep, name, size) in [("one", "few", 10), ("two", "many", 50)] {
      for (variant, seed) in [("FedAvg", 1), ("FedAvg", 2), ("Prox", 1), ("Prox", 2)] {
        try SmallRun(
          name: name, seed: seed, cohortSize: variant == "Prox" ? size + 1 : size
        ).write(to: folder, "\(sweep)/runs/\(variant)\(seed)")
      }
      try folder.write(
        """
        variant,seed,run,status
        FedAvg,1,runs/FedAvg1,finished
        FedAvg,2,runs/FedAvg2,finished
        Prox,1,runs/Prox1,finished
        Prox,2,runs/Prox2,finished

        """, to: "\(sweep)/sweep.csv")
    }
    let runs = try folder.runs("two", "one")
    #expect(
      runs.groups().map(\.label) == [
        "FedAvg; name = many", "Prox; name = many", "FedAvg; name = few", "Prox; name = few",
      ])
    #expect(runs.groups().map(\.runs.count) == [2, 2, 2, 2])
    let figure = try FigureKind.difference.figure(of: runs)
    #expect(Set(figure.series.map(\.name)).count == 4)
    // Anybody's words for the reference.
    var turned = runs
    try turned.compare(with: "fedavg; name = few")
    let other = try FigureKind.difference.figure(of: turned)
    #expect(other.series.map(\.title).filter { $0.hasSuffix("(reference)") }.count == 1)
    #expect(other.series[2].title.hasSuffix("(reference)"))
    #expect(throws: ReportError.self) { try turned.compare(with: "FedAvg") }
  }

  /// Only what tells groups of one variant apart is said, and of those alone.
  @Test func namesSayNoMoreThanIsNeeded() {
    // Two of A, which differ in x alone; two of B, in y alone; one C.
    let shown = GroupNames.keys(
      beside: ["A", "A", "B", "B", "C"], ["x", "y", "z"],
      values: [
        ["1", "1", "1"], ["2", "1", "2"], ["1", "1", "1"], ["1", "2", "1"], ["5", "5", "5"],
      ], isShort: true)
    #expect(shown == [[0], [0], [1], [1], []])
    #expect(GroupNames.unique(["a", "b", "a", "a (2)"]) == ["a", "b", "a (2)", "a (2) (2)"])
    #expect(GroupNames.index(of: "fedavg", among: [["x", "FedAvg"], ["y", "Prox"]]) == 0)
    #expect(GroupNames.index(of: "FedAvg", among: [["x", "FedAvg"], ["y", "FedAvg"]]) == nil)
  }

  /// What a variant does not have and what is set to nothing are one setting.
  @Test func absentAndNullAreOneSetting() throws {
    let folder = try TemporaryFolder()
    let settings = ["", "\n  steps: null", "\n  steps: 3"]
    for (index, text) in settings.enumerated() {
      try folder.write(
        "name: a\nseed: \(index)\ntraining:\n  rounds: 1\(text)\n", to: "r\(index)/config.yaml")
    }
    #expect(try folder.runs("r0", "r1").groups().map(\.label) == [""])
    #expect(
      try folder.runs("r0", "r1", "r2").groups().map(\.label) == ["steps = 3", "steps = null"])
  }

  @Test func otherFoldersAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "empty/file")
    let error = #expect(throws: ReportError.self) { try folder.runs("empty") }
    #expect(error?.kind == .missingInput)
    #expect(error?.message.contains("neither a run nor a sweep") == true)
    try SmallRun().write(to: folder, "damaged")
    try folder.write("{", to: "damaged/summary.json")
    #expect(throws: ReportError.self) { try folder.runs("damaged") }
  }
}
