/// A command line as words, and as one line of text.
///
/// As in a shell, spaces part words and quotes of either kind keep what is between them together;
/// nothing else has a meaning.
package enum CommandWords {
  /// The words of a line; nil where a quote is not closed.
  package static func words(of line: String) -> [String]? {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if character == quote {
        quote = nil
      } else if quote != nil {
        word?.append(character)
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { return nil }
    return words + (word.map { [$0] } ?? [])
  }

  /// The line that has these words.
  package static func line(of words: [String]) -> String {
    words.map { word in
      guard word.isEmpty || word.contains(where: { $0.isWhitespace || $0 == "'" || $0 == "\"" })
      else { return word }
      // A quote stands between quotes of the other kind.
      return word.split(separator: "'", omittingEmptySubsequences: false).map { "'\($0)'" }
        .joined(separator: "\"'\"")
    }
    .joined(separator: " ")
  }
}
