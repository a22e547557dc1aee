import ArgumentParser
import Experiments

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what an experiment will cost before it runs.",
    discussion: """
      Example:

        fedsim plan experiments/privacy-accuracy.yaml --set sweep=null

      Bytes and masks are expectations over all rounds. With privacy.target_epsilon the noise is
      solved; with privacy.noise_multiplier as well, the number of rounds is, and training.rounds
      counts for nothing (replaced_rounds in the JSON object).
      """)

  @Argument(help: "The experiment file (YAML).")
  var config: String

  @Option(name: .customLong("set"), help: "Change a key, as key.path=value. Repeatable.")
  var overrides: [String] = []

  @OptionGroup var output: OutputOptions

  func run() throws {
    let plan = try ExperimentCheck.plan(path: config, overrides: overrides)
    if output.json {
      try printJSON(plan)
      return
    }
    var rows = [
      ["\(plan.name)", ""], ["rounds", "\(plan.rounds)"],
      ["clients a round", "\(plan.cohortSize)"],
      ["model parameters", "\(plan.modelParameters)"],
      ["noise multiplier", "\(plan.noiseMultiplier)"],
      ["epsilon", plan.epsilon.map { "\($0)" } ?? "none can be claimed"],
      ["delta", "\(plan.delta)"],
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
    for line in plan.claim?.lines ?? [] { printResult(line) }
    if let note = plan.note { printResult(note) }
  }
}
