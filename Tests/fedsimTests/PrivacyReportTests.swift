import Foundation
import Glibc
import Testing

/// `fedsim privacy report` as a reviewer meets it.
struct PrivacyReportTests {
  static func experiment(
    _ privacy: String, training: String = "sampling: poisson", rest: String = ""
  ) -> String {
    """
    name: private
    population: {source: benchmark, clients: 400, new_client_share: 0}
    model: {kind: softmax, vocabulary: 16, sequence_length: 2}
    training: {rounds: 6, cohort_size: 30, \(training)}
    privacy: {\(privacy)}
    evaluation: {every: 0}
    \(rest)
    """
  }

  static let gaussian = "mechanism: gaussian, clipping_bound: 0.1, noise_multiplier: 2"

  private func fedsim(
    _ arguments: String..., in folder: TemporaryFolder
  ) throws -> CommandLineProgram.Result {
    try CommandLineProgram.run(arguments, in: folder.url)
  }

  private func run(_ yaml: String, _ name: String, in folder: TemporaryFolder) throws {
    try folder.write(yaml, to: "\(name).yaml")
    let result = try fedsim("run", "\(name).yaml", "--out", name, "--quiet", in: folder)
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  private func object(_ result: CommandLineProgram.Result) throws -> [String: Any] {
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(parsed as? [String: Any])
  }

  /// One Gaussian of noise 4 and one participation: everything is known from tables of the normal
  /// distribution (μ = ¼: δ(0) = 2Φ(⅛) − 1 = 0.09948).
  @Test func theNumbersAreThoseOfTheMechanism() throws {
    let folder = try TemporaryFolder()
    try run(
      Self.experiment(
        "mechanism: banded, clipping_bound: 0.1, noise_multiplier: 4, delta: 1e-5, "
          + "banded: {bands: 1}", training: "sampling: min_separation, min_separation: 6"),
      "once", in: folder)
    let report = try object(fedsim("privacy", "report", "once", "--json", in: folder))
    let claim = try #require(report["claim"] as? [String: Any])
    // ε(1e-5) of noise 4, from dp_accounting.
    #expect(abs(try #require(claim["epsilon"] as? Double) - 0.9263415039982288) < 1e-9)
    let gaussian = try #require(report["gaussian"] as? [String: Any])
    #expect(gaussian["is_exact"] as? Bool == true)
    #expect(abs(try #require(gaussian["mu"] as? Double) - 0.25) < 1e-12)
    let attacker = try #require(report["attacker"] as? [String: Any])
    let right = try #require(attacker["largest_share_of_right_guesses"] as? Double)
    #expect(abs(right - (1 + 0.09948) / 2) < 1e-3)
    // Two devices: noise 2, of which dp_accounting says 1.9931 (rounded).
    let devices = try #require(report["devices"] as? [[String: Any]])
    #expect(abs(try #require(devices[0]["epsilon"] as? Double) - 1.9931) < 1e-4)
    #expect(devices[0]["method"] as? String == "accountant")
    let epsilons = try #require(report["epsilons"] as? [[String: Double]])
    let own = try #require(epsilons.first { abs(($0["delta"] ?? 0) / 1e-5 - 1) < 1e-6 })
    #expect(abs((own["epsilon"] ?? 0) - 0.9263415) < 1e-6)
  }

  @Test func theTextSaysWhatAReviewerAsks() throws {
    let folder = try TemporaryFolder()
    try run(Self.experiment(Self.gaussian), "run", in: folder)
    let result = try fedsim("privacy", "report", "run/", "--out", "disclosure.md", in: folder)
    #expect(result.exitCode == 0 && result.output == "disclosure.md\n", "\(result.errors)")
    let text = try folder.text(of: "disclosure.md")
    let printed = try fedsim("privacy", "report", "run", in: folder)
    #expect(printed.output == text, "to standard output as well")
    let again = try fedsim("privacy", "report", "run", "--out", "disclosure.md", in: folder)
    #expect(again.exitCode == 74 && again.message.contains("this command replaces nothing"))
    for words in [
      "**central** differential privacy", "| the server | each client's update without noise |",
      "unit of privacy is one client", "add_or_remove: two populations", "| clients | ε | δ |",
      "For a client-day", "sim_", "noise multiplier | 2 clipping bounds", "poisson, rate 0.075",
      "6 × a Gaussian of noise multiplier 2, each client sampled with probability 0.075",
      "The accountant is pld", "| δ | ε |", "μ-GDP: at most", "50", "false positive rate",
      // 2 × 0.1 × √272 ÷ 30, of 272 parameters; the updates are lost in it.
      "expected norm 0.11, 1.1 of the clipping bound", "1. DP setting", "2a. data accesses covered",
      "2b. output of the mechanism", "2c. unit of privacy", "2d. adjacency",
      "3a. type of accounting",
      "3b. accounting assumptions", "3c. formal statement", "4. transparency and verifiability",
      "can become at most", "strong guarantee",
      "is **not paid** here", "There is no ledger", "No audit was part", "follow from the seed",
      "SHA-256 of the configuration", "fedsim version",
      "## In plain words\n\nA model was trained by federated learning among 400 simulated clients in 6 rounds",
      "## What ε rests on", "## Notes for engineers", "an empty history and sends zeros",
      "except who took part in which round", "its neighbours are others",
      "too small beside it to be measured",
    ] {
      #expect(
        text.contains(words) || text.lowercased().contains(words.lowercased()), "\(words):\n\(text)"
      )
    }
    #expect(!text.contains("nan") && !text.contains("Optional"))
    // Every row of a table has as many cells as its head.
    for table in text.components(separatedBy: "\n\n") where table.hasPrefix("|") {
      let counts = Set(table.split(separator: "\n").map { $0.count { $0 == "|" } })
      #expect(counts.count == 1, "\(table)")
    }
  }

  /// Every mechanism has a report, in its own setting.
  @Test(arguments: [
    (
      "mechanism: local_gaussian, clipping_bound: 0.1, noise_multiplier: 9",
      "sampling: fixed_size", "local"
    ),
    (
      "mechanism: tree, clipping_bound: 0.1, noise_multiplier: 9",
      "sampling: min_separation, min_separation: 3", "central"
    ),
    (
      "mechanism: skellam, clipping_bound: 0.1, noise_multiplier: 2", "sampling: fixed_size",
      "central"
    ),
  ])
  func everyMechanismHasAReport(privacy: String, training: String, setting: String) throws {
    let folder = try TemporaryFolder()
    try run(Self.experiment(privacy, training: training), "run", in: folder)
    let report = try object(fedsim("privacy", "report", "run", "--json", in: folder))
    #expect(report["setting"] as? String == setting)
    let text = try fedsim("privacy", "report", "run", in: folder)
    #expect(text.exitCode == 0 && text.output.contains("**\(setting)**"))
  }

  @Test func whatHasNoClaimIsOneSentence() throws {
    let folder = try TemporaryFolder()
    try run(Self.experiment("mechanism: none"), "open", in: folder)
    try run(
      Self.experiment("mechanism: gaussian, clipping_bound: 0.1, noise_multiplier: 0"), "zero",
      in: folder)
    try run(
      Self.experiment("mechanism: gaussian, clipping_bound: 0.1, target_epsilon: .inf"), "free",
      in: folder)
    try run(Self.experiment(Self.gaussian), "run", in: folder)
    try FileManager.default.copyItem(at: folder.file("run"), to: folder.file("damaged"))
    try folder.write("round\r\n", to: "damaged/privacy.csv")
    try FileManager.default.copyItem(at: folder.file("run"), to: folder.file("lost"))
    try FileManager.default.removeItem(at: folder.file("lost/manifest.json"))
    try FileManager.default.createDirectory(
      at: folder.file("empty"), withIntermediateDirectories: true)
    try folder.write(
      Self.experiment(Self.gaussian, rest: "sweep: {privacy.noise_multiplier: [2, 4]}"),
      to: "sweep.yaml")
    let sweep = try fedsim("sweep", "sweep.yaml", "--out", "sweep", "--quiet", in: folder)
    #expect(sweep.exitCode == 0, "\(sweep.errors)")
    let wrong: [(String, Int32, String)] = [
      ("open", 65, "nothing is claimed"), ("zero", 65, "noise_multiplier 0"),
      ("free", 65, "target_epsilon infinite"),
      ("damaged", 65, "privacy.csv"), ("lost", 66, "manifest.json"),
      ("nowhere", 66, "no such folder"),
      ("empty", 66, "no run, sweep or lifecycle"),
    ]
    for (name, code, words) in wrong {
      let result = try fedsim("privacy", "report", name, in: folder)
      #expect(result.exitCode == code, "\(name): \(result.errors)")
      #expect(
        result.message.contains(words) && result.message.hasSuffix(".") && result.output.isEmpty,
        "\(name): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
    // A point of the sweep says that choosing among simulated clients costs nothing, and what both cost together.
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.file("sweep/runs").path)
    let point = try fedsim("privacy", "report", "sweep/runs/\(runs[0])", in: folder)
    #expect(
      !point.output.contains("**not paid**") && point.output.contains("has no privacy cost")
        && point.output.contains("Choosing one of these 2 runs")
    )
    #expect(sweep.output.contains("Choosing one of these 2 runs by its results costs more"))
    #expect(sweep.output.contains("have the same seed and therefore the same noise"))
  }

  /// Of a sweep every point has a promise of its own, and the choice among them a price.
  @Test func aSweepHasOneClaimPerPoint() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment(
        "mechanism: gaussian, clipping_bound: 0.1",
        rest: "sweep: {privacy.target_epsilon: [.inf, 4, 1], seed: 2}"), to: "sweep.yaml")
    let sweep = try fedsim("sweep", "sweep.yaml", "--out", "sweep", "--quiet", in: folder)
    #expect(sweep.exitCode == 0, "\(sweep.errors)")
    let text = try fedsim("privacy", "report", "sweep", in: folder)
    for words in [
      "| privacy.target_epsilon=4 | 2 | 4.00 | 1e-5 | reasonable | 98.3 % |",
      "| privacy.target_epsilon=1 | 2 | 1.00 | 1e-5 | strong | 73.2 % |", "but with probability",
      "no noise, so nothing is claimed", "at most e^ε = 54.6 times",
      "at most e^ε = 2.72 times", "choosing a run by its results has no privacy cost",
      "Choosing one of these 2 runs by its results",
      "privacy.target_epsilon=4: (4.00, 1e-5)-DP<br>privacy.target_epsilon=1: (1.00, 1e-5)-DP",
      "1. DP setting", "2d. adjacency", "4. transparency and verifiability",
      "fedsim privacy report sweep/runs/", "## What ε rests on", "show it: What ε rests on",
      "covered, and the choice of settings was made on simulated clients",
    ] {
      #expect(text.output.contains(words), "\(words): \(text.output) \(text.errors)")
    }
    let report = try object(fedsim("privacy", "report", "sweep", "--json", in: folder))
    let points = try #require(report["points"] as? [[String: Any]])
    #expect(points.count == 3)
    #expect(points.map { ($0["runs"] as? [String])?.count } == [2, 2, 2])
    // What was changed since is not told.
    let runs = try #require(points[1]["runs"] as? [String])
    for run in runs { try folder.write("round\r\n", to: "\(run)/rounds.csv") }
    let damaged = try fedsim("privacy", "report", "sweep", in: folder)
    #expect(damaged.output.contains("2 of its runs are not finished or not as they were written"))
  }

  /// Correlated noise that cyclic cohorts do not amplify costs more than one that they do.
  @Test func cyclicSamplingInVainIsTold() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment(
        "mechanism: blt, clipping_bound: 0.1, noise_multiplier: 9",
        training: "sampling: cyclic, min_separation: 3"), to: "run.yaml")
    for (mechanism, isTold) in [("blt", true), ("tree", true), ("banded", false)] {
      let plan = try fedsim(
        "plan", "run.yaml", "--set", "privacy.mechanism=\(mechanism)", in: folder)
      #expect(plan.exitCode == 0, "\(plan.errors)")
      #expect(plan.output.contains("Nothing is gained from cyclic sampling") == isTold)
    }
  }

  @Test func anUnfinishedRunTellsWhatItHasSpent() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment(Self.gaussian).replacing("rounds: 6", with: "rounds: 100000"), to: "run.yaml")
    let running = try CommandLineProgram.start(
      ["run", "run.yaml", "--out", "run", "--quiet"], in: folder.url)
    _ = running.wait {
      ((try? folder.text(of: "run/privacy.csv")) ?? "").split(separator: "\r\n").count > 3
    }
    running.kill(SIGKILL)
    _ = try running.wait()
    let result = try fedsim("privacy", "report", "run", in: folder)
    #expect(result.exitCode == 65)
    #expect(result.message.contains("was killed after round"), "\(result.errors)")
    #expect(
      result.message.contains("of 100000, with epsilon 0.") && result.message.contains("so far"))
    #expect(result.message.contains("fedsim resume run"))
  }
}
