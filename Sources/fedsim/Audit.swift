import ArgumentParser
import Coordinator
import Experiments
import Foundation

struct Audit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run an experiment with canaries and check the claimed epsilon against them.",
    discussion: """
      Example:

        fedsim audit experiments/encoding-bits.yaml --canaries 300 --set sweep=null

      Canaries are clients with artificial updates. These pass through the real clipping, encoding,
      secure aggregation and noise. A fair coin decides whether a canary sends its vector or zeros. The
      whole run is made, with its folder. Then the audit looks for the canaries in what the server
      learns. Noise that is correlated over the rounds is whitened first.

      Empirical epsilon: how well an attacker with the knowledge that the accounting assumes can find
      the canaries. It is an estimate with a 90 % interval (Andrew et al. 2023).

      If cohorts are known: the same for an attacker who also knows who took part, compared with what
      the mechanism claims without amplification by sampling. Noise that is too small shows here first.
      Where sampling amplifies nothing (min_separation, noise of clients), the rows are the same.

      Lower bound: what guesses about the planted canaries prove with 95 % confidence. The true epsilon
      is smaller in at most one run of twenty, whatever the canaries are. One bound holds for any
      mechanism (Steinke et al. 2023), the other for Gaussian noise (Mahloujifar et al. 2025). Both
      assume known cohorts.

      Canary and noise: the weight of a canary in a release, relative to what clipping bound and cohort
      size allow, and the size of everything else, relative to the claimed noise. Real updates add to
      the latter.

      Noise and rounds are those of the experiment without canaries. In the audited run the canaries
      are clients like all others. With sampling (poisson, fixed_size, cyclic) the claim of that run is
      therefore a little smaller than the experiment's. Both are shown.

      The exit code is 0 when the claim stands, and 70 when it cannot be true: an estimate lies 3.5
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
