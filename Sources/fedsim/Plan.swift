import ArgumentParser
import Coordinator
import Experiments
import Foundation
import Privacy

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Estimate what an experiment will cost before it runs.",
    discussion: """
      Example:

        fedsim plan experiments/privacy-accuracy.yaml --set sweep=null

      Bytes and masks are expected values over all rounds. privacy.target_epsilon calibrates the noise
      multiplier. Together with privacy.noise_multiplier it solves for the number of rounds, and
      training.rounds is not used (replaced_rounds in the JSON object).

      For a sweep every run is planned. The table has a row for each setting, with all its seeds. The
      JSON object is {"name": …, "points": […]}, and each point has the keys of a single plan beside its
      number, label and run.
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Flag(help: "Do not try how fast this machine is: no time, memory and disk space.")
  var noTiming = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (config, overrides) = (experiment.config, experiment.overrides)
    if try Sweep.isSweep(path: config, overrides: overrides) { return try planSweep() }
    let watch = SweepDisplay.watch(isQuiet: false)
    watch(SweepPreparation(task: .privacy, done: 0, of: 1))
    let prepared = try ExperimentCheck.prepare(
      ConfigurationLoader.load(path: config, overrides: overrides))
    var plan = try prepared.plan()
    plan.estimate = try estimates(of: ["": prepared], in: [""], watch)[""]
    StatusLine.end()
    if output.json {
      try printJSON(plan)
      return
    }
    printResult(TextTable.render(Self.rows(of: plan)))
    if let estimate = plan.estimate { printParagraph(Self.basis(of: estimate)) }
    let lines = plan.claim?.lines(
      plan.launchSpending == nil ? plan.spending?.meaning() : nil,
      launch: plan.launchSpending?.meaning())
    for line in lines ?? [] { printParagraph(line) }
    if let note = plan.note { printParagraph(note) }
    if plan.virtualSeconds != nil, plan.configuration.availability.model != nil {
      printParagraph(
        "Virtual time is that of phones which are always available; waiting for others comes on top."
      )
    }
  }

  private static func rows(of plan: ExperimentPlan) -> [[String]] {
    var rows = [
      ["\(plan.name)", ""], ["rounds", "\(plan.rounds)"],
      ["clients per round", "\(plan.cohortSize)"],
      ["model parameters", "\(plan.modelParameters)"],
    ]
    if let launch = plan.claim?.launch {
      rows += [
        ["clients per round at the launch", "\(launch.cohortSize) of \(launch.clients)"],
        ["noise multiplier of the launch", ShownBound.setting(launch.noiseMultiplier)],
        ["epsilon of the launch", ShownBound.epsilon(launch.epsilon)],
        ["delta of the launch", ShownBound.delta(launch.delta)],
        ["noise multiplier of this run", ShownBound.setting(plan.noiseMultiplier)],
      ]
    } else {
      rows += [
        ["noise multiplier", ShownBound.setting(plan.noiseMultiplier)],
        ["epsilon", plan.epsilon.map(ShownBound.epsilon) ?? "none can be claimed"],
        ["delta", ShownBound.delta(plan.delta)],
      ]
    }
    rows += [
      ["sent to clients", shownBytes(plan.bytesToClients)],
      ["received from clients", shownBytes(plan.bytesFromClients)],
    ]
    if let session = plan.secureAggregation {
      rows += [
        ["secure aggregation", "\(session.protocol), \(words(for: session.adversary))"],
        ["neighbours of a client", "\(session.neighbours)"],
        ["reconstruction threshold", "\(session.threshold)"],
        ["masks a client expands", "\(session.masksPerClient)"],
        ["masks the server expands", "\(plan.masks)"],
      ]
    }
    if let seconds = plan.virtualSeconds {
      rows.append(["virtual time", "about \(shownDuration(seconds))"])
    }
    if let estimate = plan.estimate {
      rows += [
        ["time", "about \(shownDuration(estimate.seconds))"],
        ["memory", "about \(shownBytes(estimate.memoryBytes))"],
        ["disk space", "about \(shownBytes(estimate.diskBytes))"],
      ]
    }
    return rows
  }

  private static func words(for adversary: String) -> String {
    adversary == "curious" ? "honest-but-curious server" : "\(adversary) server"
  }

  /// How sure the time is.
  private static func basis(of estimate: PlanEstimate) -> String {
    "Time and memory come from a short trial on this machine (\(counted(estimate.timedClients, "client")), "
      + "\(counted(estimate.workers, "worker"))); half or twice as much is possible, and more with other work "
      + "beside it."
  }

  /// By run folder; empty where nothing is to be tried.
  private func estimates(
    of experiments: [String: PreparedExperiment], in order: [String],
    _ watch: SweepPreparation.Watch
  ) throws -> [String: PlanEstimate] {
    // The days of a lifecycle take longer than its trainings.
    guard !noTiming, !experiments.values.contains(where: \.isLifecycle) else { return [:] }
    return try PlanEstimates.estimates(
      of: experiments, in: order, workers: availableCores(), launch: WorkerLaunch()
    ) { done, of in watch(SweepPreparation(task: .timing, done: done, of: of)) }
  }

  private func planSweep() throws {
    let watch = SweepDisplay.watch(isQuiet: false)
    let sweep = try Sweep.load(
      path: experiment.config, overrides: experiment.overrides, watch: watch)
    let prepared = try sweep.prepared(watch: watch)
    var plans = try sweep.plans(of: prepared, watch: watch)
    let estimates = try estimates(of: prepared, in: sweep.runs.map(\.run), watch)
    for index in plans.indices { plans[index].plan.estimate = estimates[plans[index].point.run] }
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
    let isLaunch = plans.contains { $0.plan.claim?.launch != nil }
    // What the sweep varies itself has its column already.
    let costs = Self.costs(isLaunch: isLaunch).filter { !settings.contains($0.keyPath) }
    printResult(
      TextTable.render(
        [settings + (hasSeeds ? ["seeds"] : []) + costs.map(\.heading)]
          + groups.map { group in
            group.values.map { $0 == "null" ? "–" : $0 } + (hasSeeds ? ["\(group.points)"] : [])
              + costs.map { $0.cell(group.plan) }
          }, keys: settings.count))
    printParagraph(
      "\(counted(plans.count, "point")), \(counted(sweep.runs.count, "run"))"
        + (hasSeeds ? "; a row is one setting with all its seeds" : ""))
    guard let first = estimates.values.first, estimates.count == sweep.runs.count else { return }
    let seconds = estimates.values.reduce(0) { $0 + $1.seconds }
    let disk = estimates.values.reduce(0) { $0 + $1.diskBytes }
    printParagraph(
      "All runs: about \(shownDuration(seconds)), \(shownBytes(disk)) of disk space, and "
        + "\(shownBytes(estimates.values.map(\.memoryBytes).max() ?? 0)) of memory per run.")
    printParagraph(Self.basis(of: first))
  }

  /// One column of the table of a sweep.
  private struct Cost {
    /// The key that says the same where a sweep varies it; empty where there is none.
    var keyPath = ""
    var heading: String
    var cell: (ExperimentPlan) -> String
  }

  private static func costs(isLaunch: Bool) -> [Cost] {
    let privacy =
      isLaunch
      ? [
        Cost(heading: "launch noise multiplier") {
          $0.claim?.launch.map { ShownBound.setting($0.noiseMultiplier) } ?? "–"
        },
        Cost(heading: "launch epsilon") {
          $0.claim?.launch.map { ShownBound.epsilon($0.epsilon) } ?? "–"
        },
        Cost(heading: "launch delta") {
          $0.claim?.launch.map { ShownBound.delta($0.delta) } ?? "–"
        },
      ]
      : [
        Cost(keyPath: "privacy.noise_multiplier", heading: "noise multiplier") {
          String(format: "%.4g", $0.noiseMultiplier)
        },
        Cost(keyPath: "privacy.target_epsilon", heading: "epsilon") {
          $0.epsilon.map(ShownBound.epsilon) ?? "–"
        },
      ]
    return [
      Cost(keyPath: "training.rounds", heading: "rounds") { "\($0.rounds)" },
      Cost(keyPath: "training.cohort_size", heading: "cohort") { "\($0.cohortSize)" },
    ] + privacy + [
      Cost(heading: "MB down") { megabytes($0.bytesToClients) },
      Cost(heading: "MB up") { megabytes($0.bytesFromClients) },
      Cost(heading: "time") { $0.estimate.map { shownDuration($0.seconds) } ?? "–" },
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
