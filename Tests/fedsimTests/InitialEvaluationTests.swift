import Foundation
import Testing

/// A learning curve begins with the model that nobody has trained.
struct InitialEvaluationTests {
  @Test func roundZeroIsMeasuredAndChangesNothingElse() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    for (out, initial) in [("without", "false"), ("with", "true")] {
      let result = try CommandLineProgram.run(
        [
          "run", "experiment.yaml", "--out", out, "--quiet", "--set", "evaluation.every=1", "--set",
          "evaluation.initial=\(initial)",
        ], in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    func rows(_ path: String) throws -> [String] {
      try folder.text(of: path).split(separator: "\r\n").map(String.init)
    }
    let (without, with) = (try rows("without/evaluation.csv"), try rows("with/evaluation.csv"))
    let first = with.filter { $0.hasPrefix("0,") }
    #expect(first.contains { $0.hasPrefix("0,future,federated,") })
    #expect(first.contains { $0.hasPrefix("0,new_clients,federated,") })
    #expect(with.filter { !$0.hasPrefix("0,") } == without)
    #expect(try rows("with/rounds.csv") == rows("without/rounds.csv"))
    let models = try ["with", "without"].map {
      try Data(contentsOf: folder.file("\($0)/summary.json"))
    }
    #expect(models[0] == models[1])
  }
}
