/// Whether federated learning helps: the predictor of the clients against every other one, on the same
/// clients.
package struct Verdict: Equatable, Sendable {
  package enum Answer: String, Encodable, Sendable {
    /// Shown better than everything that a phone could do alone.
    case yes
    /// Shown worse than something that a phone could do alone.
    case no
    case notShown = "not_shown"
    case cannotBeJudged = "cannot_be_judged"
  }

  /// The predictor of the clients against another one.
  package struct Rival: Equatable, Sendable {
    package var predictor: String
    /// The mean over seeds.
    package var accuracy: Double
    /// How much more the predictor of the clients has, as a share of all predictions.
    package var difference: Estimate
    package var needed: Needed?

    /// Whether the interval excludes that there is no difference.
    package var isShown: Bool { !difference.includesZero }
    package var isShownBetter: Bool { isShown && difference.value > 0 }
    package var isShownWorse: Bool { isShown && difference.value < 0 }

    /// What came out against it, in one or two words.
    package var result: String {
      guard difference.low != nil else { return "not judged" }
      return isShownBetter ? "better" : isShownWorse ? "worse" : "not shown"
    }
  }

  /// How many clients, or seeds, it would take to tell.
  package struct Needed: Equatable, Sendable {
    package enum Aim: String, Encodable, Sendable {
      /// The interval would exclude 0 if the difference stayed as it is.
      case difference
      /// The interval would reach less than one point to either side.
      case onePoint = "one_point"
    }

    package var count: Int
    package var aim: Aim
  }

  /// The verdict on one split.
  package struct Part: Equatable, Sendable {
    package var split: String
    /// What the clients predict with: `federated` or `personalised`.
    package var predictor: String
    package var accuracy: Estimate
    /// Evaluated clients of each run.
    package var clients: Int
    package var seeds: Int
    /// Whether all of several seeds have the same clients.
    package var hasFixedClients: Bool
    /// Whether the clients are the people of a log.
    var isOfLog: Bool
    var isOfProgram: Bool
    package var rivals: [Rival]

    /// The most accurate of the simple baselines, picked on the same clients.
    package var strongest: Rival? {
      rivals.filter { PredictorRole.simple.contains($0.predictor) }
        .max { $0.accuracy < $1.accuracy }
    }

    package var simpleCount: Int {
      rivals.count { PredictorRole.simple.contains($0.predictor) }
    }

    package func rival(_ predictor: String) -> Rival? {
      rivals.first { $0.predictor == predictor }
    }

    /// Yes needs every comparison to be shown, so it needs no correction for their number
    /// (intersection-union test; Berger, Technometrics 24, 1982).
    package var answer: Answer {
      let alone = rivals.filter { PredictorRole.needsNobodyElse($0.predictor) }
      guard !alone.isEmpty, alone.allSatisfy({ $0.difference.low != nil }) else {
        return .cannotBeJudged
      }
      if alone.contains(where: \.isShownWorse) { return .no }
      return alone.allSatisfy(\.isShownBetter) ? .yes : .notShown
    }
  }

  /// The training clients in the test period first, then held-out clients; those that were evaluated.
  package var parts: [Part] = []
  /// Splits in which no client was evaluated.
  package var missing: [String] = []

  package static let splits = ["future", "new_clients"]

  package var answer: Answer { parts.first?.answer ?? .cannotBeJudged }

  /// Reads runs that differ in their seed alone.
  package init(_ group: MeasuredGroup) throws {
    for split in Self.splits {
      if let part = try Part(group, split) { parts.append(part) } else { missing.append(split) }
    }
  }
}

extension Verdict.Part {
  /// Nil where nothing was evaluated, or the model of some run diverged.
  init?(_ group: MeasuredGroup, _ split: String) throws {
    guard let run = group.runs.first, let main = try group.mainPredictor(split) else { return nil }
    let metric = MetricName(split: split, predictor: main, column: "accuracy_top1")
    guard let accuracy = try group.final(metric) else { return nil }
    self.split = split
    predictor = main
    self.accuracy = accuracy
    seeds = group.runs.count
    hasFixedClients = try group.hasFixedClients(split)
    isOfLog = run.isOfLog
    isOfProgram = run.isOfProgram
    let counted = MetricName(split: split, predictor: main, column: "clients")
    let clients = try group.runs.compactMap { try $0.final(counted)?.value }.min()
    self.clients = clients.flatMap { Int(exactly: $0) } ?? (seeds == 1 ? accuracy.units : nil) ?? 0
    rivals = []
    for predictor in Self.sorted(run.predictors(split)) where predictor != main {
      let other = metric.of(predictor)
      guard let own = try group.final(other)?.value,
        let difference = try group.difference(metric, minus: other)
      else { continue }
      rivals.append(Verdict.Rival(predictor, accuracy: own, difference))
    }
  }

  /// What a phone could do alone, then other models, then the ceiling.
  private static func sorted(_ predictors: [String]) -> [String] {
    func rank(_ name: String) -> Int {
      switch name {
      case PredictorRole.localOnly: 0
      case PredictorRole.ceiling: 3
      default: PredictorRole.simple.contains(name) ? 1 : 2
      }
    }
    return predictors.enumerated()
      .sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
  }
}

extension Verdict.Rival {
  init(_ predictor: String, accuracy: Double, _ difference: Estimate) {
    self.predictor = predictor
    self.accuracy = accuracy
    self.difference = difference
    // A ceiling that was passed was passed by chance; below it an interval ends there.
    if predictor == PredictorRole.ceiling, difference.value <= 0 {
      self.difference.bounds = -1...0
    }
    needed = Verdict.Needed(self.difference)
  }
}

extension Verdict.Needed {
  /// Differences of which nobody asks how many clients would show them.
  private static let smallest = 0.001

  /// Nil where a difference is shown, and where its spread is not known.
  init?(_ difference: Estimate) {
    guard difference.includesZero else { return nil }
    let size = difference.value.magnitude
    if size >= Self.smallest, let count = difference.unitsNeeded(below: size) {
      (self.count, aim) = (count, .difference)
    } else if let count = difference.unitsNeeded(below: 0.01) {
      (self.count, aim) = (count, .onePoint)
    } else {
      return nil
    }
  }
}
