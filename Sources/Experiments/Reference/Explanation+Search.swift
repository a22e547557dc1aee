import Federation
import Foundation
import Tables

extension Explanation {
  /// More than a person reads.
  private static let mostFound = 12

  /// Keys and terms with these words in their names or meanings, or those with most of them.
  ///
  /// Throws a sentence where nothing has any of them.
  package init(searching words: [String]) throws {
    let spoken = words.map { Self.plain($0).filter { $0.isLetter || $0.isNumber || $0 == " " } }
    let telling = spoken.filter { !Self.fillers.contains($0) }
    let wanted = (telling.isEmpty ? spoken : telling).map(Self.stem).filter { !$0.isEmpty }
    func score(_ name: String, _ text: String) -> (words: Int, names: Int) {
      let (name, text) = (Self.plain(name), Self.plain(text))
      let found = wanted.filter { name.contains($0) || text.contains($0) }
      return (found.count, found.count { name.contains($0) })
    }
    let keys = Configuration.keys.map { key in
      (key, score(key.path, key.meaning + " " + key.choices.map(\.word).joined(separator: " ")))
    }
    let terms = Glossary.all.map { ($0, score($0.name, "\($0.kind.rawValue) \($0.meaning)")) }
    let most = (keys.map(\.1.words) + terms.map(\.1.words)).max() ?? 0
    guard most > 0 else {
      throw ExperimentError(
        .usage,
        "no key, column or name says '\(PrintableText.excerpt(words.joined(separator: " ")))'; try "
          + "other words, or list all keys with `fedsim explain`.")
    }
    // What has a word in its name is nearer than what has it in its text.
    func best<Value>(_ all: [(Value, (words: Int, names: Int))]) -> [Value] {
      all.enumerated().filter { $0.element.1.words == most }
        .sorted { ($1.element.1.names, $0.offset) < ($0.element.1.names, $1.offset) }
        .prefix(Self.mostFound).map(\.element.0)
    }
    related = best(keys)
    self.terms = best(terms)
  }

  /// Keys and terms that have one word whole in their names or meanings, the shortest names first; nil where
  /// nothing has it.
  init?(searchingFor word: String) {
    guard !word.contains(where: \.isWhitespace), !word.contains(".") else { return nil }
    let wanted = Self.plain(word).split { !$0.isLetter && !$0.isNumber }.map(Self.stem)
    guard wanted.contains(where: { $0.count > 2 }) else { return nil }
    func has(_ text: String) -> Bool {
      let words = Self.plain(text).split { !$0.isLetter && !$0.isNumber }.map(Self.stem)
      return words.indices.contains { words[$0...].starts(with: wanted) }
    }
    func best<Value>(_ all: [Value], _ name: (Value) -> String, _ text: (Value) -> String)
      -> [Value]
    {
      let named = all.filter { has(name($0)) }
      let told = all.filter { !has(name($0)) && has(text($0)) }
      let order = named.enumerated().sorted {
        (name($0.element).count, $0.offset) < (name($1.element).count, $1.offset)
      }
      return Array((order.map(\.element) + told).prefix(Self.mostFound))
    }
    related = best(Configuration.keys, \.path, \.meaning)
    terms = best(Glossary.all, \.name, \.meaning)
    if related.isEmpty, terms.isEmpty { return nil }
  }

  /// Words of a question that say nothing of what it is about.
  private static let fillers: Set = [
    "a", "an", "and", "are", "can", "do", "does", "for", "how", "i", "in", "is", "it", "many",
    "much",
    "of", "on", "or", "per", "should", "the", "to", "what", "which", "with",
  ]

  /// Without what makes a plural or another form of a word.
  private static func stem(_ word: some StringProtocol) -> String {
    let word = plain(word).trimmingCharacters(in: .whitespaces)
    for ending in ["ing", "es", "s"] where word.count > ending.count + 3 && word.hasSuffix(ending) {
      return String(word.dropLast(ending.count))
    }
    return word
  }

  private static func plain(_ text: some StringProtocol) -> String {
    text.lowercased().replacing("_", with: " ").replacing("-", with: " ")
  }
}
