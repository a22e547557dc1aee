import ArgumentParser
import Coordinator
import Experiments
import Foundation
import Lifecycle
import Privacy

struct LifecycleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lifecycle",
    abstract: "Simulate months of a deployed model: drift, retraining, canary, rollback.",
    discussion: """
      Examples:

        fedsim lifecycle experiments/lifecycle.yaml
        fedsim lifecycle experiments/lifecycle.yaml --set lifecycle.candidate.day=25 \\
          --set lifecycle.candidate.shuffled_label_rate=1

      Each day the phones predict at every unlock, with or without a connection. When their accuracy
      falls below lifecycle.monitor.threshold, federated training continues from the model in
      production. The new version goes to 1 % of the phones, then to 5 %, 25 % and all, or it is rolled
      back. lifecycle.csv has a row for each day and version; trainings/ and registry/ hold the models.
      """)

  @OptionGroup var experiment: ExperimentOptions
  @OptionGroup var options: RunOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var progress: ProgressOptions

  func run() throws {
    let configuration = try ConfigurationLoader.load(
      path: experiment.config, overrides: experiment.overrides)
    let display = LifecycleDisplay(isQuiet: progress.quiet, isJSON: output.json)
    let (folder, summary) = try LifecycleRun.start(
      configuration, out: options.out, comment: try headComment(ofFile: experiment.config),
      workers: options.workers ?? availableCores(), launch: WorkerLaunch(),
      observer: display.observer)
    try display.finish(folder, summary)
  }
}

/// Shows a lifecycle to a person: decisions as they are made, then the versions.
struct LifecycleDisplay {
  let isQuiet: Bool
  let isJSON: Bool

  var observer: LifecycleObserver {
    let (isQuiet, isJSON) = (isQuiet, isJSON)
    let isMoving = StatusLine.isPossible && !isQuiet
    if isMoving { StatusLine.show([.init("preparing the population")]) }
    return LifecycleObserver(
      begins: Interruption.listen,
      began: { folder in
        // Written at once, not when a buffer is full: scripts wait for this line.
        if !isJSON { printResult(folder) }
        if isMoving { StatusLine.show([.init("starting the workers")]) }
      },
      played: { progress in
        guard !isQuiet else { return }
        let isLast = progress.day + 1 == progress.days
        if isMoving {
          StatusLine.show(
            fraction: Double(progress.day + 1) / Double(max(1, progress.days)),
            [.init(Self.line(progress))])
          if isLast { StatusLine.leave() }
        } else if isLast || (progress.day + 1).isMultiple(of: 10) {
          printMessage(Self.line(progress))
        }
      },
      trained: { progress in
        guard isMoving else { return }
        RunStatus.show(progress, of: "training a version")
      },
      entered: { stage in
        guard isMoving, stage != .writing else { return }
        RunStatus.show(stage, of: "training a version")
      },
      noted: { note in
        guard !isQuiet else { return }
        printMessage("fedsim: \(note)")
      },
      isInterrupted: { Interruption.isRequested })
  }

  private static func line(_ progress: LifecycleProgress) -> String {
    let accuracy = progress.accuracy.map { String(format: ", top-1 %.1f %%", 100 * $0) } ?? ""
    return "day \(progress.day + 1)/\(progress.days), version \(progress.production)\(accuracy)"
  }

  func finish(_ folder: String, _ summary: LifecycleSummary) throws {
    StatusLine.end()
    if isJSON {
      printJSON(text: try summary.json())
      return
    }
    printResult(
      TextTable.render(
        [["version", "parent", "trained after day", "stage", "epsilon so far"]]
          + summary.versions.map { version in
            [
              "\(version.version)", version.parent.value.map(String.init) ?? "–",
              "\(version.trainedDay)", version.stage,
              version.epsilon.value.map { String(format: "%.3g", $0) } ?? "–",
            ]
          }))
    printResult("")
    printParagraph(
      "\(summary.days) days, \(summary.unlocks) unlocks, "
        + String(format: "%.3f %%", 100 * summary.availability) + " answered; results in \(folder)")
    if let epsilon = summary.epsilon.value, let delta = summary.delta.value,
      let rest = summary.notCovered.value
    {
      printParagraph(
        "epsilon \(ShownBound.epsilon(epsilon)) at delta \(ShownBound.delta(delta)) for one client: all trainings and the monitor's nightly "
          + "sums together. Not covered: \(rest).")
    }
  }
}
