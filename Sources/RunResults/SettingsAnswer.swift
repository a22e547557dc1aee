import Foundation

/// Runs of one setting, as an answer about settings names and orders them.
package struct SettingsGroup: Sendable {
  /// What sets it apart, such as `cohort_size = 50`.
  package var label: String
  /// Of the keys that differ between groups.
  package var values: [String: String]
  package var measured: MeasuredGroup
  /// The mean over seeds; nil where no finite ε is claimed.
  package var epsilon: Double?

  package init(
    label: String, values: [String: String], measured: MeasuredGroup, epsilon: Double?
  ) {
    self.label = label
    self.values = values
    self.measured = measured
    self.epsilon = epsilon
  }
}

/// What a sweep says about the setting it varies.
package struct SettingsAnswer: Equatable, Sendable {
  package enum Question: Equatable, Sendable {
    /// The smallest ε that costs little against no noise, or the largest ε.
    case epsilon
    /// The smallest value of this key that costs little against the largest: where more of it costs
    /// bytes, work or time.
    case setting(String)
    /// Which groups differ from the first.
    case groups
  }

  /// A group and how much more accurate it is than another.
  package struct Entry: Equatable, Sendable {
    package var label: String
    /// As a sentence names it, such as `2`.
    package var value: String
    /// Nil where the two cannot be compared.
    package var difference: Estimate?

    package var isShownBetter: Bool {
      difference.map { !$0.includesZero && $0.value > 0 } ?? false
    }
    package var isShownWorse: Bool {
      difference.map { !$0.includesZero && $0.value < 0 } ?? false
    }

    /// Whether a loss of `margin` or more is excluded.
    package func costsLess(than margin: Double) -> Bool {
      guard let difference, let low = difference.low, !difference.isDegenerate else { return false }
      return low > -margin
    }
  }

  package let question: Question
  package let split: String
  /// The largest loss that counts as small, as a share.
  package let margin: Double
  /// Runs of the group that has most.
  package let seeds: Int
  /// Whether all of several seeds have the same clients.
  package let hasFixedClients: Bool
  /// Whether all of several seeds took their clients from one log.
  let isOfOneLog: Bool
  /// Whether all clients are simulated.
  let isSimulated: Bool
  /// Runs of the group that has fewest.
  let fewestSeeds: Int
  /// The group that all others are held against, and the others in the order of the question.
  package let reference: Entry
  package let others: [Entry]
  /// The first group, and how all others differ from it.
  package let first: Entry
  package let againstFirst: [Entry]

  /// Keys by which a sweep decides how large ε becomes.
  private static let epsilonKeys: Set = [
    "privacy.target_epsilon", "privacy.noise_multiplier", "privacy.budget.epsilon",
    "privacy.mechanism",
  ]

  /// Nil for fewer than two groups, and where nothing was evaluated.
  ///
  /// - Parameters:
  ///   - groups: the first is what the others are held against, unless the question says otherwise.
  ///   - varied: the keys in which they differ, but for the seed.
  package init?(_ groups: [SettingsGroup], varied: [String], margin: Double) throws {
    guard groups.count > 1 else { return nil }
    let split = try Verdict.splits.first { split in
      try groups.allSatisfy { try $0.measured.mainPredictor(split) != nil }
    }
    guard let split else { return nil }
    self.split = split
    self.margin = margin
    seeds = groups.map(\.measured.runs.count).max() ?? 1
    hasFixedClients = try groups[0].measured.hasFixedClients(split)
    isOfOneLog = groups[0].measured.isOfOneLog
    isSimulated = groups.allSatisfy { !$0.measured.runs.contains(where: \.isOfLog) }
    fewestSeeds = groups.map(\.measured.runs.count).min() ?? 1
    let ordered = Self.ordered(groups, varied)
    question = ordered?.question ?? .groups
    let values = ordered?.groups ?? groups.map { (value: $0.label, group: $0) }
    reference = Entry(label: values[0].group.label, value: values[0].value, difference: nil)
    others = try values.dropFirst().map { value, group in
      try Entry(group, value, against: values[0].group, split)
    }
    first = Entry(label: groups[0].label, value: groups[0].label, difference: nil)
    againstFirst = try groups.dropFirst().map {
      try Entry($0, $0.label, against: groups[0], split)
    }
  }

  /// The groups from the largest value to the smallest; nil where they have no such order.
  private static func ordered(
    _ groups: [SettingsGroup], _ varied: [String]
  ) -> (question: Question, groups: [(value: String, group: SettingsGroup)])? {
    let isEpsilon = !varied.isEmpty && varied.allSatisfy(epsilonKeys.contains)
    let isSolved = isEpsilon && varied.first != "privacy.target_epsilon"
    guard let key = varied.first,
      isEpsilon || varied.count == 1 && CostlySetting.cost(of: key) != nil
    else { return nil }
    func number(_ group: SettingsGroup) -> Double? {
      let text = group.values[key] ?? ""
      let given = [".inf", "inf"].contains(text) ? .infinity : Double(text)
      return isSolved ? group.epsilon ?? .infinity : given
    }
    let numbers = groups.map(number)
    guard numbers.allSatisfy({ $0 != nil }), Set(numbers).count == groups.count else { return nil }
    let sorted = zip(numbers, groups).map { (number: $0 ?? 0, group: $1) }
      .sorted { $0.number > $1.number }
    return (
      isEpsilon ? .epsilon : .setting(key),
      sorted.map { (value: text($0.number, isSolved: isSolved), group: $0.group) }
    )
  }

  /// - Parameter isSolved: a value that the run found has more digits than anybody reads.
  private static func text(_ number: Double, isSolved: Bool) -> String {
    guard number.isFinite else { return "inf" }
    if let whole = Int(exactly: number) { return "\(whole)" }
    return isSolved ? String(format: "%.3g", number) : "\(number)"
  }

  // MARK: - The answer

  /// The last of the others, in their order, up to which each is shown to cost less than the margin.
  ///
  /// They are tested in this order and no further than the first that is not shown, which needs no
  /// correction for their number (fixed-sequence procedure; Westfall & Krishen, Journal of Statistical
  /// Planning and Inference 99, 2001).
  package var smallest: Entry? {
    guard question != .groups else { return nil }
    return others.prefix { $0.costsLess(than: margin) }.last
  }
}

extension SettingsAnswer.Entry {
  fileprivate init(
    _ group: SettingsGroup, _ value: String, against reference: SettingsGroup, _ split: String
  ) throws {
    label = group.label
    self.value = value
    func metric(_ group: SettingsGroup) throws -> MetricName {
      MetricName(
        split: split,
        predictor: try group.measured.mainPredictor(split) ?? PredictorRole.federated,
        column: "accuracy_top1")
    }
    difference = try group.measured.difference(
      metric(group), minus: reference.measured, itsMetric: metric(reference))
  }
}
