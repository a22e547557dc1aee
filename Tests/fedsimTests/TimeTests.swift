import Foundation
import Glibc
import Testing

/// Virtual time: the same bytes whatever happens, and errors of trace files.
@Suite(.serialized) struct TimeTests {
  private static let experiment = """
    name: timed
    population: {clients: 150, days: 12}
    model: {kind: logistic}
    training: {rounds: 8, cohort_size: 8, max_examples: 40}
    evaluation: {every: 4, clients: 6, new_clients: 3, test_days: 3, local_only: false}
    devices: {source: lognormal, flops_per_second: 1e5}
    checkpoint: {every: 3}

    """

  /// Every mode, and what it is combined with.
  static let modes: [String: [String]] = [
    "synchronous": ["availability.source=phones", "faults.dropout_rate=0.1"],
    "over-selection": [
      "schedule.mode=over_selection", "schedule.deadline_seconds=200",
      "availability.source=phones",
    ],
    "sampled": [
      "schedule.mode=over_selection", "schedule.first_only=false",
      "schedule.deadline_seconds=120", "availability.source=phones",
      "availability.selection=sampled", "availability.retry_seconds=3600",
      "privacy.mechanism=gaussian",
      "privacy.clipping_bound=0.5", "privacy.noise_multiplier=0.5", "training.sampling=poisson",
    ],
    "masked": [
      "schedule.mode=over_selection", "secure_aggregation.protocol=secagg_plus",
      "secure_aggregation.dropout_fraction=0.4",
    ],
    "buffered": [
      "schedule.mode=buffered", "schedule.goal=5", "schedule.concurrency=20",
      "training.cohort_size=5", "availability.source=phones", "faults.dropout_rate=0.1",
      "schedule.maximum_staleness=5",
    ],
    "buffered-masked": [
      "schedule.mode=buffered", "schedule.goal=8", "schedule.concurrency=20",
      "secure_aggregation.protocol=secagg_plus", "secure_aggregation.dropout_fraction=0.3",
    ],
    "buffered-private": [
      "schedule.mode=buffered", "schedule.goal=8", "schedule.concurrency=20",
      "training.sampling=min_separation", "training.min_separation=3", "privacy.mechanism=banded",
      "privacy.clipping_bound=0.5", "privacy.noise_multiplier=0.5",
    ],
    "fedasync": [
      "schedule.mode=fedasync", "schedule.concurrency=20", "training.cohort_size=1",
    ],
  ]

  private func run(
    _ mode: String, in folder: TemporaryFolder, out: String, _ more: [String] = []
  ) throws -> CommandLineProgram.Result {
    try folder.write(Self.experiment, to: "experiment.yaml")
    return try CommandLineProgram.run(Self.command(mode, out: out) + more, in: folder.url)
  }

  private static func command(_ mode: String, out: String) -> [String] {
    ["run", "experiment.yaml", "--out", out, "--quiet"]
      + (modes[mode] ?? []).flatMap { ["--set", $0] }
  }

  @Test(arguments: modes.keys.sorted())
  func anyNumberOfWorkersGivesTheSameBytes(mode: String) throws {
    let folder = try TemporaryFolder()
    for workers in [1, 2, 7] {
      let result = try run(mode, in: folder, out: "w\(workers)", ["--workers", "\(workers)"])
      #expect(result.exitCode == 0, "\(mode): \(result.errors)")
    }
    for workers in [2, 7] {
      #expect(differences(folder.file("w1"), folder.file("w\(workers)")) == [], "\(mode)")
    }
  }

  @Test(arguments: modes.keys.sorted())
  func killedAndResumedGivesTheSameBytes(mode: String) throws {
    let folder = try TemporaryFolder()
    let reference = try run(mode, in: folder, out: "reference", ["--workers", "1"])
    #expect(reference.exitCode == 0, "\(reference.errors)")
    let run = try CommandLineProgram.start(
      Self.command(mode, out: "killed") + ["--workers", "2"], in: folder.url)
    #expect(run.wait { rounds(in: folder.file("killed")) >= 4 })
    run.kill(SIGKILL)
    _ = try run.wait()
    let resumed = try CommandLineProgram.run(["resume", "killed", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(differences(folder.file("reference"), folder.file("killed")) == [], "\(mode)")
  }

  @Test(arguments: ["over-selection", "buffered", "buffered-masked"])
  func aKilledWorkerChangesNothing(mode: String) throws {
    let folder = try TemporaryFolder()
    let reference = try run(mode, in: folder, out: "reference", ["--workers", "1"])
    #expect(reference.exitCode == 0, "\(reference.errors)")
    let run = try CommandLineProgram.start(
      Self.command(mode, out: "killed") + ["--workers", "2"], in: folder.url)
    #expect(run.wait { rounds(in: folder.file("killed")) >= 1 })
    for worker in run.workers.prefix(1) { Glibc.kill(worker, SIGKILL) }
    let result = try run.wait()
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(differences(folder.file("reference"), folder.file("killed")) == [], "\(mode)")
  }

  /// With equal durations, and as many places as updates, FedBuff is FedAvg; so is a round that waits for phones
  /// that take time the round of a run without time.
  @Test func withoutDifferencesTimeChangesNothing() throws {
    let folder = try TemporaryFolder()
    let equal = ["devices.sigma=0", "devices.bandwidth_sigma=0", "devices.flops_per_second=1e18"]
    let settings: [String: [String]] = [
      "timeless": ["devices.source=none"], "waiting": equal,
      "buffered": equal + ["schedule.mode=buffered", "schedule.goal=8", "schedule.concurrency=8"],
    ]
    try folder.write(
      Self.experiment.replacing("flops_per_second: 1e5", with: "overhead_seconds: 3"),
      to: "experiment.yaml")
    try folder.write(
      Self.experiment.replacing(
        "devices: {source: lognormal, flops_per_second: 1e5}\n", with: ""), to: "timeless.yaml")
    for (name, own) in settings {
      let result = try CommandLineProgram.run(
        ["run", name == "timeless" ? "timeless.yaml" : "experiment.yaml", "--out", name, "--quiet"]
          + (name == "timeless" ? [] : own.flatMap { ["--set", $0] }), in: folder.url)
      #expect(result.exitCode == 0, "\(name): \(result.errors)")
    }
    func rows(_ name: String, _ file: String) throws -> [[Substring]] {
      try folder.text(of: "\(name)/\(file)").components(separatedBy: "\r\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
    }
    let expected = try rows("timeless", "rounds.csv")
    for name in ["waiting", "buffered"] {
      #expect(try rows(name, "evaluation.csv") == rows("timeless", "evaluation.csv"))
      #expect(try rows(name, "rounds.csv").map { Array($0.prefix(19)) } == expected)
    }
    let columns = try rows("waiting", "rounds.csv")
    #expect(
      columns[0].suffix(4) == [
        "virtual_seconds", "late", "interrupted", "sim_wasted_client_seconds",
      ])
    #expect(columns[8][20...] == ["0", "0", "0"])
    let stale = try rows("buffered", "rounds.csv")
    #expect(stale[0].contains("staleness_mean") && stale[8][19] == columns[8][19])
    #expect(stale[8][22] == "0" && stale[8][23] == "0")
  }

  @Test(arguments: [
    ("client,from_seconds,until_seconds\n0,0,10\n150,5,9\n", ":3:", "no client"),
    ("client,from_seconds,until_seconds\nx,0,10\n", ":2:", "no client"),
    ("client,from_seconds,until_seconds\n0,0,10\n1,0,5\n0,9,12\n", ":4:", "overlaps"),
    ("client,from_seconds,until_seconds\n0,-1,10\n", ":2:", "negative"),
    ("client,from_seconds,until_seconds\n0,1,\n", ":2:", "no end"),
    ("client,from_seconds,until_seconds\n0,5,5\n", ":2:", "later than"),
    ("client,from_seconds,until_seconds\n0,one,5\n", ":2:", "no number"),
    ("client,from,until_seconds\n0,1,5\n", ":1:", "no column 'from_seconds'"),
    ("client,from_seconds,until_seconds\n", "t.csv:", "no interval"),
  ])
  func aTraceWithAMistakeIsOneSentence(text: String, place: String, word: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    try folder.write(text, to: "t.csv")
    let result = try CommandLineProgram.run(
      [
        "validate", "experiment.yaml", "--set", "availability.source=file", "--set",
        "availability.path=t.csv",
      ], in: folder.url)
    #expect(result.exitCode == 65, "\(result.errors)")
    #expect(result.message.contains("t.csv") && result.message.contains(place))
    #expect(result.message.contains(word), "\(result.message)")
  }

  @Test func listedPhonesAreAsFastAsTheListSays() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment.replacing(
        "devices: {source: lognormal, flops_per_second: 1e5}",
        with: "devices: {source: file, path: d.csv, overhead_seconds: 7}"), to: "experiment.yaml")
    let header = "client,flops_per_second,down_bits_per_second,up_bits_per_second\n"
    try folder.write(
      header + (0..<150).map { "\($0),1e18,1e18,1e18\n" }.joined(), to: "d.csv")
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "out", "--quiet"], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    let last = try folder.text(of: "out/rounds.csv").components(separatedBy: "\r\n")[8]
    #expect(last.split(separator: ",", omittingEmptySubsequences: false)[19] == "56")
    #expect(
      try folder.text(of: "out/log.txt").contains(
        "virtual hours: planned 0.02, took 0.02 (+0.00 %)"))
    // A run goes on with the files that it began with alone.
    try folder.write(header + (0..<149).map { "\($0),1,1,1\n" }.joined(), to: "d.csv")
    let missing = try CommandLineProgram.run(["validate", "experiment.yaml"], in: folder.url)
    #expect(missing.exitCode == 65 && missing.message.contains("client 149 has none"))
  }

  private func rounds(in folder: URL) -> Int {
    let file = folder.appendingPathComponent("rounds.csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return 0 }
    return max(0, text.utf8.reduce(0) { $0 + ($1 == 10 ? 1 : 0) } - 1)
  }
}
