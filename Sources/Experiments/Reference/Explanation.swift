import Federation
import Tables
import UsageLog

/// What `fedsim explain NAME` found.
package struct Explanation: Sendable {
  /// Set where the name is the full path of a key or group.
  package var keys: [ConfigurationKey] = []
  package var group: String?
  package var variants: [ExplainedVariant] = []
  /// Keys whose last part is the name, and keys that take the name as a word.
  package var related: [ConfigurationKey] = []
  package var terms: [GlossaryTerm] = []
  /// Set where the name is that of a kind of terms, such as `exit codes`, and the terms are all of it.
  package var kind: GlossaryTerm.Kind?

  package var allKeys: [ConfigurationKey] {
    variants.isEmpty ? keys + related : variants.flatMap(\.keys)
  }

  /// Throws a sentence with the nearest name where nothing has this one.
  package init(of name: String) throws {
    let exact = KeyReference.keys(of: name)
    guard exact.isEmpty else {
      keys = exact
      group = Configuration.key(name) == nil && !name.isEmpty ? name : nil
      terms = Glossary.terms(named: name)
      return
    }
    variants = KeyReference.variants(named: name)
    terms = Glossary.terms(named: name)
    if variants.isEmpty {
      related = Configuration.keys.filter { key in
        key.name == name || key.choices.contains { $0.word == name }
      }
    }
    guard variants.isEmpty, terms.isEmpty, related.isEmpty else { return }
    kind = Glossary.kind(named: name)
    if let kind {
      terms = Glossary.all.filter { $0.kind == kind }
      return
    }
    if Int(name) != nil {
      let codes = Glossary.exitCodes.map(\.name).joined(separator: ", ")
      throw ExperimentError(
        .usage,
        "no command ends with the exit code \(PrintableText.excerpt(name)), and nothing else has this name; the "
          + "exit codes are \(codes).")
    }
    if let metric = Glossary.metric(named: name) {
      terms = metric
      return
    }
    if let key = KeySuggestion.synonym(name) {
      related = [key]
      return
    }
    if let near = Self.nearest(to: name) { throw Self.unknown(name, "the nearest is '\(near)'") }
    if let found = Explanation(searchingFor: name) {
      self = found
      return
    }
    let parts = name.split(separator: ".").map(String.init)
    let keys = KeySuggestion.keys(
      near: parts.last ?? "", in: parts.dropLast().joined(separator: "."), among: [])
    throw Self.unknown(
      name,
      keys.isEmpty
        ? "try other words, or list all keys with `fedsim explain`"
        : KeySuggestion.advice(keys, group: "", known: []))
  }

  private static func unknown(_ name: String, _ advice: String) -> ExperimentError {
    ExperimentError(
      .usage, "there is no key, column or name '\(PrintableText.excerpt(name))'; \(advice).")
  }

  /// Nil where nothing is near.
  private static func nearest(to name: String) -> String? {
    // Nothing longer is near to a name of ours.
    let wanted = String(name.prefix(80))
    let paths = Configuration.keys.map(\.path) + ConfigurationGroup.meanings.map(\.path)
    let words =
      Configuration.variantGroups.flatMap { $0.variants.map { $0.name } }
      + Glossary.all.map(\.name) + Configuration.keys.flatMap { $0.choices.map(\.word) }
    func distance(_ candidate: String) -> Int {
      // Many remember the last part only.
      let last = candidate.split(separator: ".").last.map(String.init) ?? candidate
      return min(editDistance(wanted, candidate), editDistance(wanted, last) + 1)
    }
    let near = (paths + words).map { ($0, distance($0)) }.min { $0.1 < $1.1 }
    return near.flatMap { $0.1 <= max(1, wanted.count / 4) && wanted.count > 2 ? $0.0 : nil }
  }
}
