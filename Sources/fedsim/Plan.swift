import ArgumentParser
import Experiments
import Foundation

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

  private func planSweep() throws {
    let watch = SweepDisplay.watch(isQuiet: false)
    let sweep = try Sweep.load(
      path: experiment.config, overrides: experiment.overrides, watch: watch)
    let plans = try sweep.plans(watch: watch)
    StatusLine.end()
    if output.json {
      try printJSON(
        SweepPlan(
          name: sweep.name,
          points: plans.map { .init(point: $0.number, label: $0.label, run: $0.run, plan: $1) }))
      return
    }
    let groups = PlanGroup.groups(of: plans, columns: sweep.columns)
    let settings = groups.first?.columns ?? []
    let hasSeeds = groups.contains { $0.points > 1 }
    // What the sweep varies itself has its column already.
    let costs = Self.costs.filter { !settings.contains($0.keyPath) }
    printResult(
      TextTable.render(
        [settings + (hasSeeds ? ["seeds"] : []) + costs.map(\.heading)]
          + groups.map { group in
            group.values + (hasSeeds ? ["\(group.points)"] : []) + costs.map { $0.cell(group.plan) }
          }, keys: settings.count))
    printResult(
      "\(counted(plans.count, "point")), \(counted(sweep.runs.count, "run"))"
        + (hasSeeds ? "; a row is one setting with all its seeds" : ""))
  }

  /// Columns of the table: the key that means the same, the heading, and what a plan says.
  /// One column of the table of a sweep.
  private struct Cost {
    /// The key that says the same where a sweep varies it; empty where there is none.
    var keyPath = ""
    var heading: String
    var cell: (ExperimentPlan) -> String
  }

  private static var costs: [Cost] {
    [
      Cost(keyPath: "training.rounds", heading: "rounds") { "\($0.rounds)" },
      Cost(keyPath: "training.cohort_size", heading: "cohort") { "\($0.cohortSize)" },
      Cost(keyPath: "privacy.noise_multiplier", heading: "noise multiplier") {
        String(format: "%.4g", $0.noiseMultiplier)
      },
      Cost(keyPath: "privacy.target_epsilon", heading: "epsilon") {
        $0.epsilon.map { String(format: "%.4g", $0) } ?? "–"
      },
      Cost(heading: "MB down") { megabytes($0.bytesToClients) },
      Cost(heading: "MB up") { megabytes($0.bytesFromClients) },
      Cost(heading: "masks") { $0.secureAggregation == nil ? "–" : "\($0.masks)" },
    ]
  }

  private static func megabytes(_ bytes: Int) -> String {
    let megabytes = Double(bytes) / 1e6
    return String(format: megabytes < 100 ? "%.3g" : "%.0f", megabytes)
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

/// Points of a sweep that differ in their seed alone, and so in nothing that a plan says.
private struct PlanGroup {
  let columns: [String]
  let values: [String]
  let plan: ExperimentPlan
  var points = 1

  static func groups(
    of plans: [(point: SweepPoint, plan: ExperimentPlan)], columns: [String]
  ) -> [PlanGroup] {
    let kept = columns.indices.filter { columns[$0] != "seed" }
    guard kept.count < columns.count, !kept.isEmpty else {
      return plans.map { PlanGroup(columns: columns, values: $0.values, plan: $1) }
    }
    var groups: [PlanGroup] = []
    var known: [String: Int] = [:]
    for (point, plan) in plans {
      let values = kept.map { point.values[$0] }
      let facts =
        "\(plan.rounds) \(plan.noiseMultiplier) \(plan.bytesToClients) \(plan.bytesFromClients)"
      let key = (values + [facts]).joined(separator: "\u{0}")
      if let index = known[key] {
        groups[index].points += 1
      } else {
        known[key] = groups.count
        groups.append(PlanGroup(columns: kept.map { columns[$0] }, values: values, plan: plan))
      }
    }
    return groups
  }
}
