/// The resolved configuration of a run, as text by key path (`training.cohort_size`).
///
/// Reads the block style in which fedsim writes config.yaml: keys by indentation, one value a line.
/// Lines of another style are kept as they are, under the key above them.
package struct Settings: Equatable, Sendable {
  /// In the order of the file.
  package private(set) var keys: [String] = []
  private var values: [String: String] = [:]
  /// The comment at the head of the file up to its first empty line, as one paragraph; it says
  /// what is asked.
  package private(set) var comment: String?

  package init() {}

  package init(yaml: String) {
    var parents: [(indent: Int, key: String)] = []
    var comment: [Substring] = []
    var isHead = true
    for line in yaml.split(whereSeparator: { ["\n", "\r\n", "\r"].contains($0) }) {
      let content = line.drop { $0 == " " }
      let indent = line.count - content.count
      if content.hasPrefix("#") {
        let words = content.dropFirst().drop { $0 == " " }
        if words.isEmpty { isHead = false }
        if isHead { comment.append(words) }
        continue
      }
      isHead = false
      // The items of a list may stand as far left as its key.
      let isItem = content.hasPrefix("- ")
      while let last = parents.last, last.indent >= indent + (isItem ? 1 : 0) {
        parents.removeLast()
      }
      guard let colon = content.firstIndex(of: ":"), !isItem else {
        let above = parents.map(\.key).joined(separator: ".")
        self[above] = [self[above], String(content)].compactMap(\.self).joined(separator: " ")
        continue
      }
      let key = String(content[..<colon])
      let value = content[content.index(after: colon)...].drop { $0 == " " }
      let path = (parents.map(\.key) + [key]).joined(separator: ".")
      parents.append((indent, key))
      if !value.isEmpty { self[path] = Self.unquoted(value) }
    }
    if !comment.isEmpty { self.comment = comment.joined(separator: " ") }
  }

  package subscript(key: String) -> String? {
    get { values[key] }
    set {
      if values[key] == nil, newValue != nil { keys.append(key) }
      values[key] = newValue
    }
  }

  private static func unquoted(_ value: Substring) -> String {
    guard value.count > 1, let mark = value.first, mark == "'" || mark == "\"", value.last == mark
    else { return String(value) }
    let inner = value.dropFirst().dropLast()
    let (written, meant) = mark == "'" ? ("''", "'") : ("\\\"", "\"")
    return String(inner).replacing(written, with: meant)
  }
}
