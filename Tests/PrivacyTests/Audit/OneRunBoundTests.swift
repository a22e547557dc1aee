import Foundation
import LinearAlgebra
import Privacy
import Testing

@Suite struct OneRunBoundTests {
  /// One line of one_run_bounds.csv.
  struct Row: CustomTestStringConvertible {
    let fields: [Double]
    var testDescription: String { "m=\(fields[0]) r=\(fields[1]) v=\(fields[2]) δ=\(fields[3])" }
    var bound: OneRunBound {
      OneRunBound(canaries: Int(fields[0]), guesses: Int(fields[1]), correct: Int(fields[2]))
    }

    static let all: [Row] = {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
      let text = try? String(
        contentsOf: folder.appending(path: "Vectors/one_run_bounds.csv"), encoding: .utf8)
      return (text ?? "").split(separator: "\n").dropFirst().map { line in
        Row(fields: line.split(separator: ",").compactMap { Double($0) })
      }
    }()
  }

  @Test func theTableIsThere() {
    #expect(Row.all.count == 21 && Row.all.allSatisfy { $0.fields.count == 6 })
  }

  @Test(arguments: Row.all) func boundsAreThoseOfTheScript(row: Row) {
    let delta = row.fields[3]
    #expect(abs(row.bound.epsilon(delta: delta) - row.fields[4]) < 1e-5)
    #expect(abs(row.bound.gaussianEpsilon(delta: delta) - row.fields[5]) < 1e-5)
  }

  /// `privacy.md`, B4, at δ = 1e-5: computed with another library.
  @Test(arguments: [
    (1_000, 100, 100, 3.4654), (1_000, 100, 95, 2.1652), (1_000, 100, 75, 0.6995),
    (10_000, 1_000, 1_000, 5.529),
  ])
  func publishedBounds(_ canaries: Int, _ guesses: Int, _ correct: Int, _ expected: Double) {
    let bound = OneRunBound(canaries: canaries, guesses: guesses, correct: correct)
    #expect(abs(bound.epsilon(delta: 1e-5) - expected) < 6e-4)
  }

  @Test func withoutGuessesNothingIsProved() {
    for bound in [
      OneRunBound(canaries: 0, guesses: 0, correct: 0),
      OneRunBound(canaries: 5, guesses: 2, correct: 0),
      OneRunBound(canaries: 100, guesses: 25, correct: 12),
    ] {
      #expect(bound.epsilon(delta: 1e-5) == 0 && bound.gaussianEpsilon(delta: 1e-5) == 0)
    }
  }

  /// Scores of a Gaussian mechanism of ε 4: the bounds lie below it, in all but one run of twenty.
  @Test func boundsOfTrueMechanismsAreBelow() {
    let shift = 0.8944  // Of ε = 4 at δ = 1e-5: Vectors/canary_bands.py.
    let epsilon = AnalyticGaussian.epsilon(delta: 1e-5, noiseMultiplier: 1 / shift)
    var stream = RandomStream(key: (7, 7), counter: (0, 0, 0))
    var above = 0
    let runs = 100
    for _ in 0..<runs {
      let likelihoods = (0..<200).map { _ in
        let isPlanted = stream.chance(0.5)
        let score = stream.normal() + (isPlanted ? shift : 0)
        return (score - shift / 2, isPlanted)
      }
      let surest = likelihoods.sorted { abs($0.0) > abs($1.0) }.prefix(50)
      let bound = OneRunBound(
        canaries: 200, guesses: 50, correct: surest.count { ($0.0 > 0) == $0.1 })
      #expect(bound.epsilon(delta: 1e-5) < epsilon)
      if bound.gaussianEpsilon(delta: 1e-5) > epsilon { above += 1 }
    }
    // 5 % would be 5 of 100; four standard deviations more are 14.
    #expect(above < 15)
  }
}
