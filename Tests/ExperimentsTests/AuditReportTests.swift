import Experiments
import Privacy
import Testing

/// What `fedsim audit` says of findings.
struct AuditReportTests {
  static let findings = CanaryFindings(
    canaries: 60, knownCohort: CanaryEstimate(shift: 1, standardError: 0.1, delta: 1e-5),
    knownCohortClaim: 8, hiddenCohort: nil, claim: 8, lowerBound: 1, gaussianLowerBound: 2,
    amplitude: 0.9, amplitudeError: 0.1, noise: 1.1, noiseError: 0.01)

  static func report(
    epsilon: Double? = 8, _ change: (inout CanaryFindings) -> Void = { _ in }
  ) -> AuditReport {
    var findings = findings
    change(&findings)
    return AuditReport(
      findings, epsilon: epsilon, epsilonWithoutCanaries: epsilon, delta: 1e-5, canaries: 100,
      rounds: 3, runFolder: "run")
  }

  @Test func aClaimStands() {
    let report = Self.report()
    #expect(!report.violated && report.faults == [])
    #expect(report.rows[0] == ["audit", "passed"])
    #expect(report.empiricalEpsilon == report.knownCohortEpsilon)
  }

  enum Fault: String, CaseIterable {
    case known = "who knows the cohorts sees"
    case hidden = "who does not know the cohorts sees"
    case guesses = "guesses show an epsilon of at least 8.5"
    case amplitude = "a canary is 1.5 times"
    case noise = "the noise is 0.9 times"

    func make(_ findings: inout CanaryFindings) {
      let large = CanaryEstimate(shift: 4, standardError: 0.1, delta: 1e-5)
      switch self {
      case .known: findings.knownCohort = large
      case .hidden: findings.hiddenCohort = large
      case .guesses: findings.lowerBound = 8.5
      case .amplitude: findings.amplitude = 1.5
      case .noise: findings.noise = 0.9
      }
    }
  }

  /// Each by itself is enough, and each is named.
  @Test(arguments: Fault.allCases) func aClaimFalls(fault: Fault) {
    let report = Self.report { fault.make(&$0) }
    #expect(report.violated && report.rows[0] == ["audit", "VIOLATED"])
    #expect(report.faults.count == 1 && report.faults[0].contains(fault.rawValue))
    // Where nothing is claimed, nothing is violated.
    #expect(!Self.report(epsilon: nil) { fault.make(&$0) }.violated)
  }

  /// A bit more than chance gives is not enough: one claim in twenty is that unlucky.
  @Test func chanceIsNoFault() {
    let report = Self.report {
      $0.knownCohort = CanaryEstimate(shift: 1.9, standardError: 0.12, delta: 1e-5)
      $0.amplitude = 1.3
      $0.noise = 0.97
    }
    // ε 8 is a shift of 1.67: two standard errors below.
    #expect(report.knownCohortEpsilonLow > 8 && !report.violated)
  }
}
