import Experiments
import Foundation
import Tables

/// Runs and sweeps as text of 80 columns, paths last.
///
/// A path that is too long for its column has a line of its own.
enum ListTable {
  private static let width = 80
  /// Before what belongs to the row above.
  private static let indent = "    "

  static func text(of sweeps: [SweepList.Entry]) -> String {
    guard !sweeps.isEmpty else { return "" }
    let rows = sweeps.map { sweep in
      [
        sweep.state, "\(sweep.finished) of \(sweep.runs)", "\(sweep.failed)", date(sweep.start),
        sweep.path,
      ]
    }
    let details = sweeps.map { $0.tags.isEmpty ? [] : ["tags: \($0.tags.joined(separator: " "))"] }
    return lines([["state", "finished", "failed", "started", "sweep"]] + rows, [[]] + details)
  }

  static func text(of runs: [ListedRun]) -> String {
    guard !runs.isEmpty else { return "" }
    let rows = runs.map { listed in
      let run = listed.run
      return [
        run.state, run.isLifecycle ? "lifecycle" : "\(run.rounds)", percent(run.accuracyTop1),
        date(run.start), run.path,
      ]
    }
    return lines(
      [["state", "rounds", "top-1", "started", "run"]] + rows, [[]] + runs.map(details))
  }

  /// What sets a run apart, its best evaluation where that was not the last, and its tags.
  private static func details(_ listed: ListedRun) -> [String] {
    let run = listed.run
    let last = listed.differs.map { $0.key.split(separator: ".").last.map(String.init) ?? $0.key }
    var words = zip(listed.differs, last).map { setting, name in
      "\(last.count { $0 == name } > 1 ? setting.key : name)=\(setting.value)"
    }
    if let best = run.bestAccuracyTop1, let round = run.bestRound, let final = run.accuracyTop1,
      percent(best) != percent(final)
    {
      words.append("best \(percent(best)) after round \(round)")
    }
    if !run.tags.isEmpty { words.append("tags: \(run.tags.joined(separator: " "))") }
    return words
  }

  private static func percent(_ share: Double?) -> String {
    share.map { String(format: "%.1f %%", 100 * $0) } ?? "–"
  }

  /// `2026-08-01 12:00`, in UTC.
  private static func date(_ date: Date) -> String {
    String(date.formatted(.iso8601).prefix(16)).replacing("T", with: " ")
  }

  /// Rows with their last column on the left edge of its own, and below each its details.
  private static func lines(_ rows: [[String]], _ details: [[String]]) -> String {
    let rows = rows.map { $0.map(PrintableText.line) }
    let last = rows[0].count - 1
    let widths = (0..<last).map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines: [String] = []
    let room = width - widths.reduce(0, +) - 2 * last
    for (index, row) in rows.enumerated() {
      let cells = (0..<last).map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }
      if row[last].count <= room {
        lines.append((cells + [row[last]]).joined(separator: "  "))
      } else {
        lines += [cells.joined(separator: "  "), indent + row[last]]
      }
      if index == 0 {
        let rules = widths + [rows.map { $0[last].count }.max() ?? 0]
        lines.append(
          rules.enumerated().map { position, columns in
            String(repeating: "─", count: position == last ? min(columns, max(3, room)) : columns)
          }.joined(separator: "  "))
      }
      lines += wrapped(details[index])
    }
    return lines.joined(separator: "\n")
  }

  /// Words with commas between them, in indented lines.
  private static func wrapped(_ words: [String]) -> [String] {
    var lines: [String] = []
    for (index, word) in words.enumerated() {
      let text = PrintableText.line(word) + (index + 1 < words.count ? "," : "")
      if let line = lines.last, line.count + 1 + text.count <= width {
        lines[lines.count - 1] = "\(line) \(text)"
      } else {
        lines.append(indent + text)
      }
    }
    return lines
  }
}
