import Foundation
import Privacy
import Testing

struct EpsilonMeaningTests {
  /// Rows of a table in Vectors, by what they say.
  private static func cases(
    _ table: String = "epsilon_meaning.csv"
  ) throws -> [(ledger: PrivacyLedger, delta: Double, [String: Double])] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: folder.appending(path: "Vectors/\(table)"), encoding: .utf8)
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

  /// Vectors/loss_tails.py: the probability of a larger loss is a number of its own, and known cohorts cost more.
  @Test func theTailOfTheLossAgreesWithAnotherTool() throws {
    let cases = try Self.cases("loss_tails.csv")
    #expect(cases.count == 7)
    for (ledger, delta, truth) in cases {
      var own = ledger
      let guarantee = try own.guarantee(delta: delta)
      let meaning = EpsilonMeaning(guarantee, of: ledger)
      let tail = try #require(truth["tail"])
      let found = try #require(meaning.probabilityOfMore)
      // The grid of the other tool rounds losses up.
      #expect(
        found > tail * 0.985 && found < tail * 1.005 && meaning.probabilityIsBound == false,
        "\(found) where \(tail) is true")
      #expect(found > delta)
      let known = try #require(truth["known"])
      if ledger.events.first?.count == 1 {
        #expect(meaning.knownCohorts == nil)
      } else {
        let told = try #require(meaning.knownCohorts)
        #expect(abs(told.epsilon / known - 1) < 1e-6, "\(told.epsilon) where \(known) is true")
      }
      let smallest = try #require(truth["smallest"])
      #expect(abs(try own.guarantee(delta: 1e-10).epsilon / smallest - 1) < 1e-3)
      // Five clients of one person: never below the exact mixture, and finite where the property has no answer.
      if let five = truth["five"] {
        let group = try GroupPrivacy(clients: 5, of: ledger, delta: delta)
        #expect(group.epsilon.isFinite && group.epsilon > five * (1 - 1e-3), "\(group) \(five)")
      }
      // Of Rényi divergences alone only a bound is known, never below the truth.
      var renyi = PrivacyLedger(adjacency: .addOrRemove, accountant: .rdp)
      ledger.events.forEach { renyi.append($0) }
      let looser = try renyi.guarantee(delta: delta)
      let bound = EpsilonMeaning(looser, of: renyi)
      #expect(bound.probabilityIsBound == true)
      #expect(bound.probabilityOfMore.map { $0 > delta && $0 < 100 * delta } == true)
    }
  }

  /// Vectors/participations.py: 1 000 rounds at rate 0.01, one client of a million takes part in more than 28.
  @Test func secretCohortsAreWeighed() throws {
    var ledger = PrivacyLedger(adjacency: .addOrRemove)
    ledger.append(
      PrivacyEvent(
        .poissonGaussian(samplingRate: 0.01, noiseMultiplier: 1.700738724847893), count: 1000))
    let known = try #require(KnownCohorts(of: ledger, delta: 1e-7, clients: 1_000_000))
    for words in [
      "ε = 20.5 at the same δ for a client in at most 28 rounds", "probability of at most 6.4e-7",
      "sees only the models and knows the cohorts",
    ] {
      #expect(known.sentence.contains(words), "\(known.sentence)")
    }
    #expect(!known.sentence.contains("server"))
    // A block of random allocation is one round of it; cohorts of fixed size are replaced.
    var blocks = PrivacyLedger(adjacency: .addOrRemove)
    blocks.append(PrivacyEvent(.allocatedGaussian(bins: 50, noiseMultiplier: 4), count: 1))
    // ε(1e-5) of noise 4, from dp_accounting.
    let once = try #require(KnownCohorts(of: blocks, delta: 1e-5))
    #expect(abs(once.epsilon - 0.9263415039982288) < 1e-9 && once.participations == 1)
    var fixed = PrivacyLedger(adjacency: .replaceOne)
    fixed.append(
      PrivacyEvent(
        .fixedSizeGaussian(samplingRate: 0.5, noiseMultiplier: 8 * 2.0.squareRoot()), count: 2))
    let replaced = try #require(KnownCohorts(of: fixed, delta: 1e-5))
    #expect(abs(replaced.epsilon - 0.9263415039982288) < 1e-9 && replaced.participations == 2)
    #expect(replaced.sentence.contains("No client takes part more often"))
    var bounded = PrivacyLedger(adjacency: .zeroOut)
    bounded.append(PrivacyEvent(.correlatedGaussian(noiseMultiplier: 8, sensitivity: 2)))
    #expect(KnownCohorts(of: bounded, delta: 1e-5) == nil)
  }

  /// Vectors/participations.csv, by SciPy: how often hardly any client takes part more.
  @Test func participationsAgreeWithAnotherTool() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: folder.appending(path: "Vectors/participations.csv"), encoding: .utf8)
    let rows = text.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    #expect(rows.count == 8)
    for row in rows {
      var ledger = PrivacyLedger(adjacency: .addOrRemove)
      ledger.append(
        PrivacyEvent(
          .poissonGaussian(samplingRate: row[1], noiseMultiplier: 4), count: Int(row[0])))
      #expect(ledger.restsOnSecretCohorts)
      let known = try #require(KnownCohorts(of: ledger, delta: 1e-5, clients: Int(row[2])))
      #expect(known.participations == Int(row[3]), "\(row)")
      let found = try #require(known.probabilityOfMore)
      #expect(abs(found - row[4]) <= 1e-9 * row[4], "\(found) \(row)")
    }
  }

  /// e⁴ = 54.598 and e⁴ ÷ (1 + e⁴) = 0.98201, by any calculator.
  @Test func theSentencesSayWhatTheNumbersAre() {
    let meaning = EpsilonMeaning(epsilon: 4, delta: 1e-7, adjacency: .addOrRemove)
    let text = meaning.sentences.joined(separator: "\n")
    #expect(meaning.claim == "ε = 4.00 at δ = 1e-7")
    for words in [
      "Adding or removing one client raises the probability of any set of outcomes",
      "at most e^ε = 54.6 times what it was, plus δ = 1e-7",
      "50 % sure that a client's data were used can become at most 98.3 % sure, except in outcomes",
      "tier 2",
      "entire history", "two phones is two clients",
    ] {
      #expect(text.contains(words), "\(words): \(text)")
    }
    #expect(meaning.warnings().isEmpty)
    let exact = EpsilonMeaning(
      epsilon: 4, delta: 1e-7, adjacency: .addOrRemove,
      tail: PrivacyLedger.LossTail(probability: 5.404e-7, isBound: false))
    #expect(exact.belief.hasSuffix("except with a probability of 5.41e-7."))
    // A person with two phones may have another kind of guarantee than each of the two.
    var person = EpsilonMeaning(epsilon: 1, delta: 1e-7, adjacency: .addOrRemove)
    person.twoClients = try? GroupPrivacy(
      clients: 2, of: PrivacyLedger(adjacency: .addOrRemove), delta: 1e-7)
    person.twoClients?.epsilon = 2.2
    #expect(
      person.unit.contains("which for the person is a reasonable guarantee (1 < ε ≤ 10) and not"))
    person.twoClients?.epsilon = 0.9
    #expect(!person.unit.contains("for the person"))
    // Of too large a δ nothing is called strong.
    let judged = person.sentences(isJudged: false).joined(separator: "\n")
    #expect(!judged.contains("tier 1") && judged.contains("depends on the number of clients"))
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
    #expect(warnings(20, 1e-6).contains("larger cohorts make it affordable"))
    #expect(warnings(1, 1e-3, 100).isEmpty)
    #expect(warnings(1, 1e-3, 101).contains("more than a tenth of 1 / 101 clients"))
    #expect(warnings(1, 1e-3, 999).contains("expose 0.999 of them on average"))
    #expect(warnings(1, 1e-3, 1_000).contains("δ = 0.001 is not below 1 / 1000 clients"))
    #expect(warnings(1, 0.02, 1_000).contains("the data of 20 of them"))
    let certain = EpsilonMeaning(epsilon: 51_502, delta: 1e-6, adjacency: .addOrRemove)
    #expect(certain.belief.contains("practically certain"))
    #expect(!certain.promise.contains("e^") && certain.promise.contains("bounds nothing"))
    let large = EpsilonMeaning(epsilon: 99, delta: 1e-6, adjacency: .addOrRemove)
    #expect(large.promise.contains("at most e^99.0 times"))
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
