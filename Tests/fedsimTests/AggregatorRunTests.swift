import Foundation
import Glibc
import Testing

/// A rule that remembers something, on buckets of updates that cross the wire one by one: whatever happens
/// to the processes, the run is the same.
@Suite(.serialized) struct AggregatorRunTests {
  static let experiment = """
    name: robust
    population: {clients: 60, days: 12}
    model: {kind: logistic, vocabulary: 64}
    aggregator: {name: centered_clipping, radius: 0.05, bucket_size: 2}
    training: {rounds: 40, cohort_size: 15, max_examples: 40}
    evaluation: {every: 20, clients: 5, new_clients: 2, test_days: 2, local_only: false}
    checkpoint: {every: 5}
    faults: {dropout_rate: 0.1}
    """

  private func run(
    _ name: String, in folder: TemporaryFolder, workers: Int = 1, _ settings: [String] = []
  ) throws -> URL {
    try folder.write(Self.experiment, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--workers", "\(workers)", "--out", name, "--quiet"]
        + settings.flatMap { ["--set", $0] }, in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return folder.file(name)
  }

  private func difference(_ left: URL, _ right: URL) throws -> [String] {
    try ["rounds.csv", "evaluation.csv", "model.safetensors", "config.yaml"].filter { name in
      try Data(contentsOf: left.appendingPathComponent(name))
        != Data(contentsOf: right.appendingPathComponent(name))
    }
  }

  private func rounds(in run: URL) -> [Substring] {
    let text = try? String(contentsOf: run.appendingPathComponent("rounds.csv"), encoding: .utf8)
    return text?.split(separator: "\r\n") ?? []
  }

  @Test func anyNumberOfWorkersAggregatesTheSame() throws {
    let folder = try TemporaryFolder()
    let reference = try run("reference", in: folder)
    for workers in [2, 7] {
      #expect(
        try difference(reference, run("w\(workers)", in: folder, workers: workers)) == [])
    }
  }

  @Test func aKilledWorkerAndAKilledRunAggregateTheSame() throws {
    let folder = try TemporaryFolder()
    let reference = try run("reference", in: folder)
    let run = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--out", "killed", "--quiet"], in: folder.url)
    #expect(run.wait { run.workers.count == 2 && self.rounds(in: folder.file("killed")).count > 2 })
    for worker in run.workers.prefix(1) { Glibc.kill(worker, SIGKILL) }
    #expect(run.wait { self.rounds(in: folder.file("killed")).count > 7 })
    run.kill(SIGKILL)
    _ = try run.wait()
    let resumed = try CommandLineProgram.run(
      ["resume", "killed", "--workers", "3", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(try difference(reference, folder.file("killed")) == [])
  }

  /// Where nothing is clipped, clipped means are the mean, but for the rounding of sums.
  @Test func boundsThatBindNobodyAreTheMean() throws {
    let folder = try TemporaryFolder()
    let short = ["training.rounds=3", "evaluation.every=0"]
    let mean = try run("mean", in: folder, short + ["aggregator={name: mean}"])
    let bound = try run(
      "bound", in: folder, short + ["aggregator={name: norm_bound, bound: 1000}"])
    for (one, other) in zip(rounds(in: mean), rounds(in: bound)).dropFirst() {
      let (one, other) = (one.split(separator: ","), other.split(separator: ","))
      #expect(one.prefix(4) == other.prefix(4))
      let norms = try (#require(Double(one[4])), #require(Double(other[4])))
      #expect(abs(norms.0 - norms.1) < 1e-9 && norms.0 > 0)
    }
  }

  /// Groups behind secure aggregation, clients that vanish in every phase: the same for any workers, and near
  /// what the server would make of the same clients in the clear where nothing divides them.
  @Test func groupsAreSummedByThemselves() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "aggregator={name: median, bucket_size: 5}", "training.rounds=6", "evaluation.every=0",
      "secure_aggregation={protocol: secagg_plus, dropout_fraction: 0.4}",
      "faults={dropout_rate: 0.1, before_keys_rate: 0.05, after_upload_rate: 0.05}",
    ]
    let reference = try run("g1", in: folder, settings)
    for workers in [2, 7] {
      let other = try run("g\(workers)", in: folder, workers: workers, settings)
      #expect(
        differences(reference, other).filter {
          ["rounds.csv", "secure_aggregation.csv", "model.safetensors"].contains($0)
        } == [])
    }
    #expect(rounds(in: reference).dropFirst().filter { $0.hasSuffix(",completed") }.count >= 4)
    // A rule that is no sum is refused, and so is a bound that no noise was made for.
    for setting in ["aggregator={name: krum}", "aggregator={name: median}"] {
      let result = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--set", setting, "--set", settings[3]], in: folder.url)
      #expect(result.exitCode == 78 && result.message.contains("aggregator.name"))
    }
  }

  /// The geometric median as several sums of the same phones, some of which vanish: whatever happens to the
  /// processes, the run is the same, and the plan foretells what it costs.
  @Test func sumsOfTheSamePhones() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "aggregator={name: geometric_median, iterations: 2}", "personalisation={method: ditto}",
      "training.rounds=8",
      "evaluation.every=8",
      "checkpoint.every=2", "secure_aggregation={protocol: secagg_plus, dropout_fraction: 0.6}",
      "faults={dropout_rate: 0.1, before_keys_rate: 0.05, after_upload_rate: 0.05}",
    ]
    let files = ["rounds.csv", "secure_aggregation.csv", "evaluation.csv", "model.safetensors"]
    func isSame(_ one: URL, _ other: URL) -> Bool {
      differences(one, other).allSatisfy { !files.contains($0) }
    }
    let reference = try run("s1", in: folder, settings)
    #expect(rounds(in: reference).dropFirst().filter { $0.hasSuffix(",completed") }.count >= 6)
    #expect(try isSame(reference, run("s7", in: folder, workers: 7, settings)))
    let killed = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--out", "s2", "--quiet"]
        + settings.flatMap { ["--set", $0] }, in: folder.url)
    #expect(killed.wait { self.rounds(in: folder.file("s2")).count > 1 })
    for worker in killed.workers.prefix(1) { Glibc.kill(worker, SIGKILL) }
    #expect(killed.wait { self.rounds(in: folder.file("s2")).count > 4 })
    killed.kill(SIGKILL)
    _ = try killed.wait()
    let resumed = try CommandLineProgram.run(
      ["resume", "s2", "--workers", "3", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(isSame(reference, folder.file("s2")))
  }

  /// Without faults the plan is what it will be.
  @Test func thePlanCountsEverySum() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "aggregator={name: geometric_median, iterations: 3}", "training.rounds=2",
      "evaluation.every=0", "secure_aggregation.protocol=secagg_plus", "faults.dropout_rate=0",
    ]
    let done = try run("done", in: folder, settings)
    let plan = try CommandLineProgram.run(
      ["plan", "experiment.yaml", "--json"] + settings.flatMap { ["--set", $0] }, in: folder.url)
    func object(_ data: Data) throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
    let planned = try object(Data(plan.output.utf8))
    let summary = try object(
      Data(contentsOf: done.appendingPathComponent("summary.json")))
    for key in ["bytes_to_clients", "bytes_from_clients"] {
      let (one, other) = try (#require(planned[key] as? Int), #require(summary[key] as? Int))
      #expect(one == other, "\(key)")
    }
    // A mask of each of 15 clients in each of four sums, twice.
    #expect(planned["masks"] as? Int == 2 * 4 * 15)
    let session = try #require(planned["secure_aggregation"] as? [String: Any])
    #expect(session["masks_per_client"] as? Int == 4 * 15)
  }

  /// What phones clip is what the server would have clipped, but for the steps of the encoding.
  @Test(arguments: ["norm_bound, bound", "centered_clipping, radius"])
  func phonesClipBehindSecureAggregation(rule: String) throws {
    let folder = try TemporaryFolder()
    let settings = [
      "aggregator={name: \(rule): 0.05}", "training.rounds=5", "evaluation.every=0",
      "faults.dropout_rate=0",
    ]
    let clear = try run("clear", in: folder, settings)
    let masked = try run(
      "masked", in: folder,
      settings + ["secure_aggregation.protocol=secagg_plus"])
    for (one, other) in zip(rounds(in: clear), rounds(in: masked)).dropFirst() {
      let (one, other) = (one.split(separator: ","), other.split(separator: ","))
      let norms = try (#require(Double(one[4])), #require(Double(other[4])))
      #expect(abs(norms.0 - norms.1) < 1e-4 && norms.0 > 1e-3)
    }
  }

  /// An encoding that cuts what clients report says so once, behind masks as without.
  ///
  /// The weight that qfedavg sends is about 1 and more. What is not cut is not mentioned.
  @Test func whatTheEncodingCutsIsTold() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "training.rounds=2", "evaluation.every=0", "aggregator={name: mean}", "faults.dropout_rate=0",
      "algorithm={name: qfedavg, q: 0.1}",
    ]
    let words =
      "30 of the 30 reports of clients with algorithm.name: qfedavg had coordinates beyond "
      + "secure_aggregation.encoding.clip (0.001)"
    for (name, more, isTold) in [
      ("clear", [], false),
      ("encoded", ["secure_aggregation.encoding.clip=0.001"], true),
      (
        "masked", ["secure_aggregation={protocol: secagg_plus, encoding: {clip: 0.001}}"], true
      ),
      ("wide", ["secure_aggregation={protocol: secagg_plus, encoding: {clip: 100}}"], false),
    ] {
      let run = try run(name, in: folder, settings + more)
      let log = try String(contentsOf: run.appendingPathComponent("log.txt"), encoding: .utf8)
      let told = log.split(separator: "\n").count { $0.contains("and were cut to it") }
      #expect(told == (isTold ? 1 : 0) && log.contains(words) == isTold, "\(name): \(log)")
    }
  }

  /// Rules that leave out clients say so after all other columns; root clients train and are not evaluated.
  @Test func suspectedClientsAreCounted() throws {
    let folder = try TemporaryFolder()
    let plain = try run("plain", in: folder, ["training.rounds=1"])
    let columns = try #require(rounds(in: plain).first)
    #expect(!columns.contains("suspected"))
    let krum = try run(
      "krum", in: folder,
      ["training.rounds=2", "aggregator={name: multi_krum, chosen: 3}", "faults.dropout_rate=0"])
    #expect(rounds(in: krum).first.map { $0 == columns + ",suspected" } == true)
    #expect(rounds(in: krum).dropFirst().map { $0.hasSuffix(",completed,12") } == [true, true])
    // Epsilon does not cover the column, and the claim says so where there is one.
    let noise =
      "privacy={mechanism: local_gaussian, noise_multiplier: 1, clipping_bound: 0.3, delta: 1e-3}"
    for (rule, isNamed) in [("{name: krum, bucket_size: 1}", true), ("{name: median}", false)] {
      let claimed = try run(
        "claimed\(isNamed)", in: folder,
        ["training.rounds=1", "evaluation.every=0", "aggregator=\(rule)", noise])
      let manifest = try String(
        contentsOf: claimed.appendingPathComponent("manifest.json"), encoding: .utf8)
      #expect(manifest.contains("reported, dropped, suspected, status") == isNamed)
      #expect(manifest.contains("reported, dropped, status") == !isNamed)
    }
    func newClients(_ run: URL) throws -> Set<Substring> {
      let text = try String(contentsOf: run.appendingPathComponent("clients.csv"), encoding: .utf8)
      let rows = text.split(separator: "\r\n").map { $0.split(separator: ",") }
      let (split, client) = try (
        #require(rows[0].firstIndex(of: "split")), #require(rows[0].firstIndex(of: "client"))
      )
      return Set(rows.dropFirst().filter { $0[split] == "new_clients" }.map { $0[client] })
    }
    // Six are held out: all that are left are evaluated.
    let settings = ["training.rounds=2", "evaluation.new_clients=9"]
    let all = try newClients(run("all", in: folder, settings))
    let trust = try run(
      "trust", in: folder, settings + ["aggregator={name: fltrust, root_clients: 4}"])
    let rest = try newClients(trust)
    #expect(all.count == 6 && rest.count == 2 && rest.isSubset(of: all))
  }
}
