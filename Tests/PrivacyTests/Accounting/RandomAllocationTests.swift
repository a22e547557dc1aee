import Foundation
import Privacy
import Testing

/// Random allocation against Feldman and Shenfeld's package and against drawn losses
/// (`Vectors/allocated_losses.py`).
@Suite struct RandomAllocationTests {
  static func rows(_ name: String) -> [[Double]] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try? String(contentsOf: folder.appending(path: "Vectors/\(name)"), encoding: .utf8)
    return (text ?? "").split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").map { Double($0) ?? .nan }
    }
  }

  private func epsilon(
    _ release: PrivacyRelease, count: Int, delta: Double
  ) throws -> Double {
    var accounting = PrivacyAccountant(adjacency: .addOrRemove)
    return try accounting.guarantee(of: [PrivacyEvent(release, count: count)], delta: delta).epsilon
  }

  private func schedule(
    _ strategy: NoiseStrategy?, rounds: Int, block: Int
  ) throws(PrivacyError) -> ReleaseSchedule {
    try ReleaseSchedule(
      strategy,
      sampling: .randomAllocation(
        Participation(
          minimumSeparation: block, maximumParticipations: (rounds + block - 1) / block),
        isKept: strategy != nil), rounds: rounds)
  }

  @Test func theTablesAreComplete() {
    #expect(Self.rows("allocated_losses.csv").count >= 3)
    #expect(Self.rows("kept_places.csv").count == 5)
  }

  /// Within the package's bounds from below and from above, and no more than Poisson cohorts with
  /// the same expected number of participations cost.
  @Test(arguments: rows("allocated_losses.csv"))
  func blocks(_ row: [Double]) throws {
    let (bins, noise, blocks, delta) = (Int(row[0]), row[1], Int(row[2]), row[3])
    let own = try epsilon(
      .allocatedGaussian(bins: bins, noiseMultiplier: noise), count: blocks, delta: delta)
    #expect(own >= row[4] && own <= row[5])
    let poisson = try epsilon(
      .poissonGaussian(samplingRate: 1 / Double(bins), noiseMultiplier: noise),
      count: blocks * bins, delta: delta)
    #expect(own <= poisson)
  }

  /// Not below what drawn losses allow, and well below what known places cost.
  @Test(arguments: rows("kept_places.csv"))
  func keptPlaces(_ row: [Double]) throws {
    let schedule = try schedule(
      NoiseStrategy.squareRoot(bands: Int(row[2])).normalized, rounds: Int(row[0]),
      block: Int(row[1]))
    #expect(schedule.adjacency == .addOrRemove && schedule.hidesCohorts)
    var accounting = PrivacyAccountant(adjacency: schedule.adjacency)
    let own = try accounting.guarantee(
      of: schedule.events(rounds: Int(row[0]), noiseMultiplier: row[3]), delta: row[4]
    ).epsilon
    #expect(own >= row[5])
    #expect(own < 0.8 * row[6])
  }

  /// Bands no wider than the strides leave nothing in common: an allocation of one in b/bands rounds
  /// with the noise of all participations together.
  @Test func narrowBandsAreAllocatedWhole() throws {
    let schedule = try schedule(
      NoiseStrategy.squareRoot(bands: 10).normalized, rounds: 2000, block: 100)
    guard
      case .allocatedGaussian(let bins, let noise, let common) = schedule.events(
        rounds: 2000, noiseMultiplier: 8)[0].release
    else {
      Issue.record("another release")
      return
    }
    #expect(bins == 10 && common == nil)
    #expect(abs(noise - 8 / 20.0.squareRoot()) < 1e-9)
  }

  @Test func aBlockIsPaidWhenItBegins() throws {
    let schedule = try schedule(nil, rounds: 25, block: 10)
    let counts = (1...25).map { schedule.event(round: $0, noiseMultiplier: 1).count }
    #expect(counts.enumerated().filter { $0.element == 1 }.map(\.offset) == [0, 10, 20])
    #expect(schedule.events(rounds: 25, noiseMultiplier: 1)[0].count == 3)
  }

  /// One round is one round, and a place that shows is as good as known.
  @Test func limits() throws {
    let gaussian = try epsilon(.gaussian(noiseMultiplier: 0.03), count: 1, delta: 1e-6)
    for bins in [1, 50] {
      #expect(
        try epsilon(
          .allocatedGaussian(bins: bins, noiseMultiplier: 0.03), count: 1, delta: 1e-6) == gaussian)
    }
    #expect(throws: PrivacyError.self) {
      try schedule(.tree(isCombined: true), rounds: 20, block: 10)
    }
    var replacing = PrivacyAccountant(adjacency: .replaceOne)
    #expect(throws: PrivacyError.self) {
      try replacing.guarantee(
        of: [PrivacyEvent(.allocatedGaussian(bins: 4, noiseMultiplier: 1))], delta: 1e-6)
    }
  }
}
