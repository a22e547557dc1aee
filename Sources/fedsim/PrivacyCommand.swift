import ArgumentParser
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
    abstract: "Tell the epsilon that noise and sampling give.",
    discussion: """
      Example:

        fedsim privacy epsilon --sampler poisson --sampling-rate 0.01 --noise-multiplier 1 \\
          --rounds 1000 --delta 1e-6

      The noise multiplier is the standard deviation of the noise on the sum divided by the
      clipping bound, whatever the adjacency; of local_gaussian that of each client's noise.
      A claim means something for fewer than 1 / delta clients: with --population that is checked.
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
  }

  func validate() throws {
    guard (noiseMultiplier == nil) == (options.mechanism == .zcdp) else {
      throw ValidationError(
        noiseMultiplier == nil
          ? "--noise-multiplier is missing."
          : "--noise-multiplier has no effect with --mechanism zcdp; remove it.")
    }
  }

  func run() throws {
    let guarantee = try options.question.guarantee(noiseMultiplier: noiseMultiplier ?? 1)
    if output.json {
      try printJSON(
        Answer(
          epsilon: guarantee.epsilon, accountant: guarantee.accountant,
          adjacency: guarantee.adjacency, delta: guarantee.delta,
          assumptions: guarantee.assumptions, largestPopulation: options.largestPopulation))
      return
    }
    printResult(
      "epsilon \(guarantee.epsilon) at delta \(guarantee.delta) "
        + "(\(guarantee.adjacency.rawValue), \(guarantee.accountant.rawValue) accountant), if "
        + guarantee.assumptions.joined(separator: "; and if ") + ".")
    if let note = options.populationNote { printResult(note) }
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
}

struct PrivacyNoise: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "noise",
    abstract: "Tell the least noise that reaches an epsilon.",
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
    var largestPopulation: Int
  }

  func validate() throws {
    guard epsilon > 0, epsilon.isFinite else {
      throw ValidationError("--epsilon must be a number above 0, not \(epsilon).")
    }
  }

  func run() throws {
    let noise = try options.question.noiseMultiplier(epsilon: epsilon)
    if output.json {
      let guarantee = try options.question.guarantee(noiseMultiplier: noise)
      try printJSON(
        Answer(
          noiseMultiplier: noise, epsilon: guarantee.epsilon, accountant: guarantee.accountant,
          adjacency: guarantee.adjacency, largestPopulation: options.largestPopulation))
      return
    }
    printResult("noise multiplier \(noise)")
    if let note = options.populationNote { printResult(note) }
  }
}
