import Experiments
import Foundation
import RunResults

/// What a sweep says at its end about the setting it varies.
enum SweepAnswer {
  /// All files of all runs are held at once: more take too much memory for a last word.
  private static let mostPoints = 300

  /// Nil where there is nothing to compare.
  static func comparison(_ result: SweepResult, margin: Double) -> Comparison? {
    guard result.rows.count <= mostPoints else { return nil }
    // The runs are made: what cannot be compared is no reason to fail.
    return try? Comparison([result.folder], sortedBy: nil, margin: margin)
  }

  static func texts(_ comparison: Comparison?) -> [String] {
    guard let comparison else { return [] }
    guard comparison.rows.count > 1 else {
      return comparison.rows.map {
        paragraph($0.verdict.headline) + "\n" + sentences($0.verdict.sentences)
      }
    }
    return [comparison.answer?.sentences].compactMap(\.self).map(sentences)
  }

  private static func sentences(_ sentences: [String]) -> String {
    sentences.map { paragraph($0) }.joined(separator: "\n")
  }
}
