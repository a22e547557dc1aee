import ArgumentParser
import Experiments
import Foundation
import Report

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that this machine can run experiments, repeatably.",
    discussion: """
      Example:

        fedsim doctor
      """)

  @OptionGroup var output: OutputOptions

  func run() throws {
    let findings = MachineCheck.findings(cores: availableCores()) + [Self.gnuplot]
    if output.json {
      try printJSON(Diagnosis(isHealthy: findings.allSatisfy(\.isGood), findings: findings))
    } else {
      for finding in findings {
        printParagraph(
          "\(finding.isGood ? "ok  " : "BAD ") \(finding.subject): \(finding.detail)", hang: 5)
      }
    }
    guard findings.allSatisfy(\.isGood) else { throw ExitCode(70) }
  }

  /// Runs do without gnuplot, so its absence makes no machine unfit.
  private static var gnuplot: MachineCheck.Finding {
    MachineCheck.Finding(
      subject: "gnuplot", isGood: true,
      detail: Gnuplot.find().map { "\($0.path) draws figures" }
        ?? "not installed; only `fedsim plot` and `fedsim report` need it (\(Gnuplot.advice))")
  }

  private struct Diagnosis: Encodable {
    var isHealthy: Bool
    var findings: [MachineCheck.Finding]
  }
}
