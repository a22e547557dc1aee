import Foundation
import Testing

/// The accountant by itself, with plain flags.
@Suite(.serialized) struct PrivacyQuestionTests {
  private func object(_ result: CommandLineProgram.Result) throws -> [String: Any] {
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(parsed as? [String: Any])
  }

  /// `privacy.md`, B3 (tree over one epoch: 1.7430; one participation with columns of norm 1,
  /// as banded has them: 1.0607); integer noise costs a little more than the Gaussian of its size.
  @Test func theAccountantKnowsEveryMechanism() throws {
    let folder = try TemporaryFolder()
    func epsilon(_ mechanism: String, _ arguments: [String]) throws -> Double {
      let answer = try object(
        CommandLineProgram.run(
          ["privacy", "epsilon", "--mechanism", mechanism, "--delta", "1e-6", "--json"] + arguments,
          in: folder.url))
      #expect(answer["adjacency"] as? String == "zero_out")
      return try #require(answer["epsilon"] as? Double)
    }
    let tree = try epsilon("tree", ["--rounds", "1000", "--noise-multiplier", "8"])
    #expect(abs(tree - 1.7430) < 1e-4)
    let banded = try epsilon("banded", ["--rounds", "300", "--noise-multiplier", "4"])
    #expect(abs(banded - 1.0607) < 1e-4)
    let blt = try epsilon("blt", ["--rounds", "300", "--noise-multiplier", "4"])
    // Its columns are not of norm 1: more noise is needed, which buys less error.
    #expect(blt > banded)
    let twice = try epsilon(
      "blt", ["--rounds", "300", "--noise-multiplier", "4", "--min-separation", "150"])
    #expect(twice > 1.2 * blt)
    for mechanism in ["discrete_gaussian", "skellam"] {
      let own = try epsilon(
        mechanism, ["--clients", "100", "--dimension", "1000", "--noise-multiplier", "4"])
      // The Rényi bound of one Gaussian of multiplier 4 at δ = 1e-6 is 1.1432.
      #expect(own > 1.0607 && own < 1.2, "\(mechanism): \(own)")
    }
  }

  /// A delta says for how many clients an answer means something, whatever was asked.
  @Test func everyAnswerTellsForHowManyClients() throws {
    let folder = try TemporaryFolder()
    for question in [["epsilon", "--noise-multiplier", "2"], ["noise", "--epsilon", "1"]] {
      let result = try CommandLineProgram.run(
        ["privacy"] + question + ["--delta", "0.01"], in: folder.url)
      #expect(result.exitCode == 0 && result.output.contains("for at most 99 clients"))
    }
  }

  /// 51 502 is a number and no promise; JSON has all digits.
  @Test func answersSayWhatTheyMean() throws {
    let folder = try TemporaryFolder()
    func text(_ arguments: String) throws -> String {
      let result = try CommandLineProgram.run(
        ["privacy"] + arguments.split(separator: " ").map(String.init), in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      return result.output
    }
    let absurd = try text("epsilon --noise-multiplier 0.1 --rounds 1000 --delta 1e-6")
    #expect(absurd.hasPrefix("ε = 51503 at δ = 1e-6 for one client (add_or_remove, analytic"))
    #expect(absurd.contains("Warning: ε = 51503 promises nothing"))
    let asked = "--sampler poisson --sampling-rate 0.01 --rounds 1000 --delta 1e-6"
    let usual = try text("epsilon \(asked) --noise-multiplier 1")
    #expect(
      usual.hasPrefix("ε = 2.13 at δ = 1e-6 for one client (add_or_remove, pld accountant).\n"))
    for words in [
      "Adding or removing one client raises", "e^ε = 8.37 times", "at most 89.4 % sure", "tier 2",
      "At δ = 1e-10", "under replace_one", "This ε assumes that cohorts are secret",
      "What ε rests on:\n  * Poisson subsampling: each eligible client joins independently",
      "two phones is two clients: ε = ",
    ] {
      #expect(usual.contains(words), "\(words): \(usual)")
    }
    #expect(!usual.contains("Warning"))
    // Without a population too large a δ is called neither strong nor weak.
    let loose = try text("noise --epsilon 0.5 --delta 0.1")
    #expect(!loose.contains("strong guarantee") && loose.contains("--population"))
    let exposed = try text("epsilon --noise-multiplier 4 --delta 1e-7 --population 5000000")
    #expect(exposed.contains("more than a tenth of 1 / 5000000 clients"))
    let noise = try text("noise \(asked) --epsilon 4")
    #expect(noise.hasPrefix("noise multiplier 0.7785"))
    for words in [
      "ε = 4.00", "add_or_remove, pld accountant", "What ε rests on:", "at most 98.3 % sure",
    ] {
      #expect(noise.contains(words), "\(words): \(noise)")
    }
    let bare = try object(
      CommandLineProgram.run(
        ["privacy", "noise", "--json", "--epsilon", "4"]
          + asked.split(separator: " ").map(String.init), in: folder.url))
    #expect(bare["noise_multiplier"] is Double && bare["assumptions"] is [String])
    let meaning = try #require(bare["meaning"] as? [String: Any])
    #expect(meaning["band"] as? String == "reasonable")
    #expect(abs(try #require(meaning["posterior"] as? Double) - 0.98201) < 1e-4)
  }

  @Test func questionsThatMakeNoSenseAreUsageErrors() throws {
    let folder = try TemporaryFolder()
    let wrong: [([String], String)] = [
      (["--mechanism", "blt", "--sampler", "poisson", "--sampling-rate", "0.1"], "not amplified"),
      (["--mechanism", "skellam"], "--clients is missing"),
      (["--bands", "3"], "no effect with --mechanism gaussian"),
      (["--mechanism", "blt", "--buffers", "9"], "must lie in 1…4"),
      (["--mechanism", "laplace"], "local_gaussian"),
      (["--mechanism", "zcdp"], "--rho is missing"),
      (["--mechanism", "zcdp", "--rho", "1"], "no effect with --mechanism zcdp"),
      (["--grid", "0.1"], "no effect with --mechanism gaussian"),
      (["--sampler", "cyclic", "--sampling-rate", "0.1"], "--min-separation is missing"),
      (["--capacity", "10"], "--capacity takes"),
      (["--population", "2000000"], "--delta must be below 1 / population"),
    ]
    for (arguments, words) in wrong {
      let result = try CommandLineProgram.run(
        ["privacy", "epsilon", "--delta", "1e-6", "--noise-multiplier", "1"] + arguments,
        in: folder.url)
      #expect(result.exitCode == 64 && result.errors.contains(words), "\(result.errors)")
    }
  }

  /// Numbers that no accountant has an answer to are refused, whatever the mechanism.
  @Test func noiseThatNobodyCouldAddIsAUsageError() throws {
    let folder = try TemporaryFolder()
    let distributed = ["--clients", "10", "--dimension", "100"]
    for (mechanism, more) in [
      ("gaussian", []), ("blt", []), ("discrete_gaussian", distributed), ("skellam", distributed),
      ("gaussian", ["--sampler", "poisson", "--sampling-rate", "0.01"]),
    ] as [(String, [String])] {
      for noise in ["0", "-1", "-5e-324", "1e-300", "1e300", "inf", "nan"] {
        let result = try CommandLineProgram.run(
          ["privacy", "epsilon", "--mechanism", mechanism, "--delta", "1e-6"] + more
            + ["--noise-multiplier=\(noise)"], in: folder.url)
        #expect(
          result.exitCode == 64
            && result.errors.hasPrefix(
              "fedsim: --noise-multiplier must be a number of at least 1e-9 and at most 1e15, not "),
          "\(mechanism) \(noise): \(result.errors)")
      }
    }
    // The limit of training.rounds with this noise, in experiment files.
    for (rounds, code) in [("16384", 0), ("16385", 64), ("10000000", 64)] {
      let result = try CommandLineProgram.run(
        [
          "privacy", "epsilon", "--mechanism", "tree", "--delta", "1e-6", "--noise-multiplier", "9",
          "--rounds", rounds,
        ], in: folder.url)
      #expect(result.exitCode == code, "\(rounds): \(result.errors)")
      #expect(code == 0 || result.errors.contains("must lie in 1…16384"), "\(result.errors)")
    }
    for rounds in ["0", "1000000001", "99999999999", "9223372036854775807"] {
      let result = try CommandLineProgram.run(
        ["privacy", "epsilon", "--delta", "1e-6", "--noise-multiplier", "1", "--rounds", rounds],
        in: folder.url)
      #expect(result.exitCode == 64 && result.errors.contains("at most 1000000000"))
    }
  }

  /// One row of each kind of Tests/PrivacyTests/Vectors/dp_reference.csv that plain flags did not
  /// always reach, and local noise: replace_one of a Gaussian of twice the sensitivity.
  @Test func whateverAnExperimentCanDoCanBeAsked() throws {
    let folder = try TemporaryFolder()
    let rows: [(arguments: String, epsilon: Double)] = [
      (
        "--sampler poisson --sampling-rate 0.01 --population 10000 --capacity 120 "
          + "--noise-multiplier 1 --rounds 1000 --delta 1e-5", 5.297168923052829
      ),
      (
        "--mechanism banded --bands 10 --sampler cyclic --min-separation 10 --sampling-rate 0.1 "
          + "--noise-multiplier 1 --rounds 1000 --delta 1e-6", 8.058608434943801
      ),
      (
        "--sampler cyclic --min-separation 10 --sampling-rate 0.1 --noise-multiplier 2 "
          + "--rounds 1000 --delta 1e-6", 2.67503574005599
      ),
      (
        "--sampler min_separation --min-separation 334 --noise-multiplier 8 --rounds 2000 "
          + "--delta 1e-5", 1.1574912247151872
      ),
      ("--mechanism local_gaussian --noise-multiplier 8 --delta 1e-5", 0.9263415039982288),
      // c = 1, n = 100, a client's noise 0.1: a multiplier of 0.1 × √100 on the sum.
      (
        "--mechanism skellam --clients 100 --dimension 65536 --grid 0.001 --noise-multiplier 1 "
          + "--delta 1e-5", 4.796511013569534
      ),
      (
        "--mechanism discrete_gaussian --clients 1000 --dimension 1048576 --grid 0.001 "
          + "--noise-multiplier 6.324555320336759 --rounds 100 --delta 1e-6", 10.173669993163013
      ),
      (
        "--mechanism discrete_gaussian --sensitivity 10 --noise-multiplier 100 --rounds 10 "
          + "--delta 1e-5", 1.199389249649871
      ),
      ("--mechanism zcdp --rho 0.5 --accountant rdp --delta 1e-6", 5.2215396311544175),
      (
        "--sampler poisson --sampling-rate 0.01 --noise-multiplier 2 --rounds 1000 --delta 1e-5 "
          + "--adjacency replace_one", 1.2052096041468034
      ),
    ]
    for (arguments, epsilon) in rows {
      let answer = try object(
        CommandLineProgram.run(
          ["privacy", "epsilon", "--json"] + arguments.split(separator: " ").map(String.init),
          in: folder.url))
      let own = try #require(answer["epsilon"] as? Double)
      #expect(abs(own - epsilon) < 1e-5 * epsilon, "\(arguments): \(own)")
    }
  }

  /// Values of dp_accounting 0.6.0 (Tests/PrivacyTests/Vectors/dp_reference.csv).
  @Test func theAccountantAnswers() throws {
    let folder = try TemporaryFolder()
    func answer(_ arguments: String...) throws -> [String: Any] {
      try object(CommandLineProgram.run(["privacy"] + arguments + ["--json"], in: folder.url))
    }
    let sampled = [
      "--mechanism", "gaussian", "--sampler", "poisson", "--sampling-rate", "0.01", "--rounds",
      "1000", "--delta", "1e-6",
    ]
    func sampledAnswer(_ verb: String, _ arguments: String...) throws -> [String: Any] {
      try object(
        CommandLineProgram.run(
          ["privacy", verb] + sampled + arguments + ["--json"], in: folder.url))
    }
    let losses = try sampledAnswer("epsilon", "--noise-multiplier", "1")
    #expect(abs(try #require(losses["epsilon"] as? Double) - 2.1245225) < 1e-4)
    #expect(losses["accountant"] as? String == "pld")
    #expect(losses["adjacency"] as? String == "add_or_remove")
    let renyi = try sampledAnswer("epsilon", "--noise-multiplier", "1", "--accountant", "rdp")
    #expect(abs(try #require(renyi["epsilon"] as? Double) - 2.4367) < 1e-4)
    let noise = try sampledAnswer("noise", "--epsilon", "2.1245225")
    #expect(abs(try #require(noise["noise_multiplier"] as? Double) - 1) < 1e-4)
    let exact = try answer("epsilon", "--noise-multiplier", "4", "--delta", "1e-5")
    #expect(abs(try #require(exact["epsilon"] as? Double) - 0.9263415039982288) < 1e-9)
    #expect(exact["accountant"] as? String == "analytic")
    let wrong: [(String, [String])] = [
      ("does not cover", ["--noise-multiplier", "1", "--accountant", "analytic"]),
      ("must be a number of at least 1e-9", ["--noise-multiplier", "0"]),
    ]
    for (words, arguments) in wrong {
      let result = try CommandLineProgram.run(
        ["privacy", "epsilon"] + sampled + arguments, in: folder.url)
      let sentence = try #require(result.errors.split(separator: "\n").first)
      #expect(result.exitCode == 64 && sentence.contains(words) && sentence.hasSuffix("."))
    }
  }
}
