import Foundation
import Tables

extension Verdict.Answer {
  /// As a cell of a table.
  package var words: String {
    switch self {
    case .yes: "yes"
    case .no: "no"
    case .notShown: "not shown"
    case .cannotBeJudged: "not judged"
    }
  }
}

extension Verdict {
  package static let question = "Does federated learning help here?"

  /// What intervals over seeds leave out where the clients are held fixed.
  static let fixedClients =
    "Warning: all seeds have the same clients (population.seed, evaluation.seed), so the intervals allow "
    + "for how training varies, but not for other clients."

  /// The same where those that are evaluated of the training clients vary.
  static let fixedHeldOutClients =
    "Warning: all seeds have the same held-out clients (population.seed), so the intervals for those allow "
    + "for how training varies, but not for other clients."

  /// The same where they come from one log.
  static let oneLog =
    "Warning: all seeds have the people of one log, so the intervals allow for how training varies and "
    + "who is held out, but not for other people."

  /// The answer in one sentence.
  package var headline: String {
    guard let part = parts.first else {
      return "\(Self.question) That cannot be judged: no client was evaluated; run with "
        + "evaluation.every above 0."
    }
    return "\(Self.question) \(part.headline)"
  }

  /// All sentences, each a paragraph: of each split, then what was not measured.
  package var sentences: [String] {
    parts.map { ([$0.title + ":"] + $0.sentences).joined(separator: " ") } + gaps
  }

  /// What a reader may miss, and the key that measures it.
  package var gaps: [String] {
    var gaps: [String] = []
    for split in missing where !parts.isEmpty {
      gaps.append(
        split == "future"
          ? "Training clients: none was evaluated (evaluation.clients), so nothing is said about them."
          : "Held-out clients: none was evaluated (population.new_client_share, "
            + "evaluation.new_clients), so what a new client gets cannot be judged.")
    }
    guard let part = parts.first else { return gaps }
    if part.seeds == 2 {
      gaps.append(
        "Warning: intervals over 2 seeds are very wide; sweep.seed: 5 gives much shorter ones.")
    }
    if part.isOfLog, part.seeds > 1 {
      gaps.append(Self.oneLog)
    } else if parts.allSatisfy(\.hasFixedClients) {
      gaps.append(Self.fixedClients)
    } else if parts.contains(where: { $0.hasFixedClients && $0.split == "new_clients" }) {
      gaps.append(Self.fixedHeldOutClients)
    }
    if [.no, .notShown].contains(part.answer) {
      gaps.append(
        "The answer is about this model and this training; another model.kind, more training.rounds or a "
          + "larger training.cohort_size may change it.")
    }
    guard !part.isOfProgram else { return gaps }
    if part.rival(PredictorRole.localOnly) == nil {
      gaps.append("Local-only was not trained; --set evaluation.local_only=true trains it.")
    }
    if part.rival(PredictorRole.pooled) == nil {
      gaps.append(
        "Centralized training was not measured (evaluation.pooled_epochs is 0); --set "
          + "evaluation.pooled_epochs=5 trains that baseline.")
    }
    return gaps
  }
}

extension Verdict.Part {
  /// Whom it is about.
  package var title: String {
    let over = seeds > 1 ? ", \(counted(seeds, "seed"))" : ""
    return split == "future"
      ? "Test period of \(counted(clients, "training client"))\(over)"
      : "\(counted(clients, "held-out client"))\(over)"
  }

  private var subject: String {
    let words = PredictorRole.words(predictor)
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// The answer in one sentence, against everything that a phone could do alone.
  package var headline: String {
    let alone = rivals.filter { PredictorRole.needsNobodyElse($0.predictor) }
    let name = PredictorRole.words(predictor)
    func list(_ rivals: [Verdict.Rival]) -> String {
      let names = rivals.map { PredictorRole.words($0.predictor) }
      guard names.count > 3 else { return names.joined(separator: ", ") }
      return names.prefix(2).joined(separator: ", ") + " and \(names.count - 2) more"
    }
    switch answer {
    case .yes:
      let simple = simpleCount == 1 ? "the simple baseline" : "all \(simpleCount) simple baselines"
      let others = [
        rival(PredictorRole.localOnly) == nil ? nil : "local-only", simpleCount == 0 ? nil : simple,
      ].compactMap(\.self).joined(separator: " and than ")
      return "Yes: \(name) is shown to be better than \(others)."
    case .no:
      let worse = alone.filter(\.isShownWorse)
      let local = rival(PredictorRole.localOnly).flatMap { worse.contains($0) ? nil : $0 }
      let against = local.map { local in
        let shown = local.isShownBetter ? "it is shown to be better" : "no difference is shown"
        return "; against \(PredictorRole.words(local.predictor)) \(shown)"
      }
      return "No, not as configured here: \(name) is shown to be worse than \(list(worse))"
        + "\(against ?? "")."
    case .notShown:
      return "Not shown: \(name) is not shown to be better than "
        + "\(list(alone.filter { !$0.isShownBetter }))."
    case .cannotBeJudged:
      return alone.isEmpty
        ? "That cannot be judged: nothing that a phone could do alone was measured."
        : "That cannot be judged: \(counted(clients, "client")) with \(counted(seeds, "seed")) "
          + "\(clients == 1 ? "tells" : "tell") nothing about others."
    }
  }

  /// What is said of local_only, of the strongest simple baseline, of other models and of the ceiling.
  package var sentences: [String] {
    var sentences: [String] = []
    let strongest = strongest
    for rival in rivals {
      let isSimple = PredictorRole.simple.contains(rival.predictor)
      guard !isSimple || rival.predictor == strongest?.predictor else { continue }
      sentences.append(
        sentence(rival, isStrongest: isSimple && simpleCount > 1))
    }
    return sentences + warnings
  }

  /// The difference to another predictor in one sentence.
  package func sentence(_ rival: Verdict.Rival, isStrongest: Bool = false) -> String {
    let name = PredictorRole.words(rival.predictor)
    let distance = Points.distance(rival.difference)
    let isAbove = rival.difference.value > 0
    if rival.predictor == PredictorRole.ceiling {
      let share = rival.accuracy > 0 ? 100 * accuracy.value / rival.accuracy : 100
      return "\(subject) reaches \(String(format: "%.1f", share)) % of \(name), \(distance) "
        + (isAbove ? "above it by chance." : "below it.")
    }
    let rule = PredictorRole.rule(rival.predictor).map { " (\($0))" } ?? ""
    let who =
      isStrongest
      ? "\(name)\(rule), the strongest of \(simpleCount) simple baselines here," : name + rule
    let over = "over \(counted(seeds, "seed"))"
    let place = seeds == 1 ? "on \(same)" : hasFixedClients ? "on \(same) \(over)" : over
    if rival.difference.value == 0, rival.difference.margin == 0 {
      return "\(subject) is exactly as accurate as \(who) \(place): not shown to be better."
    }
    let isTooSmall = !rival.isShown && Points.text(rival.difference.value) == "0.0"
    let way = isTooSmall ? "differs from" : isAbove ? "is better than" : "is worse than"
    return "\(subject) \(way) \(who) by \(distance) \(place)\(ending(rival))."
  }

  private var same: String { clients == 1 ? "the same client" : "the same \(clients) clients" }

  /// Whether it is shown, and what it would take.
  private func ending(_ rival: Verdict.Rival) -> String {
    if rival.isShown { return ": shown" }
    guard rival.difference.low != nil else { return ": cannot be judged" }
    if rival.difference.isDegenerate {
      return ": not shown, since so few clients with equal differences may be chance"
    }
    guard let needed = rival.needed else { return ": not shown" }
    let unit = seeds > 1 ? "seed" : "client"
    let count = "about \(counted(Self.rounded(needed.count), unit))"
    switch needed.aim {
    case .difference:
      return ": not shown; \(count) would show it, if the difference stays as it is"
    case .onePoint:
      return needed.count <= (rival.difference.units ?? 0)
        ? ": not shown, and less than 1 point either way"
        : ": not shown; \(count) would give an interval below 1 point to either side"
    }
  }

  /// Two digits, rounded up: no more is known of it.
  private static func rounded(_ count: Int) -> Int {
    var unit = 1
    while count / unit >= 100 { unit *= 10 }
    return (count + unit - 1) / unit * unit
  }

  /// Clients below which intervals over them are too short.
  private static let enoughClients = 30

  /// What the intervals of this split should not be trusted without.
  package var warnings: [String] {
    guard seeds == 1 else { return [] }
    if clients < 2 {
      return ["Warning: \(counted(clients, "client")) cannot be judged; \(forMore)."]
    }
    guard clients < Self.enoughClients else { return [] }
    return [
      "Warning: \(clients) clients are too few to conclude much, and intervals over so few are slightly too "
        + "short (over 10 clients they hold the truth in 91 % of all cases, not in 95 %); \(forMore)."
    ]
  }

  /// How more clients are evaluated.
  private var forMore: String {
    switch (split == "future", isOfLog) {
    case (true, false): "raise evaluation.clients"
    case (false, false): "raise evaluation.new_clients"
    case (true, true):
      "raise evaluation.clients if the log has more, else collect logs of more people"
    case (false, true):
      "hold out more of the log (population.new_client_share), or collect logs of more people"
    }
  }
}
