import Foundation
import Privacy
import Testing

/// Every row of the reference tables, to the tolerance its accountant allows.
@Suite struct ReferenceTableTests {
  private static let reference = read("dp_reference.csv")
  private static let random = read("dp_random.csv") + read("dp_broad.csv")

  /// Integrals over characteristic functions, which need no grid.
  private static let exact = read("dp_exact.csv")

  private static func read(_ file: String) -> [ReferenceRow] {
    (try? ReferenceRow.read(file)) ?? []
  }

  private static func rows(_ accountants: String...) -> [ReferenceRow] {
    (reference + random).filter { accountants.contains($0.accountant) }
  }

  @Test func theTablesAreComplete() {
    #expect(Self.reference.count == 365)
    #expect(Self.random.count == 80 + 207)
    #expect(Self.exact.count == 112)
    let tested = Self.rows(
      "RDP", "EXACT", "PLD", "PLD_h1e-3", "PRV_0.2.0_estimate", "RDP_FORMULA", "CALIBRATE_RDP",
      "CALIBRATE_PLD", "CALIBRATE_EXACT", "ZCDP_SIMPLE", "GDP_EXACT_IF_GAUSSIAN")
    #expect(tested.count == Self.reference.count + Self.random.count)
    // A test with arguments passes when it has none.
    #expect(Self.rows("RDP").count == 261)
    #expect(Self.rows("EXACT").count == 48)
  }

  @Test(arguments: rows("RDP"))
  func renyi(_ row: ReferenceRow) throws {
    let epsilon = try #require(try row.epsilon(by: .rdp))
    #expect(abs(epsilon - row.epsilon) <= 1e-6 * row.epsilon)
  }

  @Test(arguments: rows("EXACT"))
  func analytic(_ row: ReferenceRow) throws {
    let epsilon = try #require(try row.epsilon(by: .analytic))
    #expect(abs(epsilon - row.epsilon) <= 1e-9 * row.epsilon)
  }

  @Test(arguments: rows("PLD", "PLD_h1e-3"))
  func lossDistributions(_ row: ReferenceRow) throws {
    let epsilon = try #require(try row.epsilon(by: .pld))
    // Below 1e-3 the grids of both show.
    #expect(epsilon <= row.epsilon + max(1e-3 * row.epsilon, 1e-6))
    // The reference's grid rounds up: by far more than 1e-4 where clients hardly ever take part.
    let least =
      Self.exact.first { $0.isSameQuestion(as: row) }.map {
        $0.epsilon - max(1e-9 * $0.epsilon, $0.accountant == "COMPOSED" ? 1e-12 : 1e-5)
      } ?? row.epsilon - 1e-4
    #expect(epsilon >= least)
  }

  /// PRV's middle value is no bound: its own error is below 0.01.
  @Test(arguments: rows("PRV_0.2.0_estimate"))
  func otherNumericalAccountant(_ row: ReferenceRow) throws {
    let epsilon = try #require(try row.epsilon(by: .pld))
    #expect(abs(epsilon - row.epsilon) <= 1e-3 * row.epsilon + 1e-4)
  }

  @Test(arguments: rows("GDP_EXACT_IF_GAUSSIAN"))
  func gaussianOfTheSameRho(_ row: ReferenceRow) throws {
    let noise = 1 / (2 * row.sigma).squareRoot()
    var accounting = PrivacyAccountant(adjacency: .addOrRemove, accountant: .analytic)
    let exact = try accounting.guarantee(
      of: [PrivacyEvent(.gaussian(noiseMultiplier: noise))], delta: row.delta
    ).epsilon
    #expect(abs(exact - row.epsilon) <= 1e-9 * row.epsilon)
    let bound = try #require(try row.epsilon(by: .zcdp))
    #expect(bound > exact)
  }

  /// ρ + 2√(ρ ln 1/δ) is what the tighter conversion has to beat.
  @Test(arguments: rows("ZCDP_SIMPLE"))
  func textbookConversion(_ row: ReferenceRow) throws {
    let simple = row.sigma + 2 * (row.sigma * log(1 / row.delta)).squareRoot()
    #expect(abs(simple - row.epsilon) <= 1e-9 * row.epsilon)
    let tight = try #require(try row.epsilon(by: .zcdp))
    let onGrid = try #require(try row.epsilon(by: .rdp))
    #expect(tight <= onGrid * (1 + 1e-12))
    #expect(onGrid < simple)
  }

  @Test(arguments: rows("RDP_FORMULA"))
  func distributedNoise(_ row: ReferenceRow) throws {
    // The name reads mechanism_c1_n<clients>_gamma<grid>_dim<dimension>_beta<rounding bias>.
    let words = row.mechanism.split(separator: "_")
    func number(_ index: Int) throws -> Double {
      try #require(Double(words[index].drop { $0.isLetter }))
    }
    let clip = try number(1)
    let grid = try number(3)
    let dimension = Int(try number(4))
    let noise = DistributedNoise(
      clients: Int(try number(2)), localStandardDeviation: row.sigma / grid,
      sensitivity: ConditionalRounding.norm(
        clippingBound: clip, grid: grid, dimension: dimension, bias: exp(-0.5)) / grid,
      dimension: dimension)
    let release: PrivacyRelease =
      words[0] == "skellam" ? .distributedSkellam(noise) : .distributedDiscreteGaussian(noise)
    var accounting = PrivacyAccountant(adjacency: .zeroOut)
    let events = [PrivacyEvent(release, count: row.steps)]
    if words[0] == "skellam", row.epsilon > 40 {
      // What the sampler's table leaves out counts e^ε times: more than δ here.
      #expect(throws: PrivacyError.self) {
        try accounting.guarantee(of: events, delta: row.delta)
      }
      return
    }
    let guarantee = try accounting.guarantee(of: events, delta: row.delta)
    #expect(guarantee.accountant == .rdp)
    #expect(abs(guarantee.epsilon - row.epsilon) <= 1e-6 * row.epsilon)
  }

  @Test(arguments: rows("CALIBRATE_RDP", "CALIBRATE_PLD", "CALIBRATE_EXACT"))
  func calibration(_ row: ReferenceRow) throws {
    let accountant: Accountant =
      switch row.accountant {
      case "CALIBRATE_RDP": .rdp
      case "CALIBRATE_PLD": .pld
      default: .analytic
      }
    let noise = try Calibration(
      epsilon: row.epsilon, delta: row.delta, adjacency: .addOrRemove, accountant: accountant
    ).noiseMultiplier { row.event(sigma: $0).map { [$0] } ?? [] }
    // The table's PLD used a ten times coarser grid, whose bound asks for a little more noise: the
    // more, the more steps there are, each of which costs several times the interval squared.
    let coarse = accountant == .pld ? 2e-3 + 4e-6 * Double(row.steps) / row.epsilon : 1e-4
    #expect(noise <= row.sigma * (1 + (accountant == .pld ? 2e-3 : 1e-4)))
    #expect(noise >= row.sigma * (1 - coarse))
    let epsilon = try #require(try row.epsilon(by: accountant, sigma: noise))
    #expect(epsilon <= row.epsilon)
    #expect(epsilon >= row.epsilon - 1e-3)
  }
}
