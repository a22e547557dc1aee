import Foundation
import Privacy
import Testing

@Suite struct PrivacyLedgerTests {
  private let round = PrivacyEvent(.poissonGaussian(samplingRate: 0.02, noiseMultiplier: 1.1))

  @Test func everyRoundCostsMore() throws {
    var ledger = PrivacyLedger(adjacency: .addOrRemove)
    var last = 0.0
    for _ in 0..<200 {
      ledger.append(round)
      let epsilon = try ledger.guarantee(delta: 1e-6).epsilon
      #expect(epsilon > last)
      last = epsilon
    }
    #expect(ledger.events == [PrivacyEvent(round.release, count: 200)])
  }

  /// What was asked before must not show in an answer: resumed runs repeat their bytes.
  @Test func aResumedLedgerGivesTheSameBits() throws {
    var ledger = PrivacyLedger(adjacency: .addOrRemove)
    for _ in 0..<30 {
      ledger.append(round)
      _ = try ledger.guarantee(delta: 1e-6)
    }
    let stored = try JSONEncoder().encode(ledger)
    var resumed = try JSONDecoder().decode(PrivacyLedger.self, from: stored)
    for _ in 0..<30 {
      ledger.append(round)
      resumed.append(round)
      #expect(try ledger.guarantee(delta: 1e-6) == resumed.guarantee(delta: 1e-6))
    }
  }

  @Test func askingAheadSpendsNothing() throws {
    var ledger = PrivacyLedger(adjacency: .addOrRemove)
    ledger.append(round)
    let before = try ledger.guarantee(delta: 1e-6)
    let ahead = try ledger.guarantee(adding: round, delta: 1e-6)
    #expect(try ledger.guarantee(delta: 1e-6) == before)
    ledger.append(round)
    #expect(try ledger.guarantee(delta: 1e-6) == ahead)
  }

  /// Releases per round of correlated noise add up to the Gaussian of the whole run.
  @Test func correlatedNoiseIsOneGaussian() throws {
    let strategy = NoiseStrategy.squareRoot(bands: 10)
    let participation = Participation(minimumSeparation: 12, maximumParticipations: 3)
    var ledger = PrivacyLedger(adjacency: .zeroOut)
    for release in strategy.releases(
      rounds: 40, noiseMultiplier: 5, participation: participation)
    {
      ledger.append(PrivacyEvent(release))
    }
    let sensitivity = strategy.sensitivity(rounds: 40, participation: participation)
    var whole = PrivacyAccountant(adjacency: .zeroOut, accountant: .analytic)
    let expected = try whole.guarantee(
      of: [PrivacyEvent(.gaussian(noiseMultiplier: 5 / sensitivity))], delta: 1e-6)
    #expect(ledger.events.count == 1)
    let guarantee = try ledger.guarantee(delta: 1e-6)
    #expect(guarantee.accountant == .analytic)
    #expect(abs(guarantee.epsilon - expected.epsilon) < 1e-9)
  }
}
