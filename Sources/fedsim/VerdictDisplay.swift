import Experiments
import Foundation
import RunResults

/// A text in lines of at most so many columns; a word that is longer has a line of its own.
func paragraph(_ text: String, columns: Int = 80) -> String {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if !line.isEmpty, line.count + 1 + word.count > columns {
      lines.append(line)
      line = ""
    }
    line += (line.isEmpty ? "" : " ") + word
  }
  return (lines + [line]).joined(separator: "\n")
}

/// Shows whether federated learning helps.
enum VerdictDisplay {
  /// The answer first, then what it rests on: sentences and a table of differences for each split.
  static func text(_ verdict: Verdict) -> String {
    let sentences = [verdict.headline] + verdict.sentences
    return (sentences.map { paragraph($0) } + verdict.parts.map(differences) + legend(verdict))
      .joined(separator: "\n\n")
  }

  /// What the last column counts; empty where it counts nothing.
  private static func legend(_ verdict: Verdict) -> [String] {
    let needed = verdict.parts.flatMap { part in part.rivals.compactMap(\.needed) }
    guard !needed.isEmpty else { return [] }
    let brackets =
      needed.contains { $0.aim == .onePoint }
      ? " In brackets: how many give an interval below 1 point to either side." : ""
    return [
      paragraph("needed: how many would show a difference of this size, if it stays.\(brackets)")
    ]
  }

  /// The differences of one split to every other predictor.
  private static func differences(_ part: Verdict.Part) -> String {
    let rows = part.rivals.map { rival in
      [
        rival.predictor, String(format: "%.1f %%", 100 * rival.accuracy),
        rival.difference.text(isSigned: true), word(rival, part), needed(rival, part),
      ]
    }
    let unit = part.seeds > 1 ? "seeds" : "clients"
    let title =
      "\(part.title): \(part.predictor) top-1 \(percent(part.accuracy.value)); differences in points "
    return paragraph(title + "with 95 % intervals:") + "\n"
      + TextTable.render(
        [["against", "top-1", "difference", "result", "\(unit) needed"]] + rows)
  }

  private static func word(_ rival: Verdict.Rival, _ part: Verdict.Part) -> String {
    if rival.predictor == PredictorRole.ceiling, let share = shareOfOptimum(part) {
      return "\(share) of it"
    }
    return rival.result
  }

  /// How many it would take for the difference to be shown, or in brackets for one point to either side.
  private static func needed(_ rival: Verdict.Rival, _ part: Verdict.Part) -> String {
    guard let needed = rival.needed else { return "–" }
    return needed.aim == .difference ? "\(needed.count)" : "(\(needed.count))"
  }

  /// Nil where no Bayes optimum is known.
  static func shareOfOptimum(_ part: Verdict.Part) -> String? {
    part.rival(PredictorRole.ceiling).flatMap {
      $0.accuracy > 0 ? percent(part.accuracy.value / $0.accuracy) : nil
    }
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.1f %%", 100 * share)
  }
}
