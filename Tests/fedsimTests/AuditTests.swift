import Foundation
import Glibc
import Testing

/// Canaries in runs, and the verb that holds the claim against them.
@Suite(.serialized) struct AuditTests {
  private static func experiment(_ privacy: String, _ rest: String = "") -> String {
    """
    name: audited
    population: {source: benchmark, clients: 150, new_client_share: 0}
    model: {kind: softmax, vocabulary: 16, sequence_length: 2}
    training: {rounds: 4, cohort_size: 50, sampling: min_separation, min_separation: 2}
    privacy: {clipping_bound: 0.1, noise_multiplier: 1, \(privacy)}
    evaluation: {every: 0}
    checkpoint: {every: 2}
    \(rest)
    """
  }

  private static let distributed = experiment(
    "mechanism: skellam, audit: {canaries: 60}",
    "secure_aggregation: {protocol: secagg, encoding: {bits: 16}}")

  private func run(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> CommandLineProgram.Result {
    try CommandLineProgram.run(arguments + ["--quiet"], in: folder.url)
  }

  private func rows(of path: String, in folder: TemporaryFolder) -> [[String]] {
    let text = (try? String(contentsOf: folder.file(path), encoding: .utf8)) ?? ""
    return text.split(separator: "\r\n").map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func canariesAndNoiseRepeatWhateverHappens() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.distributed, to: "experiment.yaml")
    let reference = folder.file("reference")
    for (workers, name) in [(1, "reference"), (3, "other")] {
      let result = try run(
        ["run", "experiment.yaml", "--workers", "\(workers)", "--out", name], in: folder)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    #expect(differences(reference, folder.file("other")) == [])
    let killed = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--out", "killed", "--quiet"], in: folder.url)
    _ = killed.wait { self.rows(of: "killed/rounds.csv", in: folder).count > 3 }
    killed.kill(SIGKILL)
    _ = try killed.wait()
    let resumed = try run(["resume", "killed"], in: folder)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(differences(reference, folder.file("killed")) == [])

    let privacy = rows(of: "reference/privacy.csv", in: folder)
    let header = try #require(privacy.first)
    let last = try #require(privacy.last)
    let values = Dictionary(uniqueKeysWithValues: zip(header, last))
    #expect(Int(try #require(values["sim_canaries"])).map { $0 > 20 } == true)
    let low = try #require(values["sim_empirical_epsilon_low"].flatMap { Double($0) })
    #expect(try low < #require(values["epsilon"].flatMap { Double($0) }))
    let rounds = rows(of: "reference/rounds.csv", in: folder)
    let column = try #require(rounds.first?.firstIndex(of: "sim_wrapped_coordinates"))
    #expect(rounds.dropFirst().allSatisfy { $0[column] == "0" })
  }

  @Test func anAuditHoldsTheClaimAgainstCanaries() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment("mechanism: gaussian"), to: "experiment.yaml")
    let result = try run(
      ["audit", "experiment.yaml", "--canaries", "60", "--json", "--out", "run"], in: folder)
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let report = try #require(parsed as? [String: Any])
    #expect(report["violated"] as? Bool == false && report["canaries"] as? Int == 60)
    let names = [
      "epsilon", "empirical_epsilon_low", "empirical_epsilon", "empirical_epsilon_high",
    ]
    let numbers = try names.map { try #require(report[$0] as? Double) }
    #expect(numbers[1] < numbers[0] && numbers[1] <= numbers[2] && numbers[2] <= numbers[3])
    let summary = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.file("run").appending(path: "summary.json")))
    #expect(
      (summary as? [String: Any])?["sim_empirical_epsilon"] as? Double == numbers[2])
  }

  /// Canaries must not change what is audited: noise is that of the experiment, and both claims are
  /// told apart where the sampling rate makes them differ.
  @Test func canariesLeaveTheNoiseAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      name: sampled
      population: {source: benchmark, clients: 150, new_client_share: 0}
      model: {kind: softmax, vocabulary: 16, sequence_length: 2}
      training: {rounds: 4, cohort_size: 50, sampling: poisson}
      privacy: {mechanism: gaussian, clipping_bound: 0.1, target_epsilon: 3}
      evaluation: {every: 0}
      """, to: "experiment.yaml")
    func object(_ arguments: [String]) throws -> [String: Any] {
      let result = try CommandLineProgram.run(arguments + ["--json"], in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      return try #require(parsed as? [String: Any])
    }
    let plan = try object(["plan", "experiment.yaml"])
    let report = try object(
      ["audit", "experiment.yaml", "--canaries", "60", "--out", "run", "--quiet"])
    #expect(report["epsilon_without_canaries"] as? Double == plan["epsilon"] as? Double)
    let claimed = try #require(report["epsilon"] as? Double)
    #expect(claimed < 2.9 && claimed > 1)
    let last = try #require(rows(of: "run/privacy.csv", in: folder).last)
    let noise = try #require(Double(last[6]))
    #expect(abs(noise - (try #require(plan["noise_multiplier"] as? Double))) < 1e-12)
    #expect(Double(last[5]) == 50.0 / 210)
    #expect(try folder.text(of: "run/manifest.json").contains("the 60 canaries count as clients"))
    // Who knows the cohorts is held against what the noise is worth without the help of sampling:
    // four participations at most, of √4 ÷ noise.
    let known = try #require(report["known_cohort_claim"] as? Double)
    let estimate = try #require(report["known_cohort_epsilon"] as? Double)
    let bound = try #require(report["epsilon_lower_bound"] as? Double)
    #expect(known > claimed && bound < known && estimate > 0)
    #expect(report["faults"] as? [String] == [])
    let ratio = try #require(report["noise_ratio"] as? Double)
    #expect(ratio > 0.9 && ratio < 1.6)
  }

  /// Without an audit, privacy.csv has the columns it always had.
  @Test func onlyAuditedRunsHaveColumnsOfKnownCohorts() throws {
    let folder = try TemporaryFolder()
    for (name, audit) in [("plain", ""), ("with", ", audit: {canaries: 30}")] {
      try folder.write(Self.experiment("mechanism: gaussian\(audit)"), to: "\(name).yaml")
      let result = try run(
        ["run", "\(name).yaml", "--set", "training.rounds=2", "--out", name], in: folder)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    let plain = rows(of: "plain/privacy.csv", in: folder)
    let audited = rows(of: "with/privacy.csv", in: folder)
    #expect(plain.count == 3 && plain.allSatisfy { $0.count == 14 })
    #expect(audited.count == 3 && audited.allSatisfy { $0.count == 22 })
    #expect(audited[0].prefix(14) == plain[0].prefix(14))
    #expect(audited[0][14] == "sim_known_cohort_claim" && audited[0][21] == "sim_noise_ratio")
    // Nothing is amplified here: what is claimed of known cohorts is what is claimed.
    #expect(audited[2][14] == audited[2][8])
  }

  @Test func whatClaimsNothingCannotBeAudited() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "name: plain\npopulation: {source: benchmark, clients: 200}\nmodel: {kind: softmax}\n"
        + "evaluation: {every: 0}\n", to: "experiment.yaml")
    let result = try run(["audit", "experiment.yaml"], in: folder)
    #expect(result.exitCode == 78)
    #expect(result.errors.contains("privacy.audit.canaries"))
    #expect(try run(["audit", "experiment.yaml", "--canaries", "1"], in: folder).exitCode == 64)
  }
}
