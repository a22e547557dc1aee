import ArgumentParser
import Coordinator
import Experiments
import Foundation

struct Audit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run an experiment with canaries and hold its privacy claim against what they show.",
    discussion: """
      Example:

        fedsim audit experiments/encoding-bits.yaml --canaries 300 --set sweep=null

      Canaries are clients with made-up updates that pass through the real clipping, encoding,
      secure aggregation and noise. How well they can be found in what the server learns is an
      estimate of epsilon, with a 90 % band. The whole run is made, with its folder.

      Noise and rounds are those of the experiment without canaries. In the audited run the canaries
      are clients like all others, so with sampling (poisson, fixed_size, cyclic) its own claim, which
      they are held against, is a little smaller than the experiment's; both are shown.

      Exits with 0 when the claim stands, and with 70 when the band lies above the claimed epsilon:
      then the noise is not what it is said to be (one true claim in twenty fails by chance; try
      another seed). An audit that passes proves nothing about attackers who know more.
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Option(
    parsing: .unconditional,
    help: "Canary clients (default: privacy.audit.canaries of the file, or 200).")
  var canaries: Int?

  @OptionGroup var options: RunOptions

  @OptionGroup var output: OutputOptions

  @OptionGroup var progress: ProgressOptions

  func validate() throws {
    if let canaries, canaries < 2 { throw ValidationError("--canaries must be at least 2.") }
  }

  func run() throws {
    let audited = try AuditedExperiment(
      path: experiment.config, overrides: experiment.overrides, canaries: canaries)
    let display = RunDisplay(isQuiet: progress.quiet, isJSON: output.json)
    let result = try ExperimentRun.start(
      audited.configuration, out: options.out, comment: try headComment(ofFile: experiment.config),
      workers: options.workers ?? availableCores(), launch: WorkerLaunch(),
      observer: display.observer)
    let report = try AuditReport(result, of: audited)
    if output.json { try printJSON(report) } else { printResult(TextTable.render(report.rows)) }
    guard report.violated else { return }
    printMessage(
      "fedsim: The canaries show more than an epsilon of \(report.epsilon ?? .infinity) allows; the "
        + "noise in \(result.folder) is not what it is said to be.")
    Foundation.exit(EX_SOFTWARE)
  }
}
