import Foundation
import Testing

/// A run without a result, and one phone that outweighs all others, as a person meets them.
struct FailedRunTests {
  private static let experiment = """
    name: small
    population: {clients: 30, days: 9}
    model: {kind: logistic}
    training: {rounds: 2, cohort_size: 4}
    evaluation: {every: 2, clients: 3, new_clients: 1, test_days: 2, local_only: false}
    """

  @Test func aRunThatTrainedNothingIsNoResult() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let run = ["run", "experiment.yaml", "--quiet", "--out"]
    #expect(try CommandLineProgram.run(run + ["good"], in: folder.url).exitCode == 0)
    let result = try CommandLineProgram.run(
      run + ["bad", "--set", "faults.dropout_rate=1"], in: folder.url)
    #expect(result.exitCode == 78 && result.message.contains("faults.dropout_rate"))
    #expect(!result.output.contains("top-1"))
    let compared = try CommandLineProgram.run(["compare", "good", "bad"], in: folder.url)
    #expect(compared.exitCode == 0 && compared.errors.contains("bad: has failed"))
    #expect(compared.output.contains("only one run"))
    #expect(try CommandLineProgram.run(["compare", "bad"], in: folder.url).exitCode == 65)
    let swapped = try CommandLineProgram.run(["compare", "bad", "good"], in: folder.url)
    #expect(swapped.errors.contains("good: is the reference in place of bad"))
    // It cannot go on: whoever wants its model is told why there is none.
    for arguments in [["predict", "bad", "--client", "1"], ["registry", "add", "bad"]] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(result.exitCode == 65, "\(result.errors)")
      #expect(result.message.contains("bad: has no model to use, because the run has failed"))
      #expect(result.message.contains("faults.dropout_rate"))
      #expect(!result.message.contains("resume"))
    }
    let list = try CommandLineProgram.run(["list", "."], in: folder.url)
    #expect(list.output.contains("failed"))
  }

  @Test func aSweepGoesOnAfterAPointThatTrainedNothing() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment + "\nsweep: {faults.dropout_rate: [1, 0]}\n", to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", "s", "--quiet"], in: folder.url)
    #expect(result.exitCode != 0)
    let rows = try folder.text(of: "s/sweep.csv").split(separator: "\r\n")
    #expect(rows.count == 3 && rows[1].contains(",failed,") && rows[2].contains(",finished,"))
  }

  /// Six phones and one that is unlocked every two minutes.
  @Test func onePhoneDoesNotMakeTheHeadline() throws {
    let folder = try TemporaryFolder()
    var log = "user,time,app,event\n"
    let start = 1_767_571_200  // 2026-01-05, midnight
    func add(_ user: String, every seconds: Int, apps: Int) {
      for (number, time) in stride(from: start, to: start + 12 * 86_400, by: seconds).enumerated() {
        log +=
          "\(user),\(time),,unlock\n\(user),\(time + 5),app\(number * number * 7_919 / 13 % apps),open\n"
        log += "\(user),\(time + 20),,lock\n"
      }
    }
    for phone in 0..<6 { add("p\(phone)", every: 7_200, apps: 3 + phone) }
    add("heavy", every: 120, apps: 1)
    try folder.write(log, to: "log.csv")
    let imported = try CommandLineProgram.run(
      ["data", "import", "log.csv", "--out", "log.sqlite"], in: folder.url)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    try folder.write(
      """
      name: heavy
      population: {source: file, path: log.sqlite, new_client_share: 0}
      model: {kind: logistic}
      training: {rounds: 1, cohort_size: 3}
      evaluation: {every: 1, clients: 7, new_clients: 0, test_days: 3, local_only: false}
      """, to: "experiment.yaml")
    func run(_ name: String, _ more: [String] = []) throws -> (String, [String: Any]) {
      let result = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--quiet", "--out", name] + more, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      let data = try Data(contentsOf: folder.file("\(name)/summary.json"))
      let summary = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      let future = try #require(summary["future"] as? [String: [String: Any]])
      // Lines end where the terminal does.
      let words = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return (words, try #require(future["federated"]))
    }
    func number(_ key: String, _ metrics: [String: Any]) throws -> Double {
      try #require(metrics[key] as? Double)
    }
    let (output, capped) = try run("capped")
    #expect(output.contains("a client counts at most 4 times the median client"))
    #expect(output.contains("1 of 7 clients has more predictions than 4 times"))
    #expect(capped["capped_clients"] as? Int == 1)
    let (plain, free) = try run("free", ["--set", "evaluation.largest_client_weight=null"])
    #expect(
      plain.contains("in which every prediction counts once") && free["capped_clients"] == nil)
    #expect(
      try number("uncapped_accuracy_top1", capped) == number("accuracy_top1", free))
    #expect(try number("accuracy_top1", capped) < number("accuracy_top1", free))
    #expect(try number("client_accuracy_mean", capped) == number("client_accuracy_mean", free))
    // In a comparison clients weigh the same.
    let compared = try CommandLineProgram.run(["compare", "capped", "--json"], in: folder.url)
    let expected = try number("accuracy_top1", capped)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(compared.output.utf8)) as? [String: Any])
    let groups = try #require(object["groups"] as? [[String: Any]])
    let metrics = try #require(groups.first?["metrics"] as? [String: [String: Any]])
    let final = try #require(
      metrics["future_federated_accuracy_top1"]?["final"] as? [String: Any])
    #expect(abs(try number("value", final) - expected) < 1e-9)
  }

  /// Six phones of two weeks, and a clock that says 2099.
  @Test func anEvaluationOfNextToNothingIsSaid() throws {
    let folder = try TemporaryFolder()
    var log = "user,time,app\n"
    let start = 1_767_571_200  // 2026-01-05, midnight
    for phone in 0..<6 {
      for time in stride(from: start + phone, to: start + 14 * 86_400, by: 3_600) {
        log += "p\(phone),\(time),app\(time / 3_600 * 7 % 5)\n"
      }
    }
    try folder.write(log, to: "good.csv")
    try folder.write(log + "p0,2099-01-01T00:00,app1\n", to: "bad.csv")
    for name in ["good", "bad"] {
      let imported = try CommandLineProgram.run(
        ["data", "import", "\(name).csv", "--keep-all-times", "--out", "\(name).sqlite"],
        in: folder.url)
      #expect(imported.exitCode == 0, "\(imported.errors)")
      try folder.write(
        """
        name: shrunk
        population: {source: file, path: \(name).sqlite, new_client_share: 0}
        model: {kind: logistic}
        training: {rounds: 1, cohort_size: 3}
        evaluation: {every: 1, clients: 6, new_clients: 0, test_days: 3, local_only: false}
        """, to: "\(name).yaml")
      let result = try CommandLineProgram.run(
        ["run", "\(name).yaml", "--quiet", "--out", name], in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      let words = "rests on next to nothing: 1 prediction on 1 of 6 clients"
      #expect(result.errors.contains(words) == (name == "bad"), "\(result.errors)")
      #expect(try folder.text(of: "\(name)/log.txt").contains(words) == (name == "bad"))
    }
  }

  /// One of 24 phones has twenty times the others' unlocks, and no limit holds it back.
  @Test func thatOnePhoneMakesMuchOfAMeanIsSaid() throws {
    let folder = try TemporaryFolder()
    var log = "user,time,app\n"
    let start = 1_767_571_200  // 2026-01-05, midnight
    for phone in 0..<24 {
      let every = phone == 0 ? 720 : 14_400
      for time in stride(from: start + phone, to: start + 10 * 86_400, by: every) {
        log += "p\(phone),\(time),app\(time / 3_600 * 7 % 5)\n"
      }
    }
    try folder.write(log, to: "log.csv")
    let imported = try CommandLineProgram.run(
      ["data", "import", "log.csv", "--out", "log.sqlite"], in: folder.url)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    try folder.write(
      """
      name: heavy
      population: {source: file, path: log.sqlite, new_client_share: 0}
      model: {kind: logistic}
      training: {rounds: 1, cohort_size: 3}
      evaluation: {every: 1, clients: 24, new_clients: 0, test_days: 3, local_only: false}
      """, to: "experiment.yaml")
    // 20 of 20 + 23, and with the limit 4 of 4 + 23.
    for (limit, words) in [
      ("null", "holds 46.5 % of the weight"), ("4", "holds 14.8 % of the weight"),
    ] {
      let run = "limit-\(limit)"
      let result = try CommandLineProgram.run(
        [
          "run", "experiment.yaml", "--quiet", "--out", run, "--set",
          "evaluation.largest_client_weight=\(limit)",
        ], in: folder.url)
      #expect(result.output.contains("One of 24 clients \(words)"), "\(result.output)")
      #expect(try folder.text(of: "\(run)/log.txt").contains(words))
      #expect(try folder.text(of: "\(run)/summary.json").contains("largest_client_share"))
      let compared = try CommandLineProgram.run(["compare", run], in: folder.url)
      #expect(compared.errors.contains(words), "\(compared.errors)")
      guard PlotTests.hasGnuplot else { continue }
      let report = try CommandLineProgram.run(["report", run], in: folder.url)
      #expect(report.exitCode == 0, "\(report.errors)")
      #expect(try folder.text(of: "\(run)/report.html").contains(words))
    }
  }
}
