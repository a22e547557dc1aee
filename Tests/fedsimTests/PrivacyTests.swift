import Foundation
import Glibc
import Testing

/// Differential privacy as a person meets it: runs, budgets, the accountant by itself.
@Suite(.serialized) struct PrivacyTests {
  private func object(_ result: CommandLineProgram.Result) throws -> [String: Any] {
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(parsed as? [String: Any])
  }

  private static func experiment(_ sampling: String, _ privacy: String) -> String {
    """
    name: private
    population: {source: benchmark, clients: 400, new_client_share: 0}
    model: {kind: softmax, vocabulary: 16, sequence_length: 2}
    training: {rounds: 12, cohort_size: 30, \(sampling)}
    privacy: {\(privacy)}
    evaluation: {every: 0}
    checkpoint: {every: 3}
    """
  }

  private static let gaussian = experiment(
    "sampling: poisson", "mechanism: gaussian, clipping: adaptive, target_epsilon: 6")
  private static let blt = experiment(
    "sampling: min_separation, min_separation: 6",
    "mechanism: blt, clipping_bound: 0.1, noise_multiplier: 2")

  private func run(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> CommandLineProgram.Result {
    try CommandLineProgram.run(arguments + ["--quiet"], in: folder.url)
  }

  @Test(arguments: [gaussian, blt]) func noiseRepeatsWhateverHappens(yaml: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(yaml, to: "experiment.yaml")
    let reference = folder.file("reference")
    let first = try run(
      ["run", "experiment.yaml", "--workers", "1", "--out", "reference"], in: folder)
    #expect(first.exitCode == 0, "\(first.errors)")
    for workers in [2, 7] {
      let name = "w\(workers)"
      _ = try run(
        ["run", "experiment.yaml", "--workers", "\(workers)", "--out", name], in: folder)
      #expect(differences(reference, folder.file(name)) == [])
    }
    // Killed between two checkpoints, and before the first.
    for rounds in [2, 5] {
      let name = "killed\(rounds)"
      let killed = try CommandLineProgram.start(
        ["run", "experiment.yaml", "--workers", "2", "--out", name, "--quiet"], in: folder.url)
      _ = killed.wait { self.rows(of: "\(name)/rounds.csv", in: folder).count > rounds }
      killed.kill(SIGKILL)
      _ = try killed.wait()
      let resumed = try run(["resume", name], in: folder)
      #expect(resumed.exitCode == 0, "\(resumed.errors)")
      #expect(differences(reference, folder.file(name)) == [])
    }
    let privacy = rows(of: "reference/privacy.csv", in: folder)
    let epsilons = privacy.dropFirst().compactMap { Double($0[8]) }
    #expect(epsilons.count == 12 && zip(epsilons, epsilons.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test func theClaimIsInEveryFile() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.gaussian, to: "experiment.yaml")
    let result = try run(["run", "experiment.yaml", "--out", "run"], in: folder)
    let rounds = rows(of: "run/rounds.csv", in: folder)
    let privacy = rows(of: "run/privacy.csv", in: folder)
    let last = try #require(privacy.last)
    #expect(
      last.prefix(6) == ["12", "gaussian", "client", "add_or_remove", "poisson", "0.075"])
    #expect(last[7] == "pld" && last[9] == "1e-05")
    let epsilon = try #require(Double(last[8]))
    #expect(epsilon <= 6 && epsilon > 6 - 1e-3)
    let header = try #require(rounds.first)
    let row = try #require(rounds.last)
    let columns = Dictionary(uniqueKeysWithValues: zip(header, row))
    #expect(columns["epsilon"] == last[8] && columns["noise_multiplier"] == last[6])
    // The bound starts at 0.1 and moves from round to round.
    #expect(rounds[1][5] == "0.1" && rounds[2][5] != "0.1")
    let summary = try folder.text(of: "run/summary.json")
    #expect(summary.contains("\"epsilon\" : \(last[8])"))
    let manifest = try folder.text(of: "run/manifest.json")
    #expect(manifest.contains("does_not_cover") && manifest.contains("sim_"))
    for words in ["add_or_remove", "poisson", "pld accountant", "one client", "What ε rests on:"] {
      #expect(result.output.contains(words), "\(words)")
    }
  }

  @Test func participationIsReportedAsItHappened() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.blt, to: "experiment.yaml")
    let report = try object(run(["run", "experiment.yaml", "--json"], in: folder))
    #expect(report["most_participations"] as? Int == 2)
    #expect(try #require(report["smallest_gap"] as? Int) >= 6)
  }

  /// 12 rounds would spend more than 4; the run ends in good order before the round that does.
  @Test func aBudgetEndsTheRun() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.gaussian, to: "experiment.yaml")
    let arguments = ["experiment.yaml", "--set", "privacy.budget.epsilon=4"]
    let whole = try run(["run"] + arguments + ["--out", "whole"], in: folder)
    #expect(whole.exitCode == 0, "\(whole.errors)")
    let rounds = rows(of: "whole/privacy.csv", in: folder).count - 1
    #expect((1..<12).contains(rounds))
    #expect(try #require(Double(rows(of: "whole/privacy.csv", in: folder)[rounds][8])) <= 4)
    #expect(whole.errors.contains("another round would exceed privacy.budget.epsilon (4.0)"))
    let manifest = try folder.text(of: "whole/manifest.json")
    #expect(manifest.contains("\"finished\"") && manifest.contains("privacy.budget.epsilon"))
    // Interrupted or not, the ledger is one.
    let cut = try CommandLineProgram.start(
      ["run"] + arguments + ["--out", "cut", "--quiet"], in: folder.url)
    _ = cut.wait { self.rows(of: "cut/rounds.csv", in: folder).count > 2 }
    cut.kill(SIGTERM)
    _ = try cut.wait()
    #expect(try run(["resume", "cut"], in: folder).exitCode == 0)
    #expect(differences(folder.file("whole"), folder.file("cut")) == [])
    let small = try run(
      ["run", "experiment.yaml", "--set", "privacy.budget.epsilon=0.01"], in: folder)
    #expect(small.exitCode == 78 && small.message.contains("the first round spends"))
  }

  @Test func aPlanSolvesNoiseOrRounds() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.gaussian, to: "experiment.yaml")
    func plan(_ overrides: String...) throws -> [String: Any] {
      try object(
        CommandLineProgram.run(
          ["plan", "experiment.yaml", "--json"] + overrides.flatMap { ["--set", $0] },
          in: folder.url))
    }
    let noise = try plan()
    #expect(noise["rounds"] as? Int == 12 && noise["accountant"] as? String == "pld")
    let solved = try #require(noise["noise_multiplier"] as? Double)
    #expect(abs(try #require(noise["epsilon"] as? Double) - 6) < 1e-3)
    let rounds = try plan("privacy.noise_multiplier=\(solved)", "training.rounds=3")
    #expect(rounds["rounds"] as? Int == 12 && rounds["replaced_rounds"] as? Int == 3)
    #expect(noise["replaced_rounds"] is NSNull)
    let none = try plan("privacy.target_epsilon=.inf")
    #expect(none["noise_multiplier"] as? Double == 0 && none["epsilon"] is NSNull)
  }

  /// Nobody's `training.rounds` is put aside in silence.
  @Test(arguments: ["plan", "validate", "run"])
  func roundsThatAreReplacedAreNamed(verb: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.gaussian, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      [verb, "experiment.yaml", "--set", "privacy.noise_multiplier=1"], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect((result.output + result.errors).contains("not the 12 of training.rounds"))
  }

  @Test func theClaimSaysHowGroupsTakeTurns() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment(
        "sampling: cyclic, min_separation: 4",
        "mechanism: gaussian, clipping_bound: 0.1, noise_multiplier: 2"), to: "experiment.yaml")
    let result = try CommandLineProgram.run(["plan", "experiment.yaml"], in: folder.url)
    for words in ["one of 4 groups", "group's turn", "is eligible only", "cyclic cohorts"] {
      #expect(result.output.contains(words), "\(words)")
    }
  }

  /// What ε means stands beside it before a run and after it: e⁶ = 403.4, 403.4 ÷ 404.4 = 0.99753, rounded up.
  @Test func aClaimIsSaidInWords() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.gaussian, to: "experiment.yaml")
    for verb in [["plan"], ["run", "--out", "run", "--quiet"]] {
      let result = try CommandLineProgram.run(
        [verb[0], "experiment.yaml"] + verb.dropFirst(), in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      for words in [
        "ε = 6.00 at δ = 1e-5", "at most e^ε = 404 times",
        "at most 99.8 % sure, except with a probability of",
        "This ε assumes that cohorts are secret", "against it there is no differential privacy",
        "tier 2", "two phones is two clients: ε = ", "What ε rests on:",
        "  * Poisson subsampling: each eligible client joins independently with probability q",
        "Does not cover:", "expected norm", "property of the synthetic task",
      ] {
        #expect(result.output.contains(words), "\(verb): \(words): \(result.output)")
      }
      #expect(!result.output.contains("Warning"))
      #expect(result.output.contains("(50 % is chance)") == (verb[0] == "plan"))
      #expect(result.output.contains("signal-to-noise ratio") == (verb[0] == "run"))
    }
    let weak = try CommandLineProgram.run(
      [
        "plan", "experiment.yaml", "--set", "privacy.target_epsilon=null", "--set",
        "privacy.noise_multiplier=0.1",
      ], in: folder.url)
    #expect(weak.exitCode == 0 && weak.output.contains("promises nothing"), "\(weak.output)")
  }

  /// Noise of a launch: small here, as large as there on the mean, and no claim for these clients.
  @Test func theNoiseOfALaunchIsNoClaimForTheRun() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment(
        "sampling: poisson",
        "mechanism: gaussian, clipping_bound: 0.1, target_epsilon: 2, noise_cohort_size: 3000, "
          + "noise_population: 100000, delta: 1e-6"), to: "experiment.yaml")
    let plan = try object(
      CommandLineProgram.run(["plan", "experiment.yaml", "--json"], in: folder.url))
    let launch = try #require(plan["launch"] as? [String: Any])
    let own = try #require(plan["noise_multiplier"] as? Double)
    let there = try #require(launch["noise_multiplier"] as? Double)
    #expect(abs(own - there / 100) < 1e-12)
    #expect(abs(try #require(launch["epsilon"] as? Double) - 2) < 1e-3)
    #expect(launch["sampling_rate"] as? Double == 0.03)
    let result = try run(
      ["run", "experiment.yaml", "--out", "run", "--set", "privacy.ledger=people.ledger"],
      in: folder)
    #expect(result.exitCode == 0, "\(result.errors)")
    for words in [
      "Privacy of the launch: ε = 2.00 at δ = 1e-6 for one client (add_or_remove): cohorts of 3000 of 100000 "
        + "clients, 12 rounds", "at most 88.1 % sure",
      "Against somebody who sees only the models and knows the cohorts",
      "A client takes part in more with a probability of at most",
      "What the accuracy estimate rests on:",
      "That ratio is optimistic for the launch: a mean over 30 clients is longer than one over 3000",
      "pessimistic estimate", "Simulated run: cohorts of 30",
      "The ε of the launch protects nobody whose data were in the simulation",
    ] {
      #expect(result.output.contains(words), "\(words): \(result.output)")
    }
    // Files, ledger and disclosure hold what this run really spent.
    let last = try #require(rows(of: "run/privacy.csv", in: folder).last)
    let spent = try #require(Double(last[8]))
    #expect(spent > 1_000)
    #expect(try folder.text(of: "run/summary.json").contains("\"epsilon\" : \(spent)"))
    let ledger = try object(
      CommandLineProgram.run(["privacy", "ledger", "people.ledger", "--json"], in: folder.url))
    let entries = try #require(ledger["entries"] as? [[String: Any]])
    let part = try #require(entries[0]["part"] as? [String: Any])
    #expect(part["epsilon"] as? Double == spent)
    let summary = try object(CommandLineProgram.run(["compare", "run", "--json"], in: folder.url))
    let groups = try #require(summary["groups"] as? [[String: Any]])
    #expect(groups[0]["epsilon"] as? Double == spent)
    #expect(abs(try #require(groups[0]["launch_epsilon"] as? Double) - 2) < 1e-3)
    let table = try CommandLineProgram.run(["compare", "run"], in: folder.url)
    #expect(table.output.contains("launch epsilon") && table.output.contains("2.00"))
    let planned = try CommandLineProgram.run(["plan", "experiment.yaml"], in: folder.url)
    #expect(planned.output.contains("epsilon of the launch"))
    let many = try CommandLineProgram.run(
      ["plan", "experiment.yaml", "--no-timing", "--set", "sweep.privacy.target_epsilon=[2, 1]"],
      in: folder.url)
    #expect(many.output.contains("launch noise multiplier"), "\(many.output) \(many.errors)")
    try checkDisclosure(in: folder)
    let killed = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--out", "killed", "--quiet"], in: folder.url)
    _ = killed.wait { self.rows(of: "killed/rounds.csv", in: folder).count > 4 }
    killed.kill(SIGKILL)
    _ = try killed.wait()
    #expect(try run(["resume", "killed"], in: folder).exitCode == 0)
    let again = try run(["run", "experiment.yaml", "--out", "again"], in: folder)
    #expect(again.exitCode == 0)
    #expect(differences(folder.file("again"), folder.file("killed")) == [])
  }

  /// The disclosure is of the launch; the run itself is an annex.
  private func checkDisclosure(in folder: TemporaryFolder) throws {
    let report = try CommandLineProgram.run(["privacy", "report", "run"], in: folder.url)
    let parts = report.output.components(separatedBy: "## Annex: the run that simulated it")
    #expect(parts.count == 2, "\(report.errors)")
    for words in [
      "# Privacy disclosure of a launch", "**ε = 2.00 at δ = 1e-6**", "e^ε = 7.39 times",
      "cohorts of 3000 of 100000 clients, 12 rounds", "| cohort | 3000 clients per round |",
      "| sampler | poisson, rate 0.03 |", "12 × a Gaussian", "pessimistic estimate",
      "## In plain words\n\nA model will be trained by federated learning among 100000 clients in 12 rounds",
      "## What ε rests on", "## What the accuracy estimate rests on",
      "who took part in which round",
      "ε adds up", "(2.00, 1e-6)-DP", "Against the server there is no differential privacy",
      "| 2 | ",
    ] {
      #expect(parts[0].contains(words), "\(words): \(parts[0])")
    }
    for words in [
      "promises nothing", "∞", "seed, from which noise", "SHA-256 of", "There is no ledger",
    ] {
      #expect(!parts[0].contains(words), "\(words)")
    }
    #expect(parts.last?.contains("SHA-256 of model.safetensors") == true)
    #expect(parts.last?.contains("a weak guarantee or none") == true)
    let json = try object(
      CommandLineProgram.run(["privacy", "report", "run", "--json"], in: folder.url))
    let claim = try #require(json["claim"] as? [String: Any])
    #expect(abs(try #require(claim["epsilon"] as? Double) - 2) < 1e-3)
    #expect(json["simulated"] is [String: Any])
  }

  /// The cells of a CSV file, as far as it is written.
  private func rows(of path: String, in folder: TemporaryFolder) -> [[String]] {
    let text = (try? String(contentsOf: folder.file(path), encoding: .utf8)) ?? ""
    return text.split(separator: "\r\n").map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }
}
