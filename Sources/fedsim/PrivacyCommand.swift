import ArgumentParser
import Experiments
import Privacy

struct PrivacyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "privacy",
    abstract: "Ask the accountant what noise costs, and what runs have claimed and spent.",
    discussion: """
      Example:

        fedsim privacy epsilon --sampler poisson --sampling-rate 0.01 --noise-multiplier 1 \\
          --rounds 1000 --delta 1e-6
        fedsim privacy noise --epsilon 4 --mechanism blt --rounds 200 --min-separation 50 \\
          --delta 1e-6
        fedsim privacy epsilon --mechanism skellam --clients 100 --dimension 10000 \\
          --noise-multiplier 2 --rounds 10 --delta 1e-6
        fedsim privacy epsilon --mechanism banded --sampler cyclic --min-separation 10 \\
          --sampling-rate 0.1 --noise-multiplier 1 --rounds 1000 --delta 1e-6 --population 100000
      """,
    subcommands: [
      PrivacyEpsilon.self, PrivacyNoise.self, PrivacyReport.self, PrivacyLedgerCommand.self,
    ])
}

struct PrivacyEpsilon: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "epsilon",
    abstract: "Compute the epsilon that noise and sampling give, and say what it means.",
    discussion: """
      Example:

        fedsim privacy epsilon --sampler poisson --sampling-rate 0.01 --noise-multiplier 1 \\
          --rounds 1000 --delta 1e-6

      The noise multiplier is the standard deviation of the noise on the sum divided by the
      clipping bound, whatever the adjacency; of local_gaussian that of each client's noise.
      A claim means something for fewer than 1 / delta clients: with --population that is checked.
      ε is rounded up in the text; --json has all digits.
      """)

  @OptionGroup var options: QuestionOptions

  @Option(
    parsing: .unconditional, help: "Standard deviation of the noise on the sum, in clipping bounds."
  )
  var noiseMultiplier: Double?

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    var epsilon: Double
    var accountant: Accountant
    var adjacency: Adjacency
    var delta: Double
    var assumptions: [String]
    /// A larger population would make the claim one that publishing some clients' data keeps.
    var largestPopulation: Int
    /// At the δ of `QuestionOptions.negligibleDelta`; null where the given one is as small.
    var epsilonAtNegligibleDelta: Double?
    /// What it means for one person.
    var meaning: EpsilonMeaning
    var warnings: [String]
  }

  func validate() throws {
    guard (noiseMultiplier == nil) == (options.mechanism == .zcdp) else {
      throw ValidationError(
        noiseMultiplier == nil
          ? "--noise-multiplier is missing."
          : "--noise-multiplier has no effect with --mechanism zcdp; remove it.")
    }
    if let noiseMultiplier, !PrivacyRelease.noiseMultipliers.contains(noiseMultiplier) {
      throw ValidationError(
        "--noise-multiplier must be a number of at least 1e-9 and at most 1e15, not "
          + "\(noiseMultiplier).")
    }
  }

  func run() throws {
    let found = try options.answer(noiseMultiplier: noiseMultiplier ?? 1)
    let (guarantee, meaning) = (found.guarantee, found.meaning)
    if output.json {
      try printJSON(
        Answer(
          epsilon: guarantee.epsilon, accountant: guarantee.accountant,
          adjacency: guarantee.adjacency, delta: guarantee.delta,
          assumptions: guarantee.assumptions, largestPopulation: options.largestPopulation,
          epsilonAtNegligibleDelta: found.negligible, meaning: meaning,
          warnings: options.warnings(about: meaning)))
      return
    }
    printParagraph("\(meaning.claim) for one client (\(found.terms)).")
    options.explain(found).forEach { printParagraph($0) }
  }
}

/// What the accountant says, and what it means.
private struct AccountantAnswer {
  var noiseMultiplier: Double
  var guarantee: PrivacyGuarantee
  var meaning: EpsilonMeaning
  /// ε at the negligible δ; nil where the given one is as small.
  var negligible: Double?

  /// Adjacency and accountant.
  var terms: String {
    "\(guarantee.adjacency.rawValue), \(guarantee.accountant.rawValue) accountant"
  }
}

extension QuestionOptions {
  /// The most clients of which delta is below the share of one.
  fileprivate var largestPopulation: Int { Int(min(0x1p62, (1 / delta).rounded(.up))) - 1 }

  /// Nil where the population was given, so that delta has been held against it.
  fileprivate var populationNote: String? {
    guard population == nil else { return nil }
    return
      "It is a claim for at most \(largestPopulation) clients: delta must stay below 1 / clients."
  }

  fileprivate func answer(noiseMultiplier: Double) throws -> AccountantAnswer {
    var ledger = try question.ledger(noiseMultiplier: noiseMultiplier)
    let guarantee = try ledger.guarantee(delta: delta)
    let small = Self.negligibleDelta
    return AccountantAnswer(
      noiseMultiplier: noiseMultiplier, guarantee: guarantee,
      meaning: EpsilonMeaning(guarantee, of: ledger, accountant: accountant, clients: population),
      negligible: delta > small ? (try? ledger.guarantee(delta: small))?.epsilon : nil)
  }

  /// What is negligible for as many people as there are: on average it exposes one of 10^10.
  fileprivate static let negligibleDelta = 1e-10

  fileprivate func warnings(about meaning: EpsilonMeaning) -> [String] {
    meaning.warnings(clients: population)
  }

  /// The same noise under the adjacency that the other sampler of its kind is stated under.
  private func otherAdjacency(_ found: AccountantAnswer) -> String? {
    let other: Adjacency
    switch (sampler, found.guarantee.adjacency) {
    case (.poisson, .addOrRemove): other = .replaceOne
    case (.fixedSize, .replaceOne): other = .addOrRemove
    default: return nil
    }
    var question = question
    question.adjacency = other
    guard let epsilon = try? question.guarantee(noiseMultiplier: found.noiseMultiplier).epsilon
    else { return nil }
    return
      "It is stated under \(found.guarantee.adjacency.rawValue); under \(other.rawValue), under which "
      + "\(sampler == .poisson ? "fixed_size" : "poisson") cohorts are usually stated, it is ε = "
      + "\(ShownBound.epsilon(epsilon)): compare only claims with the same adjacency."
  }

  /// What stands below the one line of an answer.
  fileprivate func explain(_ found: AccountantAnswer) -> [String] {
    var lines = warnings(about: found.meaning)
    if let note = populationNote { lines.append(note) }
    if let epsilon = found.negligible, epsilon.isFinite {
      lines.append(
        "At δ = \(ShownBound.delta(Self.negligibleDelta)), which is negligible for any population, it is ε = "
          + "\(ShownBound.epsilon(epsilon)).")
    }
    lines.append("It means:")
    // A δ that is too large for the clients takes away what ε promises.
    let isJudged = population.map { delta * Double($0) < 1 } ?? (delta <= 1e-5)
    lines += found.meaning.sentences(isJudged: isJudged).map { "  * \($0)" }
    if let other = otherAdjacency(found) { lines.append("  * \(other)") }
    lines.append("What ε rests on:")
    lines += found.guarantee.assumptions.map { "  * \(PrivacyClaim.sentence($0))" }
    return lines
  }
}

struct PrivacyNoise: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "noise",
    abstract: "Compute the least noise that reaches an epsilon, and say what it means.",
    discussion: """
      Example:

        fedsim privacy noise --epsilon 4 --sampler poisson --sampling-rate 0.01 --rounds 1000 \\
          --delta 1e-6
      """)

  @OptionGroup var options: QuestionOptions

  @Option(parsing: .unconditional, help: "The epsilon to reach; the noise found stays below it.")
  var epsilon: Double

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    var noiseMultiplier: Double
    var epsilon: Double
    var accountant: Accountant
    var adjacency: Adjacency
    var delta: Double
    var assumptions: [String]
    var largestPopulation: Int
    var epsilonAtNegligibleDelta: Double?
    var meaning: EpsilonMeaning
    var warnings: [String]
  }

  func validate() throws {
    guard epsilon > 0, epsilon.isFinite else {
      throw ValidationError("--epsilon must be a number above 0, not \(epsilon).")
    }
  }

  func run() throws {
    let noise = try options.question.noiseMultiplier(epsilon: epsilon)
    let found = try options.answer(noiseMultiplier: noise)
    let (guarantee, meaning) = (found.guarantee, found.meaning)
    if output.json {
      try printJSON(
        Answer(
          noiseMultiplier: noise, epsilon: guarantee.epsilon, accountant: guarantee.accountant,
          adjacency: guarantee.adjacency, delta: guarantee.delta,
          assumptions: guarantee.assumptions, largestPopulation: options.largestPopulation,
          epsilonAtNegligibleDelta: found.negligible, meaning: meaning,
          warnings: options.warnings(about: meaning)))
      return
    }
    printParagraph(
      "noise multiplier \(noise) for \(meaning.claim) for one client (\(found.terms)).")
    options.explain(found).forEach { printParagraph($0) }
  }
}
