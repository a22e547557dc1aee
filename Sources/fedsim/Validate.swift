import ArgumentParser
import Experiments
import Federation
import Lifecycle

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check an experiment file and show it with every default filled in.",
    discussion: """
      Example:

        fedsim validate experiments/quickstart.yaml

      All mistakes in the file are listed, each with its line. For a sweep every point is checked and
      listed.

      Keys at the top level that begin with x- are ignored: they can hold YAML anchors (&name) that other
      keys refer to (*name).
      """)

  @OptionGroup var experiment: ExperimentOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    if try Sweep.isSweep(path: experiment.config, overrides: experiment.overrides) {
      return try validateSweep()
    }
    let plan = try ExperimentCheck.plan(
      path: experiment.config, overrides: experiment.overrides)
    if plan.configuration.lifecycle != LifecycleConfiguration() {
      _ = try PreparedLifecycle(plan.configuration)
    }
    if output.json {
      try printJSON(plan.configuration)
    } else {
      printResult(try ConfigurationTree.text(of: plan.configuration), terminator: "")
      printMessage("\(ExperimentFile.name(of: experiment.config)) is valid.")
    }
    if let note = plan.note { printMessage(note) }
  }

  private func validateSweep() throws {
    let watch = SweepDisplay.watch(isQuiet: false)
    let sweep = try Sweep.load(
      path: experiment.config, overrides: experiment.overrides, watch: watch)
    _ = try sweep.prepared(watch: watch)
    StatusLine.end()
    if output.json {
      try printJSON(
        PointList(
          points: sweep.points.map { .init(label: $0.label, configuration: $0.configuration) }))
    } else {
      for point in sweep.points { printResult("\(point.number): \(point.label)") }
      printMessage(
        "\(ExperimentFile.name(of: experiment.config)) is valid: a sweep of \(counted(sweep.points.count, "point")), \(counted(sweep.runs.count, "run"))."
      )
    }
  }

  private struct PointList: Encodable {
    struct Point: Encodable {
      var label: String
      var configuration: Configuration
    }

    var points: [Point]
  }
}
