import Experiments
import Federation
import Foundation
import RunResults
import Statistics
import Tables
import Testing

/// Verdicts against those of NumPy and SciPy: Vectors/verdict.py writes a small run and verdict.json.
struct VerdictTests {
  struct Expected: Decodable {
    var difference: Double
    var low: Double
    var high: Double
    var shown: Bool
    var neededClients: Int?
    var neededFor: String?
  }

  struct Vectors: Decodable {
    var future: [String: Expected]
    var newClients: [String: Expected]
    /// Margin, units, target, how many it takes.
    var units: [[Double]]
  }

  static func vectors() throws -> Vectors {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Vectors.self, from: vectorFile("verdict.json"))
  }

  static func smallRun() throws -> MeasuredRun {
    MeasuredRun(
      seed: "1",
      evaluation: try EvaluationTable(CSVTable(path: vectorPath("verdict/evaluation.csv"))),
      clients: ClientTable(
        try CSVTable(path: vectorPath("verdict/clients.csv")), largestWeight: 4))
  }

  /// A run of which nothing but its accuracies is known, by `split_predictor`.
  static func run(_ seed: Int, _ accuracies: [String: Double]) -> MeasuredRun {
    let metrics = accuracies.map { ("\($0.key)_accuracy_top1", $0.value) }
    return MeasuredRun(
      seed: "\(seed)", last: Dictionary(uniqueKeysWithValues: metrics), evaluation: nil,
      clients: nil)
  }

  /// Clients that each judged as many predictions, with the accuracies of each predictor.
  static func run(
    _ accuracies: [(name: String, values: [Double])], seed: Int = 1
  ) throws -> MeasuredRun {
    var clients = "round,split,client,predictor,sim_examples,sim_accuracy_top1\n"
    var evaluation = "round,split,predictor,clients,accuracy_top1\n"
    for (name, values) in accuracies {
      for (client, value) in values.enumerated() {
        clients += "2,future,\(client),\(name),10,\(value)\n"
      }
      let mean = values.reduce(0, +) / Double(values.count)
      evaluation += "2,future,\(name),\(values.count),\(mean)\n"
    }
    return MeasuredRun(
      seed: "\(seed)",
      evaluation: try EvaluationTable(CSVTable([UInt8](evaluation.utf8), path: "e")),
      clients: ClientTable(try CSVTable([UInt8](clients.utf8), path: "c"), largestWeight: nil))
  }

  private func isClose(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) < 1e-10 } ?? false
  }

  @Test func differencesAreThoseOfSciPy() throws {
    let vectors = try Self.vectors()
    let verdict = try Verdict(MeasuredGroup([Self.smallRun()]))
    #expect(verdict.parts.map(\.split) == ["future", "new_clients"])
    #expect(verdict.parts.map(\.clients) == [14, 9])
    for (part, expected) in zip(verdict.parts, [vectors.future, vectors.newClients]) {
      #expect(part.rivals.count == 7 && expected.count == 7)
      for rival in part.rivals {
        let own = try #require(expected[rival.predictor])
        #expect(isClose(rival.difference.value, own.difference), "\(rival.predictor)")
        #expect(isClose(rival.difference.low, own.low), "\(rival.predictor)")
        #expect(isClose(rival.difference.high, own.high), "\(rival.predictor)")
        #expect(rival.isShown == own.shown, "\(rival.predictor)")
        #expect(rival.needed?.count == own.neededClients, "\(rival.predictor)")
        #expect(rival.needed?.aim.rawValue == own.neededFor, "\(rival.predictor)")
      }
      // Markov is right more often by ten points.
      #expect(part.answer == .no && part.strongest?.predictor == "markov")
      // What a phone could do alone comes first, the ceiling last.
      #expect(part.rivals.first?.predictor == "local_only")
      #expect(part.rivals.last?.predictor == "bayes_optimal")
    }
    #expect(
      verdict.headline
        == "Does federated learning help here? No, not as configured here: federated is shown to be worse "
        + "than markov; against local-only no difference is shown.")
    let text = verdict.sentences.joined(separator: " ")
    #expect(
      text.contains(
        "Federated is better than local-only by 1.0 point [-3.3, 5.4] on the same 14 clients: not "
          + "shown; about 220 clients would show it, if the difference stays as it is."))
    #expect(
      text.contains(
        "Federated is worse than markov (the app that most often followed the last one on this client), "
          + "the strongest of 5 simple baselines here, by 10.4 points [6.0, 14.7] on the same 14 "
          + "clients: shown."))
    // 0.36822 of 0.41125 is 89.5 %.
    #expect(
      text.contains(
        "Federated reaches 89.5 % of the Bayes optimum, 4.3 points [1.2, 7.4] below it."))
    #expect(text.contains("Warning: 14 clients are too few"))
    #expect(text.contains("evaluation.pooled_epochs=5"))
  }

  @Test func neededNumbersAreSciPys() throws {
    for vector in try Self.vectors().units {
      #expect(
        Interval.unitsNeeded(margin: vector[0], units: Int(vector[1]), below: vector[2])
          == Int(vector[3]), "\(vector)")
    }
    #expect(Interval.unitsNeeded(margin: 0.1, units: 10, below: 0) == nil)
    #expect(Interval.unitsNeeded(margin: 0, units: 10, below: 0.1) == nil)
    #expect(Interval.unitsNeeded(margin: 0.1, units: 1, below: 0.1) == nil)
    // Ten million and more: nobody will have them.
    #expect(Interval.unitsNeeded(margin: 0.5, units: 100, below: 1e-6) == nil)
  }

  @Test func yesNeedsEveryComparison() throws {
    let better = Self.run(
      1, ["future_federated": 0.5, "future_local_only": 0.4, "future_markov": 0.3])
    let other = Self.run(
      2, ["future_federated": 0.51, "future_local_only": 0.405, "future_markov": 0.32])
    let yes = try Verdict(MeasuredGroup([better, other]))
    // Differences 0.1 and 0.105: mean 0.1025, half width 12.7062 × 0.0025 = 0.0318.
    #expect(yes.answer == .yes)
    let local = try #require(yes.parts[0].rival("local_only")?.difference)
    #expect(abs(local.value - 0.1025) < 1e-12 && abs((local.low ?? 0) - 0.0707345) < 1e-6)
    #expect(local.method == .seeds && local.units == 2)
    #expect(yes.headline.contains("better than local-only and than the simple baseline."))
    #expect(yes.sentences.joined().contains("Warning: intervals over 2 seeds"))
    // The same of local_only, but markov is as good.
    let open = try Verdict(
      MeasuredGroup([
        Self.run(1, ["future_federated": 0.5, "future_local_only": 0.4, "future_markov": 0.52]),
        Self.run(2, ["future_federated": 0.51, "future_local_only": 0.405, "future_markov": 0.48]),
      ]))
    #expect(open.answer == .notShown)
    #expect(open.headline.hasSuffix("Not shown: federated is not shown to be better than markov."))
  }

  @Test func tiesAndTooFewClientsShowNothing() throws {
    let same = try Self.run([("federated", [0.5, 0.3, 0.4]), ("local_only", [0.5, 0.3, 0.4])])
    let tie = try Verdict(MeasuredGroup([same]))
    #expect(tie.answer == .notShown && tie.parts[0].rivals[0].needed == nil)
    #expect(
      tie.parts[0].sentences[0]
        == "Federated is exactly as accurate as local-only on the same 3 clients: not shown to be "
        + "better.")
    // Equal differences of two clients have no width, and are no proof.
    let two = try Self.run([("federated", [0.5, 0.75]), ("local_only", [0.25, 0.5])])
    let degenerate = try Verdict(MeasuredGroup([two]))
    #expect(degenerate.answer == .notShown && degenerate.parts[0].rivals[0].difference.margin == 0)
    // One client has no spread at all.
    let one = try Self.run([("federated", [0.5]), ("local_only", [0.25])])
    let alone = try Verdict(MeasuredGroup([one]))
    #expect(alone.answer == .cannotBeJudged)
    #expect(
      alone.headline.hasSuffix(
        "That cannot be judged: 1 client with 1 seed tells nothing about others."))
    #expect(alone.sentences.joined(separator: " ").contains("Held-out clients: none was evaluated"))
    // Nothing at all.
    let none = try Verdict(MeasuredGroup([Self.run(1, [:])]))
    #expect(none.answer == .cannotBeJudged && none.parts.isEmpty)
    #expect(none.headline.contains("no client was evaluated"))
  }

  @Test func clientsPredictWithTheirOwnModels() throws {
    let run = try Self.run([
      ("federated", [0.4, 0.5, 0.3]), ("local_only", [0.3, 0.2, 0.1]),
      ("personalised", [0.5, 0.7, 0.45]),
    ])
    let verdict = try Verdict(MeasuredGroup([run]))
    let part = try #require(verdict.parts.first)
    #expect(part.predictor == "personalised")
    #expect(part.rivals.map(\.predictor) == ["local_only", "federated"])
    #expect(part.sentences[1].hasPrefix("Personalised is better than federated by 15.0 points ["))
  }

  /// Over seeds on the same clients, nothing is learned about others.
  @Test func fixedClientsAreWarnedOf() throws {
    func seed(_ seed: Int, _ shift: Double) throws -> MeasuredRun {
      try Self.run(
        [
          ("federated", [0.5 + shift, 0.6, 0.7]), ("most_frequent", [0.3, 0.4, 0.2]),
        ], seed: seed)
    }
    let fixed = try Verdict(MeasuredGroup([seed(1, 0), seed(2, 0.03)]))
    let text = fixed.sentences.joined(separator: " ")
    #expect(text.contains("on the same 3 clients over 2 seeds: shown."))
    #expect(text.contains("Warning: all seeds have the same clients"))
    let other = try Self.run(
      [("federated", [0.5, 0.6, 0.7]), ("most_frequent", [0.3, 0.4, 0.3])], seed: 2)
    let free = try Verdict(MeasuredGroup([seed(1, 0), other]))
    #expect(!free.sentences.joined().contains("all seeds have the same clients"))
  }

  /// Other seeds hold out others of a log, but they are the same people.
  @Test func seedsOfALogAreWarnedOf() throws {
    func seed(_ seed: Int, _ shares: [Double], isOfLog: Bool) throws -> MeasuredRun {
      let table = "round,split,predictor,clients,accuracy_top1\n"
      let rows = zip(["federated", "markov"], shares).map { "2,future,\($0),13,\($1)\n" }
      return MeasuredRun(
        seed: "\(seed)", isOfLog: isOfLog,
        evaluation: try EvaluationTable(
          CSVTable([UInt8]((table + rows.joined()).utf8), path: "e")), clients: nil)
    }
    func text(isOfLog: Bool) throws -> String {
      try Verdict(
        MeasuredGroup([
          seed(1, [0.5, 0.4], isOfLog: isOfLog), seed(2, [0.52, 0.43], isOfLog: isOfLog),
          seed(3, [0.51, 0.4], isOfLog: isOfLog),
        ])
      ).sentences.joined(separator: " ")
    }
    #expect(try text(isOfLog: true).contains("Warning: all seeds have the people of one log"))
    #expect(try !text(isOfLog: false).contains("all seeds have"))
  }

  /// A difference that is shown has digits enough to see it.
  @Test func anIntervalThatExcludesZeroShowsIt() {
    func text(_ value: Double, _ margin: Double) -> String {
      Estimate(value: value, margin: margin, method: .clients, units: 100).text(isSigned: true)
    }
    #expect(text(0.0052, 0.0051) == "+0.52 [0.01, 1.03]")
    #expect(text(-0.0052, 0.00519) == "-0.520 [-1.039, -0.001]")
    // Zero lies within, or the ends are far from it.
    #expect(text(0.0052, 0.0054) == "+0.5 [0.0, 1.1]")
    #expect(text(0.0052, 0.004) == "+0.5 [0.1, 0.9]")
  }

  /// A model on few predictions may pass what no learner can beat: by chance, and below it the interval ends.
  @Test func nothingIsBetterThanTheOptimum() throws {
    let below = try Self.run([
      ("federated", [0.40, 0.5, 0.30, 0.45]), ("bayes_optimal", [0.45, 0.5, 0.28, 0.5]),
    ])
    let difference = try #require(
      try Verdict(MeasuredGroup([below])).parts[0].rival("bayes_optimal")?.difference)
    #expect(difference.value < 0 && difference.high == 0 && difference.includesZero)
    let above = try Self.run([("federated", [0.5, 0.6, 0.7]), ("bayes_optimal", [0.4, 0.6, 0.7])])
    let part = try Verdict(MeasuredGroup([above])).parts[0]
    #expect(part.sentences[0].contains("above it by chance."))
  }

  /// Every predictor of ours has a part in a verdict.
  @Test func everyPredictorIsKnown() {
    let known =
      [
        PredictorRole.federated, PredictorRole.personalised, PredictorRole.localOnly,
        PredictorRole.pooled, PredictorRole.ceiling,
      ] + PredictorRole.simple
    #expect(Set(known) == Set(Predictor.allCases.map(\.name)))
  }

  @Test func intervalsStayWithinWhatIsPossible() throws {
    func metric(_ column: String) -> MetricName {
      MetricName(split: "future", predictor: "federated", column: column)
    }
    #expect(metric("expected_calibration_error").bounds == 0...1)
    #expect(metric("mrr").bounds == 0...1 && metric("accuracy_at_coverage_5").bounds == 0...1)
    #expect(metric("mrr").differenceBounds == -1...1)
    #expect(metric("cross_entropy").bounds?.lowerBound == 0)
    #expect(metric("cross_entropy").differenceBounds == nil)
    // Two seeds: 0.5 ± 12.7 × 0.4.
    let wide = MeasuredGroup([
      Self.run(1, ["future_federated": 0.1]), Self.run(2, ["future_federated": 0.9]),
    ])
    let level = try #require(try wide.final(metric("accuracy_top1")))
    #expect(level.low == 0 && level.high == 1)
    let other = MeasuredGroup([
      Self.run(1, ["future_federated": 0.9]), Self.run(2, ["future_federated": 0.1]),
    ])
    let difference = try #require(try wide.difference(metric("accuracy_top1"), minus: other))
    #expect(difference.low == -1 && difference.high == 1)
  }
}
