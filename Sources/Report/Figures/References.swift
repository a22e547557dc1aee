import Statistics

/// The predictors beside the trained model.
enum ReferencePredictor {
  static let ceiling = "bayes_optimal"
  static let localOnly = "local_only"
  static let pooled = "pooled"
  static let baselines = [
    "most_frequent", "most_recent", "hourly_frequent", "markov", "repeat_first",
  ]
  static let all = [ceiling, localOnly] + baselines + [pooled]
}

extension RunSet {
  /// The split that the figures of these runs show.
  func split() throws -> String {
    for run in runs {
      if let evaluation = try run.evaluation() { return evaluation.split }
      if run.metrics["future_federated_accuracy_top1"] != nil { return "future" }
      if run.metrics["new_clients_federated_accuracy_top1"] != nil { return "new_clients" }
    }
    return "future"
  }

  /// The last accuracy of a predictor, the mean over runs; nil where no run has it.
  func lastAccuracy(_ predictor: String, in group: RunGroup, split: String) throws -> Double? {
    let values = try group.runs.compactMap { run in
      try run.metrics["\(split)_\(predictor)_accuracy_top1"]
        ?? run.evaluation()?.values("accuracy_top1", predictor: predictor).last?.value
    }
    return Interval(of: values)?.mean
  }

  /// Horizontal lines for the ceiling and the baselines, which do not change over rounds.
  ///
  /// One group shows all of them. Several groups show what they agree on of the ceiling,
  /// local_only and the best baseline; where only the ceilings differ, each in its group's colour.
  func references(
    _ groups: [RunGroup], split: String, across range: ClosedRange<Double>
  ) throws -> [Series] {
    // A line between two equal ends would not be seen.
    let margin = range.lowerBound == range.upperBound ? abs(range.lowerBound) / 10 : 0
    func line(
      _ name: String, _ value: Double, _ look: Look, title: String, isNamed: Bool = true
    ) -> Series {
      let ends = [range.lowerBound - margin, range.upperBound + margin].map {
        Point(x: $0, y: value)
      }
      return Series(
        name: name, title: title, mark: .line, look: look, isNamed: isNamed, isReference: true,
        points: ends)
    }
    let predictors = groups.count == 1 ? ReferencePredictor.all : try telling(groups, split)
    var series: [Series] = []
    for predictor in predictors {
      let values = try groups.map { try lastAccuracy(predictor, in: $0, split: split) }
      let look = Self.look(of: predictor, amongGroups: groups.count > 1)
      let title = ResultWords.predictor(predictor)
      if let mean = Self.common(values) {
        series.append(
          line(predictor, mean, look, title: groups.count > 1 ? "\(title) (all groups)" : title))
      } else if predictor == ReferencePredictor.ceiling {
        for (index, value) in values.enumerated() {
          guard let value else { continue }
          var look = Look.group(index)
          (look.dash, look.isThin) = (3, true)
          series.append(
            line(
              "\(predictor): \(groups[index].label)", value, look,
              title: "\(title) (thin, in the group’s colour)",
              // One name for all: the colours say which is whose.
              isNamed: !series.contains { $0.name.hasPrefix(predictor) }))
        }
      }
    }
    return series
  }

  /// The mean of what all groups agree on to a twentieth of a point; nil where they do not.
  private static func common(_ values: [Double?]) -> Double? {
    let known = values.compactMap(\.self)
    guard known.count == values.count, let least = known.min(), let most = known.max(),
      most - least <= 0.0005
    else { return nil }
    return least == most ? least : known.reduce(0, +) / Double(known.count)
  }

  /// Ceiling, local_only and the baseline that is best in the first group that has any.
  private func telling(_ groups: [RunGroup], _ split: String) throws -> [String] {
    var best: (name: String, accuracy: Double)?
    for predictor in ReferencePredictor.baselines {
      guard let accuracy = try lastAccuracy(predictor, in: groups[0], split: split) else {
        continue
      }
      if accuracy > best?.accuracy ?? -1 { best = (predictor, accuracy) }
    }
    let trained = [ReferencePredictor.pooled, ReferencePredictor.localOnly]
    return [ReferencePredictor.ceiling] + trained + (best.map { [$0.name] } ?? [])
  }

  private static func look(of predictor: String, amongGroups: Bool) -> Look {
    if predictor == ReferencePredictor.ceiling { return Look(color: Look.black, dash: 2) }
    guard !amongGroups else {
      let dashes = [ReferencePredictor.localOnly: 4, ReferencePredictor.pooled: 5]
      let dash = dashes[predictor] ?? 3
      return Look(color: Look.grey, dash: dash, isThin: true)
    }
    // The first colour is the model's own.
    let index = ReferencePredictor.all.firstIndex(of: predictor) ?? 0
    let color = index < Look.colors ? index + 1 : Look.grey
    return Look(color: color, dash: [2, 4, 3, 5][index % 4], isThin: true)
  }
}
