import Foundation
import Privacy
import Testing

@Suite struct DistributedMechanismTests {
  /// One line of distributed_noise.csv.
  struct Row: CustomTestStringConvertible {
    let noise: DistributedMechanism.Noise
    let fields: [Double]
    var testDescription: String { "\(noise) \(fields.prefix(8))" }

    static let all: [Row] = {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
      let text = try? String(
        contentsOf: folder.appending(path: "Vectors/distributed_noise.csv"), encoding: .utf8)
      return (text ?? "").split(separator: "\n").dropFirst().compactMap { line in
        let words = line.split(separator: ",").map(String.init)
        guard let noise = DistributedMechanism.Noise(rawValue: words[0]) else { return nil }
        return Row(noise: noise, fields: words.dropFirst().compactMap { Double($0) })
      }
    }()
  }

  @Test func theTableIsThere() {
    #expect(Row.all.count == 12 && Row.all.allSatisfy { $0.fields.count == 13 })
  }

  @Test(arguments: Row.all) func gridSensitivityAndEpsilonAreThoseOfTheScript(row: Row) throws {
    let fields = row.fields
    let mechanism = try DistributedRange(
      row.noise, clippingBound: fields[0], cohortSize: Int(fields[2]),
      smallestCohort: Int(fields[3]), dimension: Int(fields[5]), bits: Int(fields[6])
    ).mechanism(noiseMultiplier: fields[1])
    func expect(_ value: Double, _ expected: Double) {
      #expect(abs(value - expected) <= 1e-9 * expected)
    }
    expect(mechanism.rounding.grid, fields[9])
    expect(mechanism.localDeviation, fields[10])
    expect(mechanism.rounding.norm / mechanism.rounding.grid, fields[11])
    var accountant = PrivacyAccountant(adjacency: .zeroOut)
    let event = PrivacyEvent(
      mechanism.release(clients: Int(fields[4])), count: Int(fields[7]))
    expect(try accountant.guarantee(of: [event], delta: fields[8]).epsilon, fields[12])
  }

  @Test func tooFewBitsAreRefused() throws {
    // 2 κ √(n/4) = 40 steps of rounding alone do not fit 5 bits.
    #expect(throws: PrivacyError.self) { try Self.mechanism(cohortSize: 100, bits: 5) }
    _ = try Self.mechanism(cohortSize: 100, bits: 6)
  }

  @Test func aGridTooFineForTheSamplersIsRefused() throws {
    let fine = try Self.mechanism(cohortSize: 100, bits: 30, grid: 1e-9)
    #expect(throws: PrivacyError.self) { try fine.requireExactSampling() }
    // The rule for the grid never asks for one.
    try Self.mechanism(cohortSize: 100, bits: 30).requireExactSampling()
  }

  static func mechanism(
    _ noise: DistributedMechanism.Noise = .discreteGaussian, cohortSize: Int, bits: Int,
    grid: Double? = nil
  ) throws -> DistributedMechanism {
    try DistributedRange(
      noise, clippingBound: 1, cohortSize: cohortSize, smallestCohort: cohortSize,
      dimension: 1024, bits: bits, grid: grid
    ).mechanism(noiseMultiplier: 1)
  }

  /// Of a cohort of 16 the noise of the sum is what was asked for; the samplers draw it.
  @Test(arguments: DistributedMechanism.Noise.allCases)
  func theNoiseOfTheCohortAddsUp(noise: DistributedMechanism.Noise) throws {
    let mechanism = try Self.mechanism(noise, cohortSize: 16, bits: 16)
    let sampler = IntegerNoise(mechanism)
    var sum = [Int64](repeating: 0, count: 4096)
    for client in 0..<16 {
      var stream = NoiseStream(seed: 3, purpose: .clientNoise, round: 1, client: client)
      sum.withUnsafeMutableBufferPointer { sampler.add(to: $0, using: &stream) }
    }
    let grid = mechanism.rounding.grid
    let variance = sum.reduce(0) { $0 + Double($1) * Double($1) } * grid * grid / 4096
    // The variance of 4096 normal numbers has a standard error of √(2/4096).
    #expect(abs(variance - 1) < 5 * (2.0 / 4096).squareRoot())
  }

  @Test func sumsAreReadModuloTheRangeAndWrapsAreCounted() throws {
    let mechanism = try Self.mechanism(cohortSize: 4, bits: 8, grid: 0.5)
    var values = [Double](repeating: 0, count: 6)
    let wrapped = mechanism.decode([0, 127, 128, -128, -129, 256 + 3], into: &values)
    #expect(values == [0, 63.5, -64, -64, 63.5, 1.5])
    #expect(wrapped == 3)
  }
}
