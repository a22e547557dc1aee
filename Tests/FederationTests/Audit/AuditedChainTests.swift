import Foundation
import Privacy
import Testing

/// Mechanisms under samplers, broken in ways that systems of others really were: the audit notices,
/// and lets the right ones pass.
@Suite(.timeLimit(.minutes(10))) struct AuditedChainTests {
  static let some: [AuditedChain.Cell] = [
    AuditedChain.Cell(mechanism: .gaussian, sampling: .poisson),
    AuditedChain.Cell(mechanism: .tree, sampling: .minSeparation),
    AuditedChain.Cell(mechanism: .blt, sampling: .minSeparation),
    AuditedChain.Cell(mechanism: .banded, sampling: .cyclic),
    AuditedChain.Cell(mechanism: .skellam, sampling: .minSeparation),
    AuditedChain.Cell(mechanism: .localGaussian, sampling: .fixedSize),
  ]

  @Test(arguments: some) func halfTheNoiseIsNoticed(cell: AuditedChain.Cell) throws {
    let chain = try AuditedChain(cell)
    let right = try chain.findings(seed: 1)
    #expect(right.faults == [])
    // An audit that sees nothing would pass anything.
    #expect(right.knownCohort.high > 0.6 * right.knownCohortClaim)
    #expect(abs(right.amplitude - 1) < 4 * right.amplitudeError)
    let noise = try #require(right.noise)
    #expect(noise > 0.97 && noise < 1.3)

    let wrong = try chain.findings(seed: 1, .halfTheNoise)
    // Both by the estimate, from its own noise alone, and by the noise against what is claimed.
    #expect(wrong.knownCohort.violates(wrong.knownCohortClaim))
    #expect(try #require(wrong.noise) < 0.8)
    #expect(!wrong.faults.isEmpty)
  }

  @Test(arguments: AuditedChain.Mutation.faults)
  func everyMutationIsNoticed(mutation: AuditedChain.Mutation) throws {
    for cell in [Self.some[0], Self.some[1]] {
      #expect(try !AuditedChain(cell).findings(seed: 2, mutation).faults.isEmpty)
    }
  }

  /// All mechanisms × samplers × mutations, and 20 seeds without one; scripts/audit-matrix.sh names
  /// the file for the table and asks for it.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["FEDSIM_AUDIT_MATRIX"] != nil))
  func theWholeMatrix() async throws {
    let rows = try await withThrowingTaskGroup(of: (Int, [AuditMatrixRow]).self) { group in
      for (place, cell) in AuditedChain.Cell.all.enumerated() {
        group.addTask { (place, try AuditMatrixRow.rows(of: cell, seeds: 1...20)) }
      }
      var rows: [(Int, [AuditMatrixRow])] = []
      for try await finished in group { rows.append(finished) }
      return rows.sorted { $0.0 < $1.0 }.flatMap(\.1)
    }
    let table = ([AuditMatrixRow.header] + rows.map(\.cells)).map { $0.joined(separator: ",") }
    let path = ProcessInfo.processInfo.environment["FEDSIM_AUDIT_MATRIX"] ?? ""
    try Data((table.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
    #expect(rows.count == AuditedChain.Cell.all.count * AuditedChain.Mutation.allCases.count)
    for row in rows {
      let isRight = row.mutation == .none
      #expect(
        row.flagged == (isRight ? 0 : row.runs), "\(row.cells.joined(separator: " "))")
    }
  }
}

/// What one mutation of one mechanism under one sampler showed.
struct AuditMatrixRow: Sendable {
  let cell: AuditedChain.Cell
  let mutation: AuditedChain.Mutation
  let runs: Int
  let flagged: Int
  /// Of the first seed.
  let findings: CanaryFindings

  static func rows(
    of cell: AuditedChain.Cell, seeds: ClosedRange<UInt64>
  ) throws -> [AuditMatrixRow] {
    let chain = try AuditedChain(cell)
    return try AuditedChain.Mutation.allCases.map { mutation in
      // A mutation is wrong with any seed; the right one has to be right with all.
      let all = try (mutation == .none ? seeds : seeds.lowerBound...(seeds.lowerBound + 1)).map {
        try chain.findings(seed: $0, mutation)
      }
      return AuditMatrixRow(
        cell: cell, mutation: mutation, runs: all.count,
        flagged: all.count { !$0.faults.isEmpty }, findings: all[0])
    }
  }

  static let header = [
    "mechanism", "sampler", "pipeline", "flagged", "runs", "claim", "known_cohort_claim",
    "known_cohort_epsilon", "low", "high", "lower_bound", "gaussian_lower_bound", "amplitude",
    "noise_ratio",
  ]

  var cells: [String] {
    [cell.mechanism.rawValue, cell.sampler, mutation.rawValue, "\(flagged)", "\(runs)"]
      + [
        findings.claim, findings.knownCohortClaim, findings.knownCohort.epsilon,
        findings.knownCohort.low, findings.knownCohort.high, findings.lowerBound,
        findings.gaussianLowerBound, findings.amplitude, findings.noise ?? 0,
      ].map { String(format: "%.2f", $0) }
  }
}
