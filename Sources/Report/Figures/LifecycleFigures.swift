import Foundation
import Statistics
import Tables

/// Figures of the months that `fedsim lifecycle` simulated.
extension FigureKind {
  /// What the server decides, as it stands in the column `event`, and in words.
  private static let decisions = [
    (event: "trained", name: "a retraining begins", title: "Retraining begins"),
    (event: "promoted", name: "its model is on all phones", title: "New model released to all"),
    (event: "rolled back", name: "its model is rolled back", title: "New model rolled back"),
  ]

  /// Accuracy of all phones by day, beside the first model had it stayed and the Bayes optimum.
  func accuracyOverDays(_ runs: RunSet) throws -> Figure {
    guard runs.runs.count == 1, let run = runs.runs.first, let days = try LifecycleDays(run) else {
      throw unavailable("it is of one folder of `fedsim lifecycle`, which has a lifecycle.csv.")
    }
    let accuracy = days.accuracy()
    var series = [
      Series(
        name: "best possible", title: "Bayes optimum", mark: .line,
        look: Look(color: Look.black, dash: 2),
        points: try days.points("sim_ceiling", ofVersion: nil)),
      Series(
        name: "never retrained", title: "First model, never retrained", mark: .line,
        look: .group(1),
        points: try days.points("sim_accuracy_of_all_phones", ofVersion: 1)),
      Series(
        name: "answered unlocks", title: "Unlocks with a suggestion", mark: .line,
        look: Look(color: Look.grey, dash: 3),
        points: days.availability()),
      Series(
        name: "phones as they are", title: "Correct suggestions", mark: .line, look: .group(0),
        points: accuracy),
    ]
    var marks: [(name: String, title: String, days: [Double])] = Self.decisions.map { decision in
      (decision.name, decision.title, days.days(of: decision.event))
    }
    if let drift = run.settings["population.drift.day"].flatMap(Double.init) {
      marks.insert(("habits change", "Habits change", [drift]), at: 0)
    }
    for (index, mark) in marks.enumerated() {
      let points = accuracy.filter { mark.days.contains($0.x) }
      guard !points.isEmpty else { continue }
      series.append(
        Series(
          name: mark.name, title: mark.title, mark: .points, look: .group(index + 2),
          points: points))
    }
    series.removeAll { $0.points.isEmpty }
    return Figure(
      kind: self,
      caption:
        "Share of unlocks for which the suggested app is the one that is opened, over all phones, each "
        + "with the version that it had that day; offline phones suggest too. The Bayes optimum is "
        + "that of the first \(run.settings["lifecycle.ceiling_clients"] ?? "") clients.",
      horizontal: Axis(column: "day", label: "Day"),
      vertical: Axis(
        column: "share", label: "Share of unlocks (%)", scale: 100, bounds: 0...1), series: series)
  }

  /// Accuracy of phones by how long they had been without a connection.
  func accuracyAgainstStaleness(_ runs: RunSet) throws -> Figure {
    var series: [Series] = []
    for (index, group) in runs.groups().enumerated() {
      var samples: [Double: [Double]] = [:]
      for run in group.runs {
        guard let table = try run.table("staleness.csv") else { continue }
        let days = try table.texts("days_without_connection")
        for (day, accuracy) in zip(days, try table.numbers("sim_accuracy_top1")) {
          guard let accuracy, let day = Double(day.filter(\.isNumber)) else { continue }
          samples[day, default: []].append(accuracy)
        }
      }
      guard !samples.isEmpty else { continue }
      series.append(
        Series(
          name: group.label.isEmpty ? "phones" : group.label,
          title: group.title.isEmpty ? "Phones" : group.title, mark: .markedLine,
          look: .group(index),
          points: samples.sorted { $0.key < $1.key }.compactMap { day, values in
            Interval(of: values).map { Point(x: day, y: $0.mean, margin: $0.margin) }
          }))
    }
    guard !series.isEmpty else {
      throw unavailable("no folder has a staleness.csv, which `fedsim lifecycle` writes.")
    }
    return Figure(
      kind: self,
      caption: "All days together; the last point covers all phones that were offline for longer. "
        + "Offline phones miss new versions.",
      horizontal: Axis(
        column: "days_without_connection", label: "Full days without a connection"),
      vertical: Axis(
        column: "accuracy_top1", label: "Top-1 accuracy of phones (%)", scale: 100, bounds: 0...1),
      series: series)
  }
}
