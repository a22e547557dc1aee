import Foundation
import Tables

extension SettingsAnswer {
  /// What was asked and what came out, a sentence each.
  package var sentences: [String] {
    var sentences: [String] = []
    switch question {
    case .epsilon: sentences = costs(of: "epsilon")
    case .setting(let key):
      let cost = CostlySetting.cost(of: key).map { "More of it costs \($0)." }
      sentences = costs(of: key) + [cost].compactMap(\.self) + differences
    case .groups: sentences = differences
    }
    return sentences + [separation, unevenness, caveat, caution].compactMap(\.self)
  }

  private var points: String {
    let text = String(format: "%g", (margin * 1e6).rounded() / 1e4)
    return text == "1" ? "1 point" : "\(text) points"
  }

  private var people: String {
    split == "future" ? "on training clients in the test period" : "on held-out clients"
  }

  /// The smallest value that costs little.
  private func costs(of key: String) -> [String] {
    let against =
      reference.value == "inf"
      ? "no noise" : "\(key == "epsilon" ? "epsilon " : "")\(reference.value), the largest"
    func loss(_ entry: Entry) -> String {
      guard let difference = entry.difference else { return "cannot be compared" }
      return "accuracy \(Points.signed(difference))"
    }
    guard others.contains(where: { $0.difference?.low != nil }) else {
      return [
        "Which \(key) costs less than \(points) cannot be judged: no difference has an interval. Compare "
          + "runs with the same seeds that evaluate at least 2 clients."
      ]
    }
    guard let smallest else {
      let nearest = others.max { ($0.difference?.low ?? -2) < ($1.difference?.low ?? -2) }
      let how = nearest.map { "; \($0.value) comes nearest: \(loss($0))" } ?? ""
      let isTested = others.contains { $0.costsLess(than: margin) }
      return [
        isTested
          ? "\(others[0].value) is not shown to cost less than \(points) against \(against), so no "
            + "smaller \(key) is tested: \(loss(others[0])) \(people)." + skipped(after: nil)
          : "No \(key) is shown to cost less than \(points) against \(against)\(how) \(people)."
      ]
    }
    return [
      "The smallest \(key) that costs less than \(points) against \(against), shown with 95 %, is "
        + "\(smallest.value): \(loss(smallest)) \(people)." + skipped(after: smallest)
    ]
  }

  /// Values that would pass if those before them had.
  private func skipped(after last: Entry?) -> String {
    let rest = last.flatMap { others.firstIndex(of: $0) }.map { others[($0 + 1)...] } ?? others[...]
    let passing = rest.filter { $0.costsLess(than: margin) }.map(\.value)
    guard !passing.isEmpty else { return "" }
    return
      " \(passing.joined(separator: ", ")) would pass alone, but a larger value does not, so it "
      + "does not count."
  }

  private static let mostNamed = 6

  /// Which groups differ from the first.
  private var differences: [String] {
    func list(_ entries: [Entry]) -> String {
      let named = entries.prefix(Self.mostNamed).map { entry in
        entry.label + (entry.difference.map { " by \(Points.distance($0))" } ?? "")
      }
      let more = entries.count - named.count
      return named.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
    }
    let better = againstFirst.filter(\.isShownBetter)
    let worse = againstFirst.filter(\.isShownWorse)
    let judged = againstFirst.filter { $0.difference?.low != nil }
    let open = judged.filter { !$0.isShownBetter && !$0.isShownWorse }
    let unknown = againstFirst.count - judged.count
    var sentences: [String] = []
    if !better.isEmpty { sentences.append("Shown better than \(first.label): \(list(better)).") }
    if !worse.isEmpty { sentences.append("Shown worse than \(first.label): \(list(worse)).") }
    if !open.isEmpty {
      let named = open.prefix(Self.mostNamed).map { entry in
        "\(entry.label) (\(entry.difference.map(Points.signed) ?? ""))"
      }
      let more = open.count - named.count
      sentences.append(
        "No difference shown to \(first.label): \(named.joined(separator: "; "))"
          + (more > 0 ? "; and \(more) more." : "."))
    }
    if unknown > 0 {
      sentences.append(
        "\(counted(unknown, "group")) cannot be compared with \(first.label): the seeds or the "
          + "evaluated clients are not the same.")
    }
    if judged.count > 1 { sentences.append("No correction for multiple comparisons.") }
    return sentences
  }

  /// Whether the answer is no more than the smallest value that was tried, or the last that noise lets pass.
  private var separation: String? {
    guard case .epsilon = question, let smallest, others.count > 1,
      others.allSatisfy({ !$0.isShownBetter && !$0.isShownWorse })
    else { return nil }
    let against = reference.value == "inf" ? "no noise" : "the largest"
    return
      "The sweep does not separate these ε: none is shown to differ from \(against), so "
      + (smallest == others.last
        ? "the smallest that was tried passes, and smaller ones might."
        : "with more seeds or evaluated clients a smaller one may pass.")
  }

  /// What a sweep that still runs leaves out.
  private var unevenness: String? {
    guard fewestSeeds < seeds else { return nil }
    return
      "Some settings have \(counted(fewestSeeds, "run")) and others \(seeds): compare again when all seeds "
      + "have finished."
  }

  /// What nobody should choose an ε by.
  private var caution: String? {
    guard case .epsilon = question, isSimulated else { return nil }
    return
      "These clients are simulated, so what noise costs here is a property of the synthetic task; measure on "
      + "a log of your own before you choose an ε by it."
  }

  /// What one seed leaves out.
  private var caveat: String? {
    if isOfOneLog { return Verdict.oneLog }
    if hasFixedClients { return Verdict.fixedClients }
    return seeds == 1
      ? "With one seed the intervals allow for which clients were evaluated, but not for how training "
        + "varies from seed to seed; sweep.seed: 5 would."
      : nil
  }
}

extension SettingsAnswer: Encodable {
  private enum CodingKeys: CodingKey {
    case question, key, marginPoints, split, seeds, reference, smallest, groups, differences
    case sentences
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    var key: String?
    switch question {
    case .epsilon: try container.encode("epsilon", forKey: .question)
    case .setting(let name):
      key = name
      try container.encode("setting", forKey: .question)
    case .groups: try container.encode("groups", forKey: .question)
    }
    try container.encode(key, forKey: .key)
    try container.encode(100 * margin, forKey: .marginPoints)
    try container.encode(split, forKey: .split)
    try container.encode(seeds, forKey: .seeds)
    try container.encode(reference.value, forKey: .reference)
    try container.encode(smallest?.value, forKey: .smallest)
    try container.encode(
      others.map { Row(entry: $0, margin: question == .groups ? nil : margin) }, forKey: .groups)
    try container.encode(
      againstFirst.map { Row(entry: $0, margin: nil) }, forKey: .differences)
    try container.encode(sentences, forKey: .sentences)
  }

  private struct Row: Encodable {
    var entry: Entry
    var margin: Double?

    private enum CodingKeys: CodingKey {
      case label, value, difference, low, high, interval, shown, costsLess
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(entry.label, forKey: .label)
      try container.encode(entry.value, forKey: .value)
      try container.encode(entry.difference?.value, forKey: .difference)
      try container.encode(entry.difference?.low, forKey: .low)
      try container.encode(entry.difference?.high, forKey: .high)
      try container.encode(entry.difference?.method, forKey: .interval)
      try container.encode(entry.isShownBetter || entry.isShownWorse, forKey: .shown)
      if let margin { try container.encode(entry.costsLess(than: margin), forKey: .costsLess) }
    }
  }
}
