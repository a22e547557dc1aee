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
      clipping bound, whatever the adjacency.
      """)

  @OptionGroup var options: QuestionOptions

  @Option(
    parsing: .unconditional, help: "Standard deviation of the noise on the sum, in clipping bounds."
  )
  var noiseMultiplier: Double

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    var epsilon: Double
    var accountant: Accountant
    var adjacency: Adjacency
    var delta: Double
    var assumptions: [String]
  }

  func run() throws {
    let guarantee = try options.question.guarantee(noiseMultiplier: noiseMultiplier)
    if output.json {
      try printJSON(
        Answer(
          epsilon: guarantee.epsilon, accountant: guarantee.accountant,
          adjacency: guarantee.adjacency, delta: guarantee.delta,
          assumptions: guarantee.assumptions))
      return
    }
    printResult(
      "epsilon \(guarantee.epsilon) at delta \(guarantee.delta) "
        + "(\(guarantee.adjacency.rawValue), \(guarantee.accountant.rawValue) accountant), if "
        + guarantee.assumptions.joined(separator: "; and if ") + ".")
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
          adjacency: guarantee.adjacency))
      return
    }
    printResult("noise multiplier \(noise)")
  }
}
