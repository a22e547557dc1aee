import ArgumentParser
import Experiments

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what an experiment will cost before it runs.",
    discussion: """
      Example:

        fedsim plan experiments/secure-aggregation.yaml --set training.cohort_size=200

      Bytes and masks are expectations over all rounds.
      """)

  @Argument(help: "The experiment file (YAML).")
  var config: String

  @Option(name: .customLong("set"), help: "Change a key, as key.path=value. Repeatable.")
  var overrides: [String] = []

  @OptionGroup var output: OutputOptions

  func run() throws {
    let plan = try ExperimentPlan(ExperimentCheck.check(path: config, overrides: overrides))
    if output.json {
      try printJSON(plan)
      return
    }
    var rows = [
      ["\(plan.name)", ""], ["rounds", "\(plan.rounds)"],
      ["clients a round", "\(plan.cohortSize)"],
      ["model parameters", "\(plan.modelParameters)"],
      ["noise multiplier", "\(plan.noiseMultiplier)"],
      ["epsilon", plan.epsilon.map { "\($0) at delta \(plan.delta)" } ?? "none can be claimed"],
      ["bytes to clients", "\(plan.bytesToClients)"],
      ["bytes from clients", "\(plan.bytesFromClients)"],
    ]
    if let session = plan.secureAggregation {
      rows += [
        ["secure aggregation", "\(session.protocol), \(session.adversary) adversary"],
        ["neighbours of a client", "\(session.neighbours)"],
        ["shares that open a secret", "\(session.threshold)"],
        ["masks a client expands", "\(session.masksPerClient)"],
        ["masks the server expands", "\(plan.masks)"],
      ]
    }
    printResult(TextTable.render(rows))
  }
}
