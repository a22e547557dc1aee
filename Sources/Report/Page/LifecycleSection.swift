import Foundation

/// The answer and the numbers of folders that `fedsim lifecycle` wrote.
struct LifecycleSection {
  private let lifecycles: [(title: String, days: LifecycleDays, drift: Double?)]

  /// Nil unless every run is one.
  init?(_ groups: [RunGroup]) throws {
    let runs = groups.flatMap { group in group.runs.map { (group.title, $0) } }
    guard runs.allSatisfy({ $0.1.isLifecycle }) else { return nil }
    lifecycles = try runs.compactMap { title, run in
      try LifecycleDays(run).map {
        (
          title.isEmpty ? run.path : "\(title), \(run.path)", $0,
          run.settings["population.drift.day"].flatMap(Double.init)
        )
      }
    }
  }

  /// Days that a mean is taken over.
  private static let week = 7

  func answer() -> String {
    lifecycles.map { lifecycle in
      let sentences = Self.sentences(lifecycle.days, drift: lifecycle.drift)
      let paragraphs = sentences.enumerated().map { index, sentence in
        "<p\(index == 0 ? " class=\"verdict\"" : "")>\(escaped(sentence))</p>"
      }
      return (heading(lifecycle.title) + paragraphs).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Its versions, and the days on which something happened to one.
  func results() -> String {
    lifecycles.map { lifecycle in
      var versions = PageTable(columns: [
        "Version", "Trained on day", "First day in production", "Last day in production",
        "Unlocks in production", "Accuracy in production", "Stage at the end",
      ])
      versions.name = "Versions"
      versions.rows = lifecycle.days.services.map { service in
        [
          .number(Double(service.version), "%.0f"), .number(service.trained, "%.0f"),
          .number(service.days?.lowerBound, "%.0f"), .number(service.days?.upperBound, "%.0f"),
          .number(service.days == nil ? nil : service.unlocks, "%.0f"),
          .percent(service.unlocks > 0 ? service.hits / service.unlocks : nil),
          .text(service.lastStage),
        ]
      }
      var events = PageTable(columns: ["Day", "Date", "Version", "Event"])
      events.name = "Events"
      events.rows = lifecycle.days.happenings.map {
        [.number($0.day, "%.0f"), .text($0.date), .number($0.version, "%.0f"), .text($0.event)]
      }
      return
        (heading(lifecycle.title) + [
          versions.html,
          "<p class=\"soft\">Accuracy is the share of unlocks whose first suggestion is the app that is opened, "
            + "over all unlocks of the days in production.</p>",
          events.rows.isEmpty
            ? "<p>No version was trained, promoted or rolled back.</p>" : events.html,
        ]).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private func heading(_ title: String) -> [String] {
    lifecycles.count > 1 ? ["<h3>\(escaped(title))</h3>"] : []
  }

  /// How accuracy went, and what happened to versions.
  static func sentences(_ days: LifecycleDays, drift: Double?) -> [String] {
    let accuracy = days.accuracy()
    guard let first = accuracy.first, let last = accuracy.last else {
      return ["No day with an unlock was simulated."]
    }
    func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }
    func mean(_ points: some Collection<Point>) -> Double {
      points.map(\.y).reduce(0, +) / Double(points.count)
    }
    let end = accuracy.suffix(week)
    let recent = "\(percent(mean(end))) in the last \(end.count) days"
    var sentences: [String] = []
    let before = drift.map { day in accuracy.filter { $0.x < day }.suffix(week) } ?? []
    let worst = drift.flatMap { day in accuracy.filter { $0.x >= day }.min { $0.y < $1.y } }
    if let drift, let worst, !before.isEmpty {
      let lost = mean(before) - worst.y
      let regained = lost > 0 ? (mean(end) - worst.y) / lost : 1
      sentences.append(
        (lost > 0
          ? "\(percent(min(1, regained))) of the accuracy that was lost when habits changed on day "
            + "\(Int(drift)) was regained: "
          : "No accuracy was lost when habits changed on day \(Int(drift)): ")
          + "\(percent(mean(before))) in the \(before.count) days before, \(percent(worst.y)) on the worst "
          + "day after (day \(Int(worst.x))), \(recent).")
    } else {
      let start = accuracy.prefix(week)
      sentences.append(
        "Accuracy was \(percent(mean(start))) in the first \(start.count) days (from day \(Int(first.x))) "
          + "and \(recent) (to day \(Int(last.x))).")
    }
    if let version = days.services.first?.version,
      let kept = try? days.points("sim_accuracy_of_all_phones", ofVersion: Double(version)).suffix(
        week),
      days.services.count > 1, kept.last?.x == last.x
    {
      sentences.append(
        "Without any retraining, version \(version) would have had \(percent(mean(kept))) in the last "
          + "\(kept.count) days.")
    }
    let events = days.happenings.map(\.event)
    func count(_ word: String) -> Int { events.count { $0.contains(word) } }
    let trained = count("trained")
    sentences.append(
      "After the first version, \(trained) \(trained == 1 ? "was" : "were") trained: \(count("promoted")) "
        + "promoted, \(count("rolled back")) rolled back.")
    let answered = days.availability()
    if !answered.isEmpty {
      sentences.append(
        String(format: "%.3f %%", 100 * days.answeredShare) + " of unlocks had a suggestion.")
    }
    sentences.append(
      "This is one simulation of one population: differences have no interval. Run it with other seeds to see "
        + "how much they vary.")
    return sentences
  }
}
