import Federation
import Privacy
import Testing

/// Pipelines broken in the ways that pipelines of others really were: each must be noticed.
struct MutationTests {
  @Test(arguments: UInt64(1)...20) func theRightPipelinePasses(seed: UInt64) throws {
    let round = AuditedRound(seed: seed)
    var clipping = AuditedRound.fixedBound
    let bound = clipping.bound
    let findings = try #require(
      try round.findings(round.release(clipping: &clipping), bound: bound))
    #expect(findings.faults == [])
    // An audit that sees nothing would pass anything.
    #expect(findings.knownCohort.high > 0.7 * findings.claim)
  }

  private func expectViolation(
    by round: AuditedRound, clipping: AdaptiveClipping = AuditedRound.fixedBound,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var clipping = clipping
    let bound = clipping.bound
    let findings = try #require(
      try round.findings(round.release(clipping: &clipping), bound: bound))
    #expect(!findings.faults.isEmpty, sourceLocation: sourceLocation)
    #expect(
      findings.knownCohort.violates(findings.claim), sourceLocation: sourceLocation)
  }

  @Test func noNoise() throws {
    try expectViolation(by: AuditedRound(deviation: { _, _, _ in 0 }))
  }

  @Test func halfTheNoise() throws {
    try expectViolation(by: AuditedRound(deviation: { noise, bound, _ in noise / 2 * bound }))
  }

  /// Each client adds its share of the noise, and then the update is clipped: so is the noise.
  @Test func noiseBeforeTheClip() throws {
    let share = 1 / Double(AuditedRound.clients).squareRoot()
    try expectViolation(
      by: AuditedRound(
        prepare: { update, bound, stream in
          for index in update.indices { update[index] += Float(share * bound * stream.normal()) }
        }, deviation: { _, _, _ in 0 }))
  }

  /// The noise of a mean, added to the sum.
  @Test func noiseDividedTwice() throws {
    try expectViolation(
      by: AuditedRound(deviation: { noise, bound, _ in
        noise * bound / Double(AuditedRound.clients)
      }))
  }

  /// Four layers, each as long as the whole may be.
  @Test func aClipPerLayer() throws {
    try expectViolation(
      by: AuditedRound(clip: { update, bound in
        let layer = update.count / 4
        return stride(from: 0, to: update.count, by: layer).map { start in
          Clipping.clip(
            UnsafeMutableBufferPointer(rebasing: update[start..<(start + layer)]), to: bound
          ).isClipped
        }.contains(true)
      }))
  }

  /// Noise for a mean over clients, on a mean weighted by their examples.
  @Test func weightsOfExamples() throws {
    try expectViolation(by: AuditedRound(weight: { $0 }))
  }

  /// The bound falls, and the noise with it, before the sum that was clipped to the old one.
  @Test func noiseOfTheNextBound() throws {
    let clipping = AdaptiveClipping(
      initialBound: 0.5, learningRate: 2, expectedCohort: Double(AuditedRound.clients))
    try expectViolation(
      by: AuditedRound(deviation: { noise, _, next in noise * next }), clipping: clipping)
    var same = clipping
    let round = AuditedRound()
    let findings = try #require(
      try round.findings(round.release(clipping: &same), bound: clipping.bound))
    #expect(findings.faults == [] && same.bound < 0.7 * clipping.bound)
  }

  /// Two rounds differ by the canaries alone when the noise is the same in both.
  @Test(arguments: [false, true]) func noiseReusedEveryRound(isReused: Bool) throws {
    var round = AuditedRound()
    if isReused {
      round.noiseStream = { seed, _ in
        NoiseStream(seed: seed, purpose: .centralNoise, round: 0)
      }
    }
    var clipping = AuditedRound.fixedBound
    let without = round.release(round: 1, hasCanaries: false, clipping: &clipping)
    let with = round.release(round: 2, clipping: &clipping)
    let difference = zip(with, without).map { $0 - $1 }
    let findings = try #require(
      try round.findings(difference, bound: AuditedRound.fixedBound.bound))
    // Of canaries that took part in one round alone no more than one round may show.
    #expect(findings.faults.isEmpty != isReused)
  }
}
