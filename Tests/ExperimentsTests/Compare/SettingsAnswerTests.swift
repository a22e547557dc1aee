import Experiments
import RunResults
import Testing

/// What sweeps answer, on accuracies whose intervals are known: of differences d − s, d and d + s over three
/// seeds the half width is 4.302653 × s ÷ √3 = 2.484138 × s.
struct SettingsAnswerTests {
  private static func group(
    _ key: String, _ value: String, _ accuracy: Double, spread: Double = 0, seeds: Int = 3,
    epsilon: Double? = nil
  ) -> SettingsGroup {
    let runs = (0..<seeds).map { seed in
      // What all groups have in common cancels.
      VerdictTests.run(
        seed,
        [
          "future_federated": accuracy + Double(seed - 1) * spread + Double(seed) / 50
        ])
    }
    return SettingsGroup(
      label: "\(key) = \(value)", values: [key: value], measured: MeasuredGroup(runs),
      epsilon: epsilon)
  }

  private static func epsilon(
    _ value: String, _ accuracy: Double, spread: Double = 0.001
  ) -> SettingsGroup {
    group(
      "privacy.target_epsilon", value, accuracy, spread: value == ".inf" ? 0 : spread,
      epsilon: Double(value))
  }

  private static func answer(
    _ groups: [SettingsGroup], _ key: String, margin: Double = 0.01
  ) throws -> SettingsAnswer {
    try #require(try SettingsAnswer(groups, varied: [key], margin: margin))
  }

  @Test func theSmallestEpsilonIsNamed() throws {
    // Losses 0.2, 0.5 and 3 points, each ± 0.248; the order of the file does not matter.
    let answer = try Self.answer(
      [
        Self.epsilon(".inf", 0.45), Self.epsilon("0.3", 0.42), Self.epsilon("8.0", 0.448),
        Self.epsilon("2.0", 0.445),
      ], "privacy.target_epsilon")
    #expect(answer.question == .epsilon && answer.others.map(\.value) == ["8", "2", "0.3"])
    #expect(answer.smallest?.value == "2")
    #expect(
      answer.sentences == [
        "The smallest epsilon that costs less than 1 point against no noise, shown with 95 %, is 2: accuracy "
          + "-0.5 points [-0.7, -0.3] on training clients in the test period.", Self.caution,
      ])
    // 0.5 + 0.248 is more than 0.7.
    let strict = try Self.answer(
      [Self.epsilon(".inf", 0.45), Self.epsilon("8.0", 0.448), Self.epsilon("2.0", 0.445)],
      "privacy.target_epsilon", margin: 0.007)
    #expect(strict.smallest?.value == "8")
    #expect(strict.sentences[0].contains("less than 0.7 points"))
  }

  /// Beside every answer about an ε of simulated people.
  private static let caution =
    "These clients are simulated, so what noise costs here is a property of the synthetic task; measure on a "
    + "log of your own before you choose an ε by it."

  /// Losses of 0 ± 0.248: the smallest passes, and says nothing of the others.
  @Test func aSweepThatSeparatesNothingSaysSo() throws {
    let alike = try Self.answer(
      [Self.epsilon(".inf", 0.45), Self.epsilon("8.0", 0.45), Self.epsilon("1.0", 0.45)],
      "privacy.target_epsilon")
    #expect(alike.smallest?.value == "1")
    #expect(alike.sentences.contains { $0.hasPrefix("The sweep does not separate these ε") })
    let apart = try Self.answer(
      [Self.epsilon(".inf", 0.45), Self.epsilon("8.0", 0.45), Self.epsilon("1.0", 0.445)],
      "privacy.target_epsilon")
    #expect(!apart.sentences.contains { $0.contains("does not separate") })
    // 1 loses 0 ± 2.48: it was tried and does not pass.
    let noisy = try Self.answer(
      [
        Self.epsilon(".inf", 0.45), Self.epsilon("8.0", 0.45),
        Self.epsilon("1.0", 0.45, spread: 0.01),
      ],
      "privacy.target_epsilon")
    #expect(noisy.smallest?.value == "8")
    #expect(noisy.sentences.contains { $0.contains("a smaller one may pass") })
    #expect(!noisy.sentences.contains { $0.contains("smallest that was tried") })
    // While a sweep runs, settings have different numbers of seeds.
    let key = "privacy.target_epsilon"
    let running = try Self.answer(
      [
        Self.group(key, ".inf", 0.45), Self.group(key, "8.0", 0.45, spread: 0.001),
        Self.group(key, "1.0", 0.45, seeds: 1),
      ], key)
    #expect(running.sentences.contains { $0.contains("have 1 run and others 3") })
  }

  @Test func whereNoneIsShownTheNearestIsNamed() throws {
    let answer = try Self.answer(
      [
        Self.epsilon(".inf", 0.45), Self.epsilon("4.0", 0.442, spread: 0.004),
        Self.epsilon("1.0", 0.4),
      ],
      "privacy.target_epsilon")
    #expect(answer.smallest == nil)
    #expect(
      answer.sentences == [
        "No epsilon is shown to cost less than 1 point against no noise; 4 comes nearest: accuracy "
          + "-0.8 points [-1.8, 0.2] on training clients in the test period.", Self.caution,
      ])
  }

  /// The first that is not shown ends the search: else the number of values would have to be corrected for.
  @Test func asmallerValueBehindAFailureDoesNotCount() throws {
    let answer = try Self.answer(
      [
        Self.epsilon("8.0", 0.45, spread: 0), Self.epsilon("4.0", 0.448),
        Self.epsilon("2.0", 0.445, spread: 0.01), Self.epsilon("1.0", 0.449),
      ], "privacy.target_epsilon")
    #expect(answer.smallest?.value == "4")
    #expect(answer.sentences[0].contains("against epsilon 8, the largest"))
    #expect(
      answer.sentences[0].hasSuffix(
        "1 would pass alone, but a larger value does not, so it does not count."))
  }

  @Test func anotherNumberIsAnsweredBothWays() throws {
    let key = "training.cohort_size"
    let answer = try Self.answer(
      [
        Self.group(key, "10", 0.43), Self.group(key, "50", 0.448, spread: 0.001),
        Self.group(key, "100", 0.45, spread: 0.001),
      ], key)
    #expect(answer.question == .setting(key) && answer.reference.value == "100")
    #expect(answer.smallest?.value == "50")
    #expect(
      answer.sentences[0].hasPrefix(
        "The smallest training.cohort_size that costs less than 1 point against 100, the largest, shown "
          + "with 95 %, is 50: accuracy -0.2 points"))
    #expect(answer.sentences[1].hasPrefix("More of it costs bytes"))
    #expect(
      answer.sentences[2]
        == "Shown better than training.cohort_size = 10: training.cohort_size = 50 by 1.8 points [1.6, "
        + "2.0]; training.cohort_size = 100 by 2.0 points [1.8, 2.2].")
    #expect(answer.sentences.last == "No correction for multiple comparisons.")
  }

  /// A smaller weight or rate saves nothing, so nobody asks for the smallest.
  @Test(arguments: ["algorithm.mu", "training.local.learning_rate", "faults.dropout_rate"])
  func whatCostsNothingHasDifferencesAlone(key: String) throws {
    let answer = try Self.answer(
      [Self.group(key, "0.01", 0.45), Self.group(key, "0.1", 0.43, spread: 0.001)], key)
    #expect(answer.question == .groups && answer.smallest == nil)
    #expect(answer.sentences[0].hasPrefix("Shown worse than \(key) = 0.01: "))
    #expect(!answer.sentences.contains { $0.contains("costs less") })
  }

  @Test func wordsAreHeldAgainstTheFirst() throws {
    let key = "algorithm.name"
    let answer = try Self.answer(
      [
        Self.group(key, "fedavg", 0.45), Self.group(key, "fedprox", 0.451, spread: 0.002),
        Self.group(key, "scaffold", 0.43, spread: 0.001),
      ], key)
    #expect(answer.question == .groups && answer.smallest == nil)
    #expect(
      answer.sentences == [
        "Shown worse than algorithm.name = fedavg: algorithm.name = scaffold by 2.0 points [1.8, 2.2].",
        "No difference shown to algorithm.name = fedavg: algorithm.name = fedprox (+0.1 points [-0.4, "
          + "0.6]).",
        "No correction for multiple comparisons.",
      ])
  }

  /// One seed of which no clients are known has no interval, and that is said.
  @Test func whatHasNoIntervalCannotBeJudged() throws {
    let key = "privacy.target_epsilon"
    let answer = try Self.answer(
      [Self.group(key, ".inf", 0.45, seeds: 1), Self.group(key, "2.0", 0.44, seeds: 1)], key)
    #expect(answer.sentences[0].contains("cannot be judged"))
    #expect(answer.sentences.contains { $0.hasPrefix("With one seed the intervals allow for") })
    #expect(
      try SettingsAnswer([Self.group(key, "2.0", 0.44)], varied: [], margin: 0.01) == nil)
  }
}
