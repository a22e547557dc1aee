import Foundation
import Privacy
import Testing

struct EpsilonMeaningTests {
  /// Rows of Vectors/epsilon_meaning.csv, by what they say.
  private static func cases() throws -> [(ledger: PrivacyLedger, delta: Double, [String: Double])] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: folder.appending(path: "Vectors/epsilon_meaning.csv"), encoding: .utf8)
    let rows = text.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").map(String.init)
    }
    let groups = Dictionary(grouping: rows) { $0[1...4].joined(separator: ",") }
    return groups.values.map { rows in
      let numbers = rows[0].map { Double($0) ?? .nan }
      var ledger = PrivacyLedger(adjacency: .addOrRemove)
      ledger.append(
        PrivacyEvent(
          numbers[1] < 1
            ? .poissonGaussian(samplingRate: numbers[1], noiseMultiplier: numbers[2])
            : .gaussian(noiseMultiplier: numbers[2]), count: Int(numbers[3])))
      let values = rows.map { ($0[0], Double($0[5]) ?? .nan) }
      return (ledger, numbers[4], Dictionary(uniqueKeysWithValues: values))
    }
  }

  /// dp_accounting says what is true; what is told is never below it, and near it.
  @Test func theMeaningAgreesWithAnotherTool() throws {
    let cases = try Self.cases()
    #expect(cases.count == 6)
    for (ledger, delta, truth) in cases {
      var own = ledger
      let guarantee = try own.guarantee(delta: delta)
      let meaning = EpsilonMeaning(guarantee, of: ledger)
      func value(_ name: String) throws -> Double { try #require(truth[name]) }
      let epsilon = try value("epsilon")
      #expect(abs(meaning.epsilon - epsilon) < 1e-4 * epsilon)
      #expect(abs(meaning.factor / (try value("factor")) - 1) < 1e-3)
      #expect(abs(meaning.posterior - (try value("posterior"))) < 1e-5)
      let guesses = try value("guesses")
      #expect(
        meaning.largestShareOfRightGuesses > guesses - 1e-5
          && meaning.largestShareOfRightGuesses < guesses + 0.02, "\(epsilon)")
      let positives = try value("positives")
      #expect(
        meaning.largestTruePositiveRate > positives * (1 - 1e-4)
          && meaning.largestTruePositiveRate < positives * 1.25, "\(epsilon)")
      // Of one pair the bound is much weaker.
      let pair = EpsilonMeaning(epsilon: epsilon, delta: delta, adjacency: .addOrRemove)
      #expect(abs(pair.largestShareOfRightGuesses - (try value("pair"))) < 1e-9)
      #expect(pair.twoClients == nil && pair.probabilityOfMore == nil)
      // Two phones of one person pay more than twice.
      let two = try #require(meaning.twoClients)
      #expect(two.epsilon > 1.9 * epsilon && two.delta == delta)
      let rest = try #require(meaning.probabilityOfMore)
      #expect(rest > delta && rest <= 1)
    }
  }

  /// e⁴ = 54.598 and e⁴ ÷ (1 + e⁴) = 0.98201, by any calculator.
  @Test func theSentencesSayWhatTheNumbersAre() {
    let meaning = EpsilonMeaning(epsilon: 4, delta: 1e-7, adjacency: .addOrRemove)
    let text = meaning.sentences.joined(separator: "\n")
    #expect(meaning.claim == "ε = 4.00 at δ = 1e-7")
    for words in [
      "Adding or removing one client", "at most a factor e^ε = 54.6", "δ = 1e-7",
      "50 % sure that a person took part can become at most 98.3 % sure", "tier 2",
      "entire history", "two phones is two clients",
    ] {
      #expect(text.contains(words), "\(words): \(text)")
    }
    #expect(meaning.warnings().isEmpty)
    let replaced = EpsilonMeaning(epsilon: 4, delta: 1e-7, adjacency: .replaceOne)
    #expect(replaced.promise.hasPrefix("Replacing one client's data"))
    #expect(replaced.belief.contains("which of two histories"))
    let zeroed = EpsilonMeaning(epsilon: 4, delta: 1e-7, adjacency: .zeroOut)
    #expect(zeroed.promise.hasPrefix("One client that sends zeros"))
  }

  @Test func whatPromisesNothingIsWarnedOf() {
    func warnings(_ epsilon: Double, _ delta: Double, _ clients: Int? = nil) -> String {
      EpsilonMeaning(epsilon: epsilon, delta: delta, adjacency: .addOrRemove)
        .warnings(clients: clients).joined(separator: "\n")
    }
    #expect(warnings(10, 1e-6).isEmpty)
    #expect(warnings(10.01, 1e-6).contains("ε = 10.1 is above 10"))
    #expect(warnings(51_502.17, 1e-6).contains("ε = 51503 promises nothing"))
    #expect(warnings(.infinity, 1e-6).contains("ε = ∞ promises nothing"))
    #expect(warnings(1, 1e-3, 999).isEmpty)
    #expect(warnings(1, 1e-3, 1_000).contains("δ = 0.001 is not below 1 / 1000 clients"))
    #expect(warnings(1, 0.02, 1_000).contains("the data of 20 of them"))
    let certain = EpsilonMeaning(epsilon: 51_502, delta: 1e-6, adjacency: .addOrRemove)
    #expect(certain.belief.contains("practically certain"))
    #expect(certain.promise.contains("e^51502"))
  }

  @Test(arguments: [
    (0.0, EpsilonBand.strong), (1, .strong), (1.000_001, .reasonable), (10, .reasonable),
    (10.5, .weak), (Double.infinity, .weak),
  ])
  func bandsAreThoseOfTheirSource(epsilon: Double, band: EpsilonBand) {
    #expect(EpsilonBand(epsilon: epsilon) == band)
  }

  /// A bound may not look smaller than it is.
  @Test func numbersAreRoundedUp() {
    let epsilons: [(Double, String)] = [
      (3.999_975_7, "4.00"), (4, "4.00"), (4.000_1, "4.01"), (2.124_522_5, "2.13"),
      (0.021_81, "0.0219"), (0.5, "0.500"), (12.34, "12.4"), (9.999, "10.0"), (391.6, "392"),
      (51_502.17, "51503"), (0, "0"), (.infinity, "∞"),
    ]
    for (value, text) in epsilons { #expect(ShownBound.epsilon(value) == text) }
    let deltas: [(Double, String)] = [
      (1e-5, "1e-5"), (1e-7, "1e-7"), (2.5e-7, "2.5e-7"), (1.2345e-6, "1.24e-6"), (0.01, "0.01"),
      (9.999e-6, "1e-5"), (3.333e-4, "3.34e-4"), (0, "0"),
    ]
    for (value, text) in deltas { #expect(ShownBound.delta(value) == text) }
    let shares: [(Double, String)] = [
      (0.982_013_8, "98.3 %"), (0.5, "50 %"), (0.999_664_6, "99.967 %"), (1, "100 %"),
      (0.01, "1 %"), (0.043_68, "4.37 %"),
    ]
    for (value, text) in shares { #expect(ShownBound.percent(value) == text) }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let value = pow(10, Double.random(in: -5...6, using: &generator))
      let shown = Double(ShownBound.epsilon(value)) ?? 0
      #expect(shown >= value * (1 - 1e-8) && shown < value * 1.02, "\(value)")
      let delta = pow(10, Double.random(in: -12 ... -0.1, using: &generator))
      let told = Double(ShownBound.delta(delta)) ?? 0
      #expect(told >= delta * (1 - 1e-8) && told < delta * 1.02, "\(delta)")
    }
  }

  /// C of two bands 1, ½: C⁻¹ has coefficients 1, −½, ¼ …, so that rounds have noise of 1, √1.25, √1.3125.
  @Test func everyRoundOfCorrelatedNoiseHasItsOwnSize() {
    let errors = NoiseStrategy.banded([1, 0.5]).roundErrors(rounds: 3)
    #expect(errors?.count == 3)
    for (found, square) in zip(errors ?? [], [1, 1.25, 1.3125]) {
      #expect(abs(found * found - square) < 1e-12)
    }
    #expect(NoiseStrategy.tree(isCombined: true).roundErrors(rounds: 3) == nil)
  }
}
