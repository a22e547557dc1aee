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
      secure aggregation and noise. A fair coin decides of each whether it sends its vector or zeros.
      The whole run is made, with its folder, and the canaries are looked for in what the server
      learns. Noise that is correlated over the rounds is made white first.

      Empirical epsilon: how well they can be found by an attacker who is granted what the accounting
      grants. An estimate with a 90 % band (Andrew et al. 2023).

      If cohorts are known: the same for an attacker who also knows who took part, against what the
      mechanism claims without the help of sampling. Noise that is too small shows here first; where
      sampling gives nothing (min_separation, noise of clients), the rows are the same.

      Lower bound: what guesses which canaries were planted prove at 95 % confidence: the true epsilon
      is smaller in at most one run of twenty, whatever the canaries are. For any mechanism (Steinke
      et al. 2023), and for Gaussian noise (Mahloujifar et al. 2025). Against known cohorts.

      Canary and noise: what a canary weighs in a release, of what clipping bound and cohort size
      allow, and how large everything else is, of the claimed noise. Real updates add to it.

      Noise and rounds are those of the experiment without canaries. In the audited run the canaries
      are clients like all others, so with sampling (poisson, fixed_size, cyclic) its own claim, which
      they are held against, is a little smaller than the experiment's; both are shown.

      Exits with 0 when the claim stands, and with 70 when it cannot be true: an estimate lies 3.5
      standard errors above what is allowed (one true claim in 4 000 does by chance), the lower bound
      lies above it, a canary weighs more than it may, or the noise is smaller than claimed. An audit
      that passes proves nothing about attackers who know more.
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
      extends: try ConfigurationLoader.extendedFiles(path: experiment.config),
      workers: options.workers ?? availableCores(), launch: WorkerLaunch(),
      observer: display.observer)
    let report = try AuditReport(result, of: audited)
    if output.json { try printJSON(report) } else { printResult(TextTable.render(report.rows)) }
    guard report.violated else { return }
    printMessage(
      "fedsim: The canaries show more than an epsilon of \(report.epsilon ?? .infinity) allows in "
        + "\(result.folder): \(report.faults.joined(separator: "; ")).")
    Foundation.exit(EX_SOFTWARE)
  }
}
