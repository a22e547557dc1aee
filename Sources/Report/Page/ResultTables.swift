import RunResults
import Statistics

/// The numbers of a report.
struct ResultTables {
  private let runs: RunSet
  private let groups: [RunGroup]
  private let split: String

  init(_ runs: RunSet, _ groups: [RunGroup]) throws {
    self.runs = runs
    self.groups = groups
    split = try runs.split()
  }

  /// One row per group, and with several runs one per run.
  func results() throws -> String {
    let mains = try groups.map { try $0.measured().mainMetric(split) }
    let main =
      Set(mains).count == 1 ? ResultWords.predictor(mains[0].predictor) : "What clients use"
    var table = PageTable(columns: [
      "Group", "Seeds", main, "Difference (points)", "Local only", "Best baseline",
      "Bayes optimum", "% of Bayes optimum", "Held-out clients", epsilonTitle, "Communication",
      "Time (s)",
    ])
    table.name = "Results"
    let reference = runs.referenceIndex(of: groups)
    for (index, group) in groups.enumerated() {
      let federated = try group.measured().final(mains[index])
      let ceiling = try runs.lastAccuracy(ReferencePredictor.ceiling, in: group, split: split)
      let baseline = try bestBaseline(group)
      table.rows.append([
        .text(group.title.isEmpty ? "–" : group.title), .number(Double(group.runs.count), "%.0f"),
        .percent(federated),
        index == reference
          ? .text(groups.count > 1 ? "reference" : "–")
          : .difference(
            try GroupDifference(group, minus: groups[reference], split: split).final()),
        .percent(try runs.lastAccuracy(ReferencePredictor.localOnly, in: group, split: split)),
        Self.cell(of: baseline), .percent(ceiling),
        .percent(federated.flatMap { value in ceiling.map { value.value / $0 } }),
        .percent(
          split == "new_clients"
            ? nil
            : mean(
              group.runs.map { $0.metrics["new_clients_\(mains[index].predictor)_accuracy_top1"] })),
        .epsilon(mean(group.runs.map(\.epsilon))), .bytes(mean(group.runs.map(\.bytes))),
        .number(mean(try group.runs.map { try $0.seconds() }), "%.1f"),
      ])
    }
    let people =
      split == "new_clients"
      ? "clients held out of training" : "the test period of training clients"
    let words =
      "Top-1 accuracy on \(people) in the last evaluation; brackets hold 95 % intervals, over seeds "
      + "where there are several and over clients otherwise."
      + (groups.count > 1
        ? " Differences are to \(groups[reference].title), paired by seed, or by client where one seed "
          + "is common; an interval that includes 0 shows no difference." : "")
      + " Communication is the bytes of all rounds in both directions. Click a heading to sort."
    let cautions = try heavyClients().map { "\n<p>\(escaped($0))</p>" }.joined()
    return table.html + "\n<p class=\"soft\">\(escaped(words))</p>" + cautions
      + (runs.runs.count > 1
        ? "\n<details><summary>Every run</summary>\(try single())</details>" : "")
  }

  /// Runs in which one client makes much of what the table shows.
  private func heavyClients() throws -> [String] {
    try runs.runs.compactMap { run in
      let metric = MetricName(split: split, predictor: "federated", column: "accuracy_top1")
      guard let clients = try run.clients()?.last(metric)?.weights,
        let share = ClientWeights.unusualShare(clients)
      else { return nil }
      let percent = (share * 1_000).rounded() / 10
      return "\(run.path): one of \(clients.count) clients holds \(percent) % of the weight of all "
        + "predictions; compare the mean per-client accuracy under “Every predictor”, or lower "
        + "evaluation.largest_client_weight."
    }
  }

  private var epsilonTitle: String {
    runs.runs.contains(where: \.isOfLaunch) ? "ε of the launch" : "ε"
  }

  /// One row per run.
  private func single() throws -> String {
    var table = PageTable(
      columns: runs.varied.map(KeyLabel.title) + [
        "Seed", "Federated", epsilonTitle, "Communication", "Run",
      ])
    table.name = "Every run"
    for run in runs.runs {
      table.rows.append(
        runs.varied.map { .setting(run.settings[$0], of: $0) } + [
          .setting(run.settings["seed"]),
          .percent(run.metrics["\(split)_federated_accuracy_top1"]), .epsilon(run.epsilon),
          .bytes(run.bytes), .text(run.path),
        ])
    }
    return table.html
  }

  /// The last evaluation: a row per group, split and predictor.
  func predictors() throws -> String {
    var table = PageTable(columns: [
      "Group", "Measured on", "Predictor", "Clients", "Predictions", "Top-1", "Top-3", "Top-5",
      "MRR", "Cross-entropy (nats)", "Mean per-client accuracy", "Macro F1", "Calibration error",
    ])
    table.name = "Every predictor"
    for group in groups {
      for split in ["future", "new_clients"] {
        for predictor in ["federated", "personalised"] + ReferencePredictor.all {
          func metric(_ name: String) -> Double? {
            mean(group.runs.map { $0.metrics["\(split)_\(predictor)_\(name)"] })
          }
          guard let accuracy = metric("accuracy_top1") else { continue }
          table.rows.append([
            .text(group.title.isEmpty ? "–" : group.title), .text(ResultWords.split(split)),
            .text(ResultWords.predictor(predictor)),
            .number(metric("clients"), "%.0f"), .number(metric("examples"), "%.0f"),
            .percent(accuracy), .percent(metric("accuracy_top3")),
            .percent(metric("accuracy_top5")), .number(metric("mrr"), "%.3f"),
            .number(metric("cross_entropy"), "%.3f"), .percent(metric("client_accuracy_mean")),
            .percent(metric("f1_macro")), .percent(metric("expected_calibration_error")),
          ])
        }
      }
    }
    guard !table.rows.isEmpty else { return "<p>Nothing was evaluated at the end.</p>" }
    // A long table hides what comes after it.
    let html =
      table.rows.count <= 32
      ? table.html
      : "<details><summary>\(table.rows.count) rows</summary>\(table.html)</details>"
    return html + "\n<p class=\"soft\">Means over seeds. Top-1 to macro F1 are means over "
      + "predictions, in which a client counts at most evaluation.largest_client_weight times as much "
      + "as the median client; the mean per-client accuracy counts every client once. Federated is the "
      + "trained model. The Bayes optimum predicts with the distribution that the simulated clients "
      + "draw from, which no learner can beat. The others are baselines.</p>"
  }

  /// As `44.1 % (Markov chain)`.
  private static func cell(of baseline: (name: String, accuracy: Double)?) -> PageTable.Cell {
    guard let baseline else { return .text("–") }
    var cell = PageTable.Cell.percent(baseline.accuracy)
    cell.text += " (\(ResultWords.predictor(baseline.name)))"
    return cell
  }

  private func bestBaseline(_ group: RunGroup) throws -> (name: String, accuracy: Double)? {
    try ReferencePredictor.baselines.compactMap { name in
      try runs.lastAccuracy(name, in: group, split: split).map { (name, $0) }
    }
    .max { $0.1 < $1.1 }
  }

  private func mean(_ values: [Double?]) -> Double? {
    Interval(of: values.compactMap(\.self))?.mean
  }
}

extension Run {
  /// Wall time of all rounds with their evaluations; nil where system.csv was not kept.
  func seconds() throws -> Double? {
    try table("system.csv")?.numbers("seconds").compactMap(\.self).reduce(0, +)
  }
}
