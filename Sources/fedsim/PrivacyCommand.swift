import ArgumentParser
import Privacy

struct PrivacyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "privacy",
    abstract: "Ask the accountant what noise costs, without an experiment.",
    discussion: """
      Example:

        fedsim privacy epsilon --sampler poisson --sampling-rate 0.01 --noise-multiplier 1 \\
          --rounds 1000 --delta 1e-6
      """,
    subcommands: [PrivacyEpsilon.self, PrivacyNoise.self])
}

enum QuestionMechanism: String, CaseIterable, ExpressibleByArgument { case gaussian }
extension PrivacyQuestion.Sampler: ExpressibleByArgument {}
extension Accountant: ExpressibleByArgument {}
extension Adjacency: ExpressibleByArgument {}

/// What both questions share.
struct QuestionOptions: ParsableArguments {
  @Option(help: "What is added to the clients' sum.")
  var mechanism = QuestionMechanism.gaussian

  @Option(help: "How the clients of a round are chosen; none: all of them, every round.")
  var sampler = PrivacyQuestion.Sampler.none

  @Option(help: "Probability that a client takes part in a round.")
  var samplingRate: Double?

  @Option(help: "Noisy sums that are released.")
  var rounds = 1

  @Option(help: "The delta of the guarantee.")
  var delta: Double

  @Option(help: "How epsilon is computed; auto takes the tightest that is valid.")
  var accountant = Accountant.automatic

  @Option(help: "Which populations count as neighbours (default: as is usual for the sampler).")
  var adjacency: Adjacency?

  func validate() throws {
    guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1, not \(rounds).") }
    guard delta > 0, delta < 1 else {
      throw ValidationError("--delta must lie between 0 and 1, not \(delta).")
    }
    switch (sampler, samplingRate) {
    case (.none, nil), (.none, 1): break
    case (.none, _):
      throw ValidationError("--sampling-rate has no effect with --sampler none; remove it.")
    case (_, nil):
      throw ValidationError("--sampling-rate is missing: --sampler \(sampler.rawValue) needs it.")
    case (_, let rate?):
      guard rate > 0, rate <= 1 else {
        throw ValidationError("--sampling-rate must be above 0 and at most 1, not \(rate).")
      }
    }
  }

  var question: PrivacyQuestion {
    PrivacyQuestion(
      sampler: sampler, samplingRate: samplingRate ?? 1, rounds: rounds, delta: delta,
      accountant: accountant, adjacency: adjacency)
  }
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

  @Option(help: "Standard deviation of the noise on the sum, in clipping bounds.")
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

  @Option(help: "The epsilon to reach; the noise found stays below it.")
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
