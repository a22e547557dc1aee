import Foundation
import RunResults

/// The answer of a report: whether federated learning helps, and what the settings do.
struct VerdictSection {
  private let groups: [RunGroup]
  private let measured: [MeasuredGroup]
  private let verdicts: [Verdict]
  private let answer: SettingsAnswer?

  /// - Parameter margin: the loss of accuracy that counts as small, as a share.
  init(_ runs: RunSet, _ groups: [RunGroup], margin: Double = 0.01) throws {
    // As `compare` has it: what was named first is what the others are held against.
    let reference = runs.referenceIndex(of: groups)
    let groups =
      [groups[reference]] + groups.enumerated().filter { $0.offset != reference }.map(\.element)
    self.groups = groups
    measured = try groups.map { try $0.measured() }
    verdicts = try measured.map { try Verdict($0) }
    answer = try SettingsAnswer(
      zip(groups, measured).map { group, measured in
        SettingsGroup(
          label: group.label.isEmpty ? "–" : group.label,
          values: Dictionary(
            uniqueKeysWithValues: runs.varied.map { ($0, group.runs[0].settings[$0] ?? "") }),
          measured: measured, epsilon: group.epsilon)
      }, varied: runs.varied, margin: margin)
  }

  func html() -> String {
    guard groups.count > 1 else { return Self.single(verdicts[0]) }
    var parts = (answer?.sentences ?? []).enumerated().map { index, sentence in
      "<p\(index == 0 ? " class=\"verdict\"" : "")>\(escaped(sentence))</p>"
    }
    parts.append("<h3>\(escaped(Verdict.question))</h3>")
    parts.append(overview())
    let details = zip(groups, verdicts).map { group, verdict in
      "<h3>\(escaped(group.title.isEmpty ? "–" : group.title))</h3>\n\(Self.single(verdict))"
    }
    parts.append(
      "<details><summary>Every group against every predictor</summary>"
        + "\(details.joined(separator: "\n"))</details>")
    return parts.joined(separator: "\n")
  }

  /// A row per group.
  private func overview() -> String {
    var table = PageTable(columns: [
      "Group", "Answer", "To local only (points)", "To the best simple baseline (points)",
      "To the Bayes optimum (points)", "Held-out clients",
    ])
    table.name = "Whether it helps"
    for (group, verdict) in zip(groups, verdicts) {
      let part = verdict.parts.first
      table.rows.append([
        .text(group.title.isEmpty ? "–" : group.title), .text(part?.answer.words ?? "–"),
        .difference(part?.rival(PredictorRole.localOnly)?.difference),
        .difference(part?.strongest?.difference),
        .difference(part?.rival(PredictorRole.ceiling)?.difference),
        .text(verdict.parts.dropFirst().first?.answer.words ?? "–"),
      ])
    }
    return table.html
  }

  /// One group: the headline, the sentences and every difference.
  private static func single(_ verdict: Verdict) -> String {
    var parts = ["<p class=\"verdict\">\(escaped(verdict.headline))</p>"]
    parts += verdict.sentences.map { "<p>\(escaped($0))</p>" }
    guard !verdict.parts.isEmpty else { return parts.joined(separator: "\n") }
    var table = PageTable(columns: [
      "Clients", "Against", "Its top-1", "Difference (points)", "Result",
      "Clients or seeds needed",
    ])
    table.name = "Against every predictor"
    for part in verdict.parts {
      for rival in part.rivals {
        table.rows.append([
          .text(part.title), .text(ResultWords.predictor(rival.predictor)),
          .percent(rival.accuracy),
          .difference(rival.difference),
          .text(rival.predictor == PredictorRole.ceiling ? "–" : rival.result),
          .number(rival.needed.map { Double($0.count) }, "%.0f"),
        ])
      }
    }
    parts.append(table.html)
    parts.append(
      "<p class=\"soft\">Brackets are 95 % intervals of paired differences: over seeds, or with one seed "
        + "over clients. Needed: how many clients (or seeds) would show a difference of this size, or give "
        + "an interval below one point to either side where the difference is below 0.1 points. No "
        + "correction for multiple comparisons.</p>")
    return parts.joined(separator: "\n")
  }
}

extension RunGroup {
  /// What the files of its runs say.
  func measured() throws -> MeasuredGroup { MeasuredGroup(try runs.map { try $0.measured() }) }

  /// The mean over seeds; nil where a run claims none.
  var epsilon: Double? {
    let values = runs.compactMap(\.epsilon)
    return values.count == runs.count ? values.reduce(0, +) / Double(values.count) : nil
  }
}
