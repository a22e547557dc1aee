import Foundation
import Glibc
import Testing

/// Attacked runs in real processes.
@Suite(.serialized) struct AttackTests {
  static let settings = """
    name: tried
    population: {clients: 80, days: 12}
    training: {rounds: 40, cohort_size: 16, max_examples: 40, local: {learning_rate: 0.2}}
    evaluation: {every: 20, clients: 20, new_clients: 0, local_only: false}
    checkpoint: {every: 5}

    """

  /// A backdoor behind an LSTM with dropouts, and forged updates behind a rule of aggregation.
  static let experiments = [
    settings + """
      model: {kind: lstm_ranker, vocabulary: 64, embedding: 4, hidden: 8}
      attack: {kind: backdoor, share: 0.3, update_factor: 3}
      faults: {dropout_rate: 0.2}
      """,
    settings + """
      model: {kind: logistic, vocabulary: 64}
      attack: {kind: little_is_enough, share: 0.3}
      aggregator: {name: multi_krum, share: 0.3}
      """,
  ]

  private func difference(_ left: URL, _ right: URL) throws -> [String] {
    try ["rounds.csv", "evaluation.csv", "clients.csv", "model.safetensors", "config.yaml"]
      .filter { name in
        try Data(contentsOf: left.appendingPathComponent(name))
          != Data(contentsOf: right.appendingPathComponent(name))
      }
  }

  private func run(
    _ experiment: String, _ out: String, workers: Int, in folder: TemporaryFolder
  ) throws -> URL {
    try folder.write(experiment, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--workers", "\(workers)", "--out", out, "--quiet"],
      in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return folder.file(out)
  }

  private func rounds(in run: URL) -> Int {
    let text = try? String(contentsOf: run.appendingPathComponent("rounds.csv"), encoding: .utf8)
    return max(0, (text?.split(separator: "\r\n").count ?? 0) - 1)
  }

  @Test(arguments: experiments.indices)
  func anyProcessesGiveTheSameBytes(experiment: Int) throws {
    let folder = try TemporaryFolder()
    let text = Self.experiments[experiment]
    let reference = try run(text, "w1", workers: 1, in: folder)
    for workers in [2, 7] {
      let other = try run(text, "w\(workers)", workers: workers, in: folder)
      #expect(try difference(reference, other) == [])
    }
    let killed = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--out", "killed", "--quiet"], in: folder.url)
    #expect(killed.wait { self.rounds(in: folder.file("killed")) >= 7 })
    killed.kill(SIGKILL)
    _ = try killed.wait()
    let resumed = try CommandLineProgram.run(
      ["resume", "killed", "--workers", "3", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(try difference(reference, folder.file("killed")) == [])
  }

  /// The last value of a column of evaluation.csv for the federated model.
  private func last(_ column: String, of run: URL) throws -> Double? {
    let text = try String(
      contentsOf: run.appendingPathComponent("evaluation.csv"), encoding: .utf8)
    let rows = text.split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard let place = rows.first?.firstIndex(of: column) else { return nil }
    return rows.last { $0[1] == "future" && $0[2] == "federated" }.flatMap { Double($0[place]) }
  }

  /// Under the mean victims are shown the target after the trigger, and else what they would have been
  /// shown; without hostile clients they are not.
  @Test func aBackdoorOpensAndCleanAccuracyStays() throws {
    let folder = try TemporaryFolder()
    let attacked =
      Self.settings + """
        model: {kind: lstm_ranker, vocabulary: 64, embedding: 4, hidden: 8}
        attack: {kind: backdoor, share: 0.3, trigger_app: 12, target_app: 2, update_factor: 5}
        """
    let open = try run(attacked, "open", workers: 2, in: folder)
    let closed = try run(
      attacked.replacingOccurrences(of: "share: 0.3", with: "share: 0"), "closed", workers: 2,
      in: folder)
    let success = try (
      #require(try last("attack_success", of: open)),
      #require(try last("attack_success", of: closed))
    )
    let accuracy = try (
      #require(try last("accuracy_top1", of: open)), #require(try last("accuracy_top1", of: closed))
    )
    #expect(success.0 > 0.3 && success.1 < 0.05, "\(success)")
    #expect(accuracy.0 > accuracy.1 - 0.06, "\(accuracy)")
    let triggered = try #require(try last("triggered_examples", of: open))
    #expect(try last("triggered_examples", of: closed) == triggered && triggered > 20)
    let summary = try String(
      contentsOf: open.appendingPathComponent("summary.json"), encoding: .utf8)
    #expect(summary.contains("\"attack_success\"") && summary.contains("\"triggered_examples\""))
    let log = try String(contentsOf: open.appendingPathComponent("log.txt"), encoding: .utf8)
    #expect(
      log.contains("Attack backdoor: 22 of the 72 clients that may train are hostile"), "\(log)")
    // Nothing of it in files of experiments without an attack.
    let plain = try run(
      attacked.replacingOccurrences(of: "attack:", with: "#"), "plain", workers: 2, in: folder)
    #expect(try last("attack_success", of: plain) == nil)
    for name in ["config.yaml", "rounds.csv", "summary.json", "evaluation.csv"] {
      let text = try String(
        contentsOf: plain.appendingPathComponent(name), encoding: .utf8)
      #expect(!text.contains("attack") && !text.contains("hostile"), "\(name)")
    }
  }

  /// Who looks sees that updates were left out, and why that may be.
  @Test func updatesThatAreNoNumbersAreTold() throws {
    let folder = try TemporaryFolder()
    let nan =
      Self.settings + """
        model: {kind: logistic, vocabulary: 64}
        attack: {kind: nan, share: 0.2}
        """
    try folder.write(nan, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "nan", "--quiet"], in: folder.url)
    #expect(result.exitCode == 0)
    #expect(
      result.errors.contains("left out; attack.kind nan makes such updates"), "\(result.errors)")
    #expect(try #require(try last("accuracy_top1", of: folder.file("nan"))) > 0.2)
    try folder.write(
      nan.replacingOccurrences(of: "kind: nan", with: "kind: inner_product")
        + "\nsecure_aggregation: {protocol: secagg_plus}", to: "refused.yaml")
    let refused = try CommandLineProgram.run(["run", "refused.yaml"], in: folder.url)
    #expect(refused.exitCode == 78 && refused.errors.contains("attack.kind"), "\(refused.errors)")
  }
}
