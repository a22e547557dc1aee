import Foundation
import Glibc
import Testing

/// Months of phones, from the command line.
@Suite(.serialized) struct LifecycleTests {
  static let experiment = """
    # Do the phones get over it?
    name: months
    population:
      clients: 80
      days: 18
      preset: routine
      drift: {day: 9}
      arrivals: {share: 0.2, days: 20}
    model: {kind: logistic}
    training: {rounds: 8, cohort_size: 12, local: {learning_rate: 0.2}}
    evaluation: {every: 8, clients: 6, new_clients: 4}
    checkpoint: {every: 2}
    lifecycle:
      first_day: 6
      retraining_days: 3
      ceiling_clients: 30
      offline_rate: 0.2
      monitor: {threshold: 0.6, window_days: 3, cooldown_days: 4}
    """

  private static let results = [
    "config.yaml", "lifecycle.csv", "staleness.csv", "summary.json",
    "trainings/1/rounds.csv", "trainings/1/model.safetensors", "trainings/2/config.yaml",
    "trainings/2/rounds.csv", "trainings/2/evaluation.csv", "trainings/2/model.safetensors",
  ]

  private static func differing(_ left: URL, _ right: URL) -> [String] {
    results.filter { name in
      let files = [left, right].map { try? Data(contentsOf: $0.appendingPathComponent(name)) }
      return files[0] == nil || files[0] != files[1]
    }
  }

  static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(experiment, to: "months.yaml")
    return folder
  }

  @discardableResult
  static func play(
    _ folder: TemporaryFolder, _ out: String, workers: Int = 2, _ settings: [String] = []
  ) throws -> CommandLineProgram.Result {
    let result = try CommandLineProgram.run(
      ["lifecycle", "months.yaml", "--workers", "\(workers)", "--out", out]
        + settings.flatMap { ["--set", $0] }, in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return result
  }

  /// The rows of lifecycle.csv by column name.
  static func days(_ folder: TemporaryFolder, _ run: String) throws -> [[String: String]] {
    let lines = try folder.text(of: "\(run)/lifecycle.csv").split(separator: "\r\n")
    let header = lines[0].split(separator: ",").map(String.init)
    return lines.dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Dictionary(uniqueKeysWithValues: zip(header, cells))
    }
  }

  private static func accuracy(
    _ days: [[String: String]], on range: ClosedRange<Int>, _ column: String = "sim_accuracy_top1",
    version: String? = nil
  ) -> Double {
    var (hits, unlocks) = (0.0, 0.0)
    for row in days where range.contains(Int(row["day"] ?? "") ?? -1) {
      guard version.map({ row["version"] == $0 }) ?? true,
        let share = row[column].flatMap(Double.init)
      else { continue }
      let count = version == nil ? row["sim_unlocks"].flatMap(Double.init) ?? 0 : 1
      hits += share * count
      unlocks += count
    }
    return hits / unlocks
  }

  /// The fall, the retraining, the canary and the recovery; and the files that tell of it.
  @Test func theModelGetsOverADrift() throws {
    let folder = try Self.folder()
    // One phone in a hundred has to be several for a rollout to get on.
    let result = try Self.play(
      folder, "life",
      [
        "population.clients=500", "population.days=26", "population.arrivals.share=0.1",
        "training.rounds=20", "training.cohort_size=20",
      ])
    #expect(result.output.hasPrefix("life\n"))
    let days = try Self.days(folder, "life")
    let before = Self.accuracy(days, on: 6...8)
    let fallen = Self.accuracy(days, on: 9...10)
    let recovered = Self.accuracy(days, on: 21...25)
    #expect(
      before > 0.85 && fallen < 0.6 && recovered > fallen + 0.2, "\(before) \(fallen) \(recovered)")
    // Without it the phones would be worse off.
    let never = Self.accuracy(days, on: 21...25, "sim_accuracy_of_all_phones", version: "1")
    #expect(never < recovered - 0.1, "\(never) \(recovered)")

    let events = days.map { ($0["day"] ?? "", $0["version"] ?? "", $0["event"] ?? "") }
    let below = events.first { $0.2.contains("below threshold") }
    #expect(below?.0 == "11" && below?.2.contains("version 2 trained") == true, "\(below as Any)")
    let promoted = events.first { $0.2 == "promoted" }
    #expect(promoted?.1 == "2", "\(promoted as Any)")
    // The canary is on few phones first.
    let first = days.first { $0["version"] == "2" }
    #expect(first?["stage"] == "canary" && (Double(first?["sim_share_of_phones"] ?? "") ?? 1) < 0.1)
    // People come, phones are offline, and answer all the same.
    #expect(days.allSatisfy { (Double($0["sim_availability"] ?? "") ?? 1) > 0.999 })
    let offline = days.compactMap { Double($0["sim_offline_phones"] ?? "") }
    #expect((0.1...0.3).contains(offline.reduce(0, +) / Double(offline.count) / 480))
    for row in days {
      let counts = [
        "sim_suggestions_shown", "sim_suggestions_taken", "sim_suggestions_ignored",
        "sim_not_shown",
      ]
      .map { Int(row[$0] ?? "") ?? -1 }
      #expect(counts[1] + counts[2] == counts[0])
      #expect(counts[0] + counts[3] == Int(row["sim_unlocks"] ?? ""))
    }

    let list = try CommandLineProgram.run(
      ["registry", "list", "--registry", "life/registry", "--json"], in: folder.url)
    #expect(list.output.contains("\"stage\" : \"production\"") && list.exitCode == 0)
    let prediction = try CommandLineProgram.run(
      ["predict", "production", "--registry", "life/registry", "--client", "3"], in: folder.url)
    #expect(prediction.exitCode == 0, "\(prediction.errors)")
    let again = try CommandLineProgram.run(["resume", "life", "--json"], in: folder.url)
    #expect(again.exitCode == 0 && again.output.contains("\"production\" : 2"), "\(again.errors)")
  }

  @Test func anyNumberOfWorkersGivesTheSameBytes() throws {
    let folder = try Self.folder()
    try Self.play(folder, "one", workers: 1)
    for workers in [2, 5] {
      try Self.play(folder, "w\(workers)", workers: workers)
      #expect(Self.differing(folder.file("one"), folder.file("w\(workers)")) == [])
    }
  }

  /// Killed in a training, between promotions and anywhere else, it ends with the same bytes, and
  /// the registry holds every version once.
  @Test func killedAtRandomMomentsItEndsWithTheSameBytes() throws {
    let folder = try Self.folder()
    let begin = ContinuousClock.now
    try Self.play(folder, "reference")
    let length = (ContinuousClock.now - begin) / .microseconds(1)
    var generator = SystemRandomNumberGenerator()
    for attempt in 0..<2 {
      let out = "killed-\(attempt)"
      var command = ["lifecycle", "months.yaml", "--out", out, "--quiet"]
      let delays = (0..<5).map { _ in UInt32.random(in: 0..<UInt32(length / 2), using: &generator) }
      print("killed after \(delays) microseconds")
      for delay in delays {
        let program = try CommandLineProgram.start(command, in: folder.url)
        usleep(delay)
        program.kill(SIGKILL)
        _ = try program.wait()
        if FileManager.default.fileExists(atPath: folder.file(out).path) {
          command = ["resume", out, "--quiet"]
        }
      }
      let result = try CommandLineProgram.run(command, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(Self.differing(folder.file("reference"), folder.file(out)) == [])
      #expect(try Self.stages(folder, out) == Self.stages(folder, "reference"))
    }
  }

  private static func stages(_ folder: TemporaryFolder, _ run: String) throws -> [String] {
    let list = try CommandLineProgram.run(
      ["registry", "list", "--registry", "\(run)/registry"], in: folder.url)
    #expect(list.exitCode == 0, "\(list.errors)")
    return list.output.split(separator: "\n").map { line in
      line.split(separator: " ").prefix(3).joined(separator: " ")
    }
  }

  @Test func interruptedItStopsCleanlyAndGoesOn() throws {
    let folder = try Self.folder()
    // Long enough to be interrupted on the way.
    let days = "population.days=45"
    try Self.play(folder, "reference", [days])
    let program = try CommandLineProgram.start(
      ["lifecycle", "months.yaml", "--out", "stopped", "--set", days], in: folder.url)
    #expect(
      program.wait {
        ((try? folder.text(of: "stopped/lifecycle.csv")) ?? "").contains("\r\n8,")
      })
    program.kill(SIGINT)
    let result = try program.wait()
    #expect(result.exitCode == 130)
    #expect(result.message.contains("fedsim resume stopped"), "\(result.errors)")
    let resumed = try CommandLineProgram.run(
      ["resume", "stopped", "--workers", "3", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(Self.differing(folder.file("reference"), folder.file("stopped")) == [])
  }

  /// Without drift a candidate that learned wrong labels goes back, one like the others does not.
  @Test(arguments: [1.0, 0.0]) func aBrokenCandidateIsRolledBack(shuffledLabelRate: Double) throws {
    let folder = try Self.folder()
    try Self.play(
      folder, "life",
      [
        "population.drift.day=null", "population.clients=400", "population.days=22",
        "training.cohort_size=30", "lifecycle.candidate.day=9",
        "lifecycle.candidate.shuffled_label_rate=\(shuffledLabelRate)",
      ])
    let days = try Self.days(folder, "life").filter { $0["version"] == "2" }
    let events = days.compactMap { $0["event"] }.filter { !$0.isEmpty }
    let shares = days.compactMap { Double($0["sim_share_of_phones"] ?? "") }
    if shuffledLabelRate == 1 {
      #expect(events.last == "rolled back", "\(events)")
      #expect(shares.max() ?? 1 < 0.1)
    } else {
      #expect(events.last == "promoted", "\(events)")
    }
  }
}
