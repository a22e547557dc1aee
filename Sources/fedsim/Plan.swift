import ArgumentParser
import Experiments
import Privacy

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what an experiment will cost before it runs.",
    discussion: """
      Example:

        fedsim plan experiments/privacy-accuracy.yaml --set sweep=null

      Of a sweep every run is planned; with --json it is {"name": …, "points": […]}, each point
      with the keys of a single plan and its number, label and run.

      Bytes and masks are expectations over all rounds. With privacy.target_epsilon the noise is
      solved; with privacy.noise_multiplier as well, the number of rounds is, and training.rounds
      counts for nothing (replaced_rounds in the JSON object).
      """)

  @OptionGroup var experiment: ExperimentOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (config, overrides) = (experiment.config, experiment.overrides)
    if try Sweep.isSweep(path: config, overrides: overrides) { return try planSweep() }
    let plan = try ExperimentCheck.plan(path: config, overrides: overrides)
    if output.json {
      try printJSON(plan)
      return
    }
    var rows = [
      ["\(plan.name)", ""], ["rounds", "\(plan.rounds)"],
      ["clients a round", "\(plan.cohortSize)"],
      ["model parameters", "\(plan.modelParameters)"],
      ["noise multiplier", ShownBound.setting(plan.noiseMultiplier)],
      ["epsilon", plan.epsilon.map(ShownBound.epsilon) ?? "none can be claimed"],
      ["delta", ShownBound.delta(plan.delta)],
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
    for line in plan.claim?.lines(plan.spending?.meaning()) ?? [] { printResult(line) }
    if let note = plan.note { printResult(note) }
  }

  private func planSweep() throws {
    let sweep = try Sweep.load(path: experiment.config, overrides: experiment.overrides)
    let plans = try sweep.plans()
    if output.json {
      try printJSON(
        SweepPlan(
          name: sweep.name,
          points: plans.map { .init(point: $0.number, label: $0.label, run: $0.run, plan: $1) }))
      return
    }
    printResult(
      TextTable.render(
        [sweep.columns + ["rounds", "cohort", "sigma", "epsilon", "MB down", "MB up", "masks"]]
          + plans.map { point, plan in
            point.values + [
              "\(plan.rounds)", "\(plan.cohortSize)", String(format: "%.4g", plan.noiseMultiplier),
              plan.epsilon.map(ShownBound.epsilon) ?? "–",
              String(format: "%.3g", Double(plan.bytesToClients) / 1e6),
              String(format: "%.3g", Double(plan.bytesFromClients) / 1e6),
              plan.secureAggregation == nil ? "–" : "\(plan.masks)",
            ]
          }))
    printResult("\(plans.count) points, \(sweep.runs.count) runs")
  }

  private struct SweepPlan: Encodable {
    struct Point: Encodable {
      var point: Int
      var label: String
      var run: String
      var plan: ExperimentPlan

      private enum CodingKeys: CodingKey { case point, label, run }

      /// The keys of the plan beside its own.
      func encode(to encoder: any Encoder) throws {
        try plan.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(point, forKey: .point)
        try container.encode(label, forKey: .label)
        try container.encode(run, forKey: .run)
      }
    }

    var name: String
    var points: [Point]
  }
}
