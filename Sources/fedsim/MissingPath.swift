import Foundation
import Tables
import UsageLog

/// What is said of a file or folder that is not there.
enum MissingPath {
  /// Where the path ends in the sentences of all modules.
  private static let ends = [
    " does not exist", ": does not exist", ": there is no such", ": is missing", " cannot be read:",
    ": is neither",
  ]
  private static let names = "the nearest is"

  /// The sentence with the path that was meant in place of general advice, if one is near.
  static func advised(_ sentence: String) -> String {
    guard !sentence.contains(names), let path = path(in: sentence), let near = nearestPath(to: path)
    else { return sentence }
    let advice = sentence.range(of: "; ", options: .backwards)?.lowerBound ?? sentence.endIndex
    var start = sentence[..<advice]
    while start.last == "." { start.removeLast() }
    return "\(start); \(names) '\(PrintableText.excerpt(near, longest: 4_096))'."
  }

  /// The path that a sentence begins with, perhaps behind words of ours and the place that names it.
  private static func path(in sentence: String) -> String? {
    guard let end = ends.compactMap({ sentence.range(of: $0)?.lowerBound }).min() else {
      return nil
    }
    var text = sentence[..<end]
    for words in ["the key file "] where text.hasPrefix(words) { text.removeFirst(words.count) }
    while true {
      let path = String(text)
      if nearestPath(to: path) != nil { return path }
      guard let colon = text.range(of: ": ") else { return nil }
      text = text[colon.upperBound...]
    }
  }
}
