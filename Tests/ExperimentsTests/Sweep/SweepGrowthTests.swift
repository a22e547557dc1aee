import Experiments
import Foundation
import Testing

/// A sweep's folder becomes that of a larger sweep; the runs in it are folders with a mark here.
struct SweepGrowthTests {
  private static let small = "name: grid\nsweep: {training.cohort_size: [10, 20], seed: 4}\n"
  private static let large = "name: grid\nsweep: {training.cohort_size: [5, 10, 20], seed: 5}\n"

  private let folder: TemporaryFolder
  private var path: String { "\(folder.path)/out" }

  init() throws { folder = try TemporaryFolder() }

  private func sweep(_ yaml: String) throws -> Sweep {
    try Sweep.load(path: folder.file("experiment.yaml", yaml))
  }

  /// The folder of the small sweep, all of whose runs but the last have begun.
  private func makeSmall() throws -> Sweep {
    let sweep = try sweep(Self.small)
    _ = try SweepFolder.enter(path, for: sweep)
    for point in sweep.runs.dropLast() {
      try FileManager.default.createDirectory(
        atPath: "\(path)/\(point.run)", withIntermediateDirectories: true)
      try Data(point.label.utf8).write(to: URL(filePath: "\(path)/\(point.run)/mark"))
    }
    return sweep
  }

  /// The mark in every run folder by its name.
  private func marks() throws -> [String: String] {
    var marks: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(path)/runs") {
      marks["runs/\(name)"] = try text(of: "\(path)/runs/\(name)/mark")
    }
    return marks
  }

  /// What the folder of the large sweep must hold: the marks of runs that the small one had.
  private func expected(_ large: Sweep, _ small: Sweep) -> [String: String] {
    let begun = Set(small.runs.dropLast().map(\.label))
    return Dictionary(
      uniqueKeysWithValues: large.runs.filter { begun.contains($0.label) }.map {
        ($0.run, $0.label)
      })
  }

  private func checkIsLarge(_ large: Sweep, _ small: Sweep) throws {
    #expect(try marks() == expected(large, small))
    // Byte for byte what a folder has that began with the large grid.
    let fresh = "\(folder.path)/fresh-\(UUID().uuidString)"
    _ = try SweepFolder.enter(fresh, for: large)
    for name in ["sweep.yaml", "SHA256SUMS"] {
      #expect(try text(of: "\(path)/\(name)") == text(of: "\(fresh)/\(name)"))
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(Set(names) == ["sweep.yaml", "SHA256SUMS", "runs", "log.txt"], "\(names)")
  }

  @Test func runsKeepTheirContentUnderTheirNewNames() throws {
    let small = try makeSmall()
    let large = try sweep(Self.large)
    try Data("a".utf8).write(to: URL(filePath: "\(path)/sweep.csv"))
    // The folder is locked as long as somebody holds it.
    let growth = try SweepFolder.enter(path, for: large).growth
    #expect(growth?.contains("15 points: 7 of 15") == true, "\(growth ?? "")")
    try checkIsLarge(large, small)
    // 1 of 8 was 1-…, and is 06-… of 15: five points of cohorts of 5 come first.
    #expect(try marks()["runs/06-cohort_size-10-seed-1"] == "training.cohort_size=10, seed=1")
    #expect(try SweepFolder.open(path).sweep.points.count == 15)
  }

  @Test func theSameSweepDoesNotGrow() throws {
    let small = try makeSmall()
    let before = try marks()
    let again = try SweepFolder.enter(path, for: sweep("# Another question\n" + Self.small))
    #expect(again.growth == nil)
    #expect(try marks() == before)
    #expect(before.count == small.runs.count - 1)
  }

  /// Killed between any two steps, the next to enter the folder finishes it.
  @Test(arguments: 0...4) func whoeverComesNextFinishesAGrowth(step: Int) throws {
    let small = try makeSmall()
    let large = try sweep(Self.large)
    let growth = try #require(try SweepGrowth(of: large, in: path))
    #expect(growth.moves.count == 7)
    try growth.begin(in: path)
    let grown = "\(path)/grown"
    if step >= 1 {
      try FileManager.default.createDirectory(atPath: grown, withIntermediateDirectories: false)
    }
    for (index, move) in growth.moves.enumerated() where step >= 3 || step == 2 && index < 3 {
      try FileManager.default.moveItem(
        atPath: "\(path)/\(move.from)",
        toPath: "\(path)/\(move.to.replacing("runs/", with: "grown/"))")
    }
    if step == 4 {
      let file = try folder.file("large.yaml", Self.large)
      _ = try SweepFolder.enter("\(folder.path)/other", for: Sweep.load(path: file))
      let text = try text(of: "\(folder.path)/other/sweep.yaml")
      try Data(text.utf8).write(to: URL(filePath: "\(path)/sweep.yaml"))
    }
    // Who only reads is told.
    let error = #expect(throws: ExperimentError.self) { try SweepFolder.runFolders(in: path) }
    #expect(error?.code == .resumable && error?.message.contains("fedsim resume") == true)
    if step.isMultiple(of: 2) {
      #expect(try SweepFolder.open(path).sweep.points.count == 15)
    } else {
      #expect(try SweepFolder.finishedRuns(of: large, in: path).isEmpty)
    }
    _ = try SweepFolder.enter(path, for: large)
    try Data().write(to: URL(filePath: "\(path)/log.txt"))
    try checkIsLarge(large, small)
  }

  @Test(arguments: [
    // A value that is gone, another setting for all, another name, nothing in common.
    ("name: grid\nsweep: {training.cohort_size: [10], seed: 9}\n", "cohort_size=20"),
    (
      "name: grid\ntraining: {rounds: 7}\nsweep: {training.cohort_size: [10, 20], seed: 5}\n",
      "seed=1"
    ),
    ("name: other\nsweep: {training.cohort_size: [10, 20], seed: 5}\n", "seed=1"),
  ])
  func runsThatWouldBeLostAreNamed(yaml: String, first: String) throws {
    _ = try makeSmall()
    let before = try marks()
    let other = try sweep(yaml)
    let error = #expect(throws: ExperimentError.self) { try SweepFolder.enter(path, for: other) }
    #expect(error?.code == .inputOutput)
    #expect(error?.message.contains("holds another sweep") == true)
    #expect(error?.message.contains(first) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("--reuse \(path)") == true)
    #expect(try marks() == before)
  }

  /// A point that has not begun may go: nothing of it is lost.
  @Test func pointsThatHaveNotBegunMayGo() throws {
    _ = try makeSmall()
    let other = try sweep(
      "name: grid\nsweep: {training.cohort_size: [20, 10], seed: [1, 2, 3, 4]}\n")
    _ = try SweepFolder.enter(path, for: other)
    #expect(try marks()["runs/5-cohort_size-10-seed-1"] == "training.cohort_size=10, seed=1")
    let none = try sweep("name: none\nsweep: {seed: 2}\n")
    let empty = "\(folder.path)/empty"
    _ = try SweepFolder.enter(empty, for: none)
    #expect(throws: ExperimentError.self) { try SweepFolder.enter(empty, for: other) }
  }

  @Test func runsOnALedgerAreNotRenamed() throws {
    let yaml = """
      name: grid
      population: {clients: 200}
      training: {cohort_size: 10, sampling: poisson, rounds: 5}
      privacy:
        {mechanism: gaussian, clipping_bound: 1, noise_multiplier: 1, ledger: people.ledger}

      """
    let small = try sweep(yaml + "sweep: {training.cohort_size: [10, 20]}\n")
    _ = try SweepFolder.enter(path, for: small)
    try FileManager.default.createDirectory(
      atPath: "\(path)/\(small.runs[0].run)", withIntermediateDirectories: true)
    let before = try sweep(yaml + "sweep: {training.cohort_size: [5, 10, 20]}\n")
    let error = #expect(throws: ExperimentError.self) { try SweepFolder.enter(path, for: before) }
    #expect(error?.message.contains("ledger") == true, "\(error?.message ?? "")")
    // At the end nothing has to be renamed.
    let after = try sweep(yaml + "sweep: {training.cohort_size: [10, 20, 40]}\n")
    #expect(try SweepFolder.enter(path, for: after).growth != nil)
  }

  @Test func aRandomNumberOfTrialsDoesNotGrow() throws {
    let yaml = """
      name: grid
      population: {clients: 200}
      training: {cohort_size: 10, sampling: poisson, rounds: 5}
      privacy: {mechanism: gaussian, clipping_bound: 1, noise_multiplier: 1}
      sweep:
        tuning: {random_stopping: {distribution: geometric, mean: 3}}

      """
    let small = try sweep(yaml + "  training.local.learning_rate: [0.1, 0.2]\n")
    _ = try SweepFolder.enter(path, for: small)
    let large = try sweep(yaml + "  training.local.learning_rate: [0.1, 0.2, 0.4]\n")
    let error = #expect(throws: ExperimentError.self) { try SweepFolder.enter(path, for: large) }
    #expect(error?.message.contains("random number of trials") == true, "\(error?.message ?? "")")
  }
}
