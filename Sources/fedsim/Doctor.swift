import ArgumentParser
import Experiments
import Foundation

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that this machine can run experiments, repeatably.",
    discussion: """
      Example:

        fedsim doctor
      """)

  @OptionGroup var output: OutputOptions

  func run() throws {
    let findings = MachineCheck.findings(cores: availableCores())
    if output.json {
      try printJSON(Diagnosis(isHealthy: findings.allSatisfy(\.isGood), findings: findings))
    } else {
      for finding in findings {
        printResult("\(finding.isGood ? "ok  " : "BAD ") \(finding.subject): \(finding.detail)")
      }
    }
    guard findings.allSatisfy(\.isGood) else { throw ExitCode(70) }
  }

  private struct Diagnosis: Encodable {
    var isHealthy: Bool
    var findings: [MachineCheck.Finding]
  }
}
