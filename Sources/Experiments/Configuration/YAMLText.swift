import Foundation
import Glibc
import Storage
import Tables
import Yams

/// Reads YAML that others wrote, within limits that are checked before anything is expanded.
enum YAMLText {
  static let largestFile = 1 << 20
  /// Nodes after every alias is replaced by what it stands for.
  static let mostNodes = 50_000

  /// Why a text is no YAML that we read.
  struct Problem: Error {
    /// Nil where the place is not known.
    var line: Int?
    /// A clause, such as "is not valid YAML: …".
    var sentence: String
  }

  /// The text of an experiment file; `-` is what stands on standard input.
  static func read(_ path: String) throws -> String {
    if ExperimentFile.isStandardInput(path) { return try ExperimentFile.typed() }
    guard let status = try FileKind.status(of: path) else {
      throw ExperimentError(
        .missingInput,
        "\(PrintableText.excerpt(path)): there is no such file; \(ExperimentFile.advice(near: path))."
      )
    }
    // A pipe could keep us waiting, and a device never ends.
    let unreadable = ExperimentError(
      .badData,
      "\(PrintableText.excerpt(path)): cannot be read as a UTF-8 text file; is it an experiment file?"
    )
    guard status.st_mode & S_IFMT != S_IFDIR else {
      let config = "\(path)/\(RunFolder.configName)"
      let advice =
        try FileKind.exists(config)
        ? "the experiment of a run is in \(PrintableText.excerpt(config, longest: 4_096))"
        : ExperimentFile.advice(in: path)
      throw ExperimentError(.badData, "\(PrintableText.excerpt(path)): is a folder; \(advice).")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable }
    guard status.st_size <= largestFile else {
      throw ExperimentError(
        .badData,
        "\(PrintableText.excerpt(path)): is larger than the \(largestFile) bytes of the largest experiment "
          + "file; is it one?")
    }
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw unreadable
    }
  }

  /// The tree of one document whose lines are counted on from `linesBefore`; nil when it is empty.
  ///
  /// The line of a problem is that of the document itself.
  static func compose(_ text: String, linesBefore: Int) throws(Problem) -> Node? {
    guard linesBefore > 0 else { return try compose(text) }
    let body = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    do {
      return try compose(String(repeating: "\n", count: linesBefore) + body)
    } catch {
      throw Problem(line: error.line.map { $0 - linesBefore }, sentence: error.sentence)
    }
  }

  /// The tree of one document; nil when it is empty.
  static func compose(_ text: String) throws(Problem) -> Node? {
    try refuseKeysThatExpand(text)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw problem(of: error, in: text)
    } catch {
      throw Problem(line: nil, sentence: "is not valid YAML")
    }
    guard let root else { return nil }
    var left = mostNodes
    try check(root, left: &left)
    return root
  }

  // MARK: - Limits

  /// The parser compares the keys of a group, and for that it walks through all that an alias
  /// within a key stands for: a few hundred bytes would keep it busy for years.
  private static func refuseKeysThatExpand(_ text: String) throws(Problem) {
    let bytes = Array(text.utf8)
    var hasAlias = false
    // Without an anchor nothing is expanded, and `*word*:` is part of a comment or a text.
    var hasAnchor = false
    var keyLine: Int?
    var line = 1
    var isTokenStart = true
    for (index, byte) in bytes.enumerated() {
      let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
      if byte == UInt8(ascii: "\n") { line += 1 }
      if isTokenStart, byte == UInt8(ascii: "*"), !isBlank(next) {
        hasAlias = true
        var end = index + 1
        while end < bytes.count, isAnchor(bytes[end]) { end += 1 }
        if isKeyEnd(bytes, after: end) { keyLine = keyLine ?? line }
      }
      if isTokenStart, byte == UInt8(ascii: "&"), !isBlank(next) { hasAnchor = true }
      if isTokenStart, byte == UInt8(ascii: "?"), isBlank(next) { keyLine = keyLine ?? line }
      if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}"), isKeyEnd(bytes, after: index + 1) {
        keyLine = keyLine ?? line
      }
      isTokenStart = isBlank(byte) || "[]{},:-?".utf8.contains(byte)
    }
    guard hasAlias, hasAnchor, let keyLine else { return }
    throw Problem(
      line: keyLine, sentence: "has a key that is a list, a group or an alias; write a plain key")
  }

  private static func isBlank(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

  private static func isAnchor(_ byte: UInt8) -> Bool {
    !isBlank(byte) && !",[]{}:?".utf8.contains(byte)
  }

  private static func isKeyEnd(_ bytes: [UInt8], after start: Int) -> Bool {
    bytes[min(start, bytes.count)...].first { !isBlank($0) } == UInt8(ascii: ":")
  }

  /// Refuses what our own walks through the tree would be lost in.
  private static func check(_ node: Node, left: inout Int) throws(Problem) {
    left -= 1
    guard left > 0 else {
      throw Problem(
        line: nil,
        sentence: "has more than \(mostNodes) values, counted with what its aliases stand for")
    }
    switch node {
    case .scalar(let scalar): try check(scalar.tag, scalar.mark)
    case .sequence(let sequence):
      try check(sequence.tag, sequence.mark)
      for value in sequence { try check(value, left: &left) }
    case .mapping(let mapping):
      try check(mapping.tag, mapping.mark)
      for (key, value) in mapping {
        guard let scalar = key.scalar else {
          throw Problem(
            line: key.mark?.line,
            sentence: "has a key that is a list, a group or an alias; write a plain key")
        }
        guard scalar.string != "<<" else {
          throw Problem(
            line: scalar.mark?.line,
            sentence: "merges groups with '<<', which is not supported; write the keys out")
        }
        try check(key, left: &left)
        try check(value, left: &left)
      }
    case .alias: break
    }
  }

  /// A tag that was written out, and is none of a plain text, list or group.
  private static func check(_ tag: Tag, _ mark: Mark?) throws(Problem) {
    guard !plainTags.contains(tag.rawValue) else { return }
    throw Problem(
      line: mark?.line,
      sentence:
        "has a value with the tag \(PrintableText.excerpt(tag.rawValue)); write values without tags"
    )
  }

  /// What the parser calls values without a tag, by their looks.
  private static let plainTags: Set<String> = Set(
    ([
      .implicit, .nonSpecific, .str, .seq, .map, .bool, .int, .float, .merge, .null, .timestamp,
      .value,
    ] as [Tag.Name]).map(\.rawValue))

  // MARK: - Messages

  private static func problem(of error: YamlError, in text: String) -> Problem {
    if let tab = lineIndentedByTab(near: error, in: text) {
      return Problem(
        line: tab, sentence: "is indented with a tab, which YAML does not allow; use spaces")
    }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      let reason = problem.contains("nesting level") ? "it is nested too deeply" : problem
      return Problem(line: mark.line, sentence: "not valid YAML: \(PrintableText.excerpt(reason))")
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.prefix(3).map { "'\(PrintableText.excerpt("\($0)", longest: 40))'" }
      return Problem(
        line: context.mark.line,
        sentence: "the key \(names.joined(separator: ", ")) is given twice")
    case .reader(let problem, _, _, _):
      return Problem(line: nil, sentence: "not valid YAML: \(PrintableText.excerpt(problem))")
    default: return Problem(line: nil, sentence: "not valid YAML")
    }
  }

  /// The line with a tab in front of its first word, where that can be what went wrong.
  private static func lineIndentedByTab(near error: YamlError, in text: String) -> Int? {
    let number: Int
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      number = mark.line
    default: return nil
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // The parser often notices a line later.
    return [number, number - 1, number + 1].first { number in
      guard lines.indices.contains(number - 1) else { return false }
      return lines[number - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }
  }
}
