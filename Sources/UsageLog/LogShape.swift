/// How the rows of a file are written, which its first bytes show.
enum LogShape: Equatable {
  case delimited(UInt8)
  /// A JSON object on each line.
  case jsonLines
  /// One JSON document, or objects over several lines.
  case json
  /// What `dumpsys usagestats` prints.
  case usageDump

  /// How many bytes of a file are looked at.
  static let headSize = DelimitedReader.bufferSize

  /// - Parameters:
  ///   - head: the first bytes of the file.
  ///   - isWhole: whether they are all.
  init(_ head: Field, isWhole: Bool, _ options: ImportOptions, name: String) {
    if let delimiter = options.delimiter ?? options.format.delimiter {
      self = .delimited(delimiter)
    } else if let shape = Self.json(head, isWhole: isWhole) {
      self = shape
    } else if Self.isUsageDump(head) {
      self = .usageDump
    } else {
      self = .delimited(Self.delimiter(of: head, isWhole: isWhole, name: name))
    }
  }

  /// How messages name it.
  var name: String {
    switch self {
    case .delimited(UInt8(ascii: ",")): "comma-separated"
    case .delimited(UInt8(ascii: ";")): "semicolon-separated"
    case .delimited(UInt8(ascii: "\t")): "tab-separated"
    case .delimited(UInt8(ascii: "|")): "separated by |"
    case .delimited(UInt8(ascii: " ")): "separated by blanks"
    case .delimited(let byte): "separated by '\(UnicodeScalar(byte))'"
    case .jsonLines: "JSON Lines"
    case .json: "JSON"
    case .usageDump: "dumpsys usagestats"
    }
  }

  // MARK: Delimited text

  private static let candidates = [",", "\t", ";", "|"].map { $0.utf8[$0.startIndex] }

  /// The delimiter that cuts the first row and most rows after it into the same number of fields, the
  /// most of them; a comma where none does.
  static func delimiter(of head: Field, isWhole: Bool, name: String) -> UInt8 {
    let text = withoutMark(head)
    if let named = delimiterNamed(by: text) { return named }
    let lowered = name.lowercased()
    let isTabbed = [".tsv", ".tab", ".tsv.gz", ".tab.gz"].contains { lowered.hasSuffix($0) }
    let ordered = isTabbed ? [candidates[1], candidates[0]] + candidates[2...] : candidates
    var best = (delimiter: ordered[0], fields: 1)
    for delimiter in ordered {
      let counts = fieldCounts(text, delimiter, isWhole: isWhole)
      guard let first = counts.first, first > best.fields else { continue }
      let others = counts.dropFirst()
      if others.count(where: { $0 == first }) * 2 > others.count || others.isEmpty {
        best = (delimiter, first)
      }
    }
    return best.delimiter
  }

  /// The delimiter of a first line `sep=;`, as Excel writes it.
  static func delimiterNamed(by text: Slice<Field>) -> UInt8? {
    let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let isNamed = line.prefix(4).elementsEqual("sep=".utf8) { $0 | 0x20 == $1 | 0x20 }
    return line.count == 5 && isNamed ? line.last : nil
  }

  /// The number of fields of each of the first lines that are not blank.
  private static func fieldCounts(_ text: Slice<Field>, _ delimiter: UInt8, isWhole: Bool) -> [Int]
  {
    let (quote, newline) = (UInt8(ascii: "\""), UInt8(ascii: "\n"))
    var counts: [Int] = []
    var place = text.startIndex
    while place < text.endIndex, counts.count < 50 {
      let start = place
      var fields = 1
      while place < text.endIndex {
        if text[place] == quote {
          place += 1
          // A quote within quotes is written twice.
          while place < text.endIndex {
            guard text[place] == quote else {
              place += 1
              continue
            }
            guard place + 1 < text.endIndex, text[place + 1] == quote else { break }
            place += 2
          }
        }
        while place < text.endIndex, text[place] != delimiter, text[place] != newline { place += 1 }
        guard place < text.endIndex, text[place] == delimiter else { break }
        fields += 1
        place += 1
      }
      let isComplete = place < text.endIndex || isWhole || counts.isEmpty
      let isBlank = text[start..<min(place, text.endIndex)].allSatisfy { $0 == UInt8(ascii: "\r") }
      if isComplete, !isBlank { counts.append(fields) }
      place += 1
    }
    return counts
  }

  // MARK: Others

  private static func json(_ head: Field, isWhole: Bool) -> LogShape? {
    let text = withoutMark(head).drop(while: isJSONBlank)
    guard let first = text.first else { return nil }
    let second = text.dropFirst().first { !isJSONBlank($0) }
    if first == UInt8(ascii: "[") {
      return second.map("{[]".utf8.contains) ?? false ? .json : nil
    }
    guard first == UInt8(ascii: "{"), second.map("\"}".utf8.contains) ?? false else { return nil }
    guard let end = endOfObject(text) else { return .json }
    let object = text[text.startIndex..<end]
    let next = text[end...].first { !isJSONBlank($0) && $0 != UInt8(ascii: ",") }
    let isOneLine = !object.contains(UInt8(ascii: "\n"))
    guard isOneLine, next == UInt8(ascii: "{") || (next == nil && !holdsObjects(object)) else {
      return .json
    }
    return .jsonLines
  }

  /// Whether an array in this JSON text holds objects.
  static func holdsObjects(_ text: Slice<Field>) -> Bool {
    var (last, isQuoted, isEscaped) = (UInt8(0), false, false)
    for byte in text where isQuoted || !isJSONBlank(byte) {
      if isQuoted {
        if !isEscaped, byte == UInt8(ascii: "\"") { isQuoted = false }
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
      } else if byte == UInt8(ascii: "\"") {
        isQuoted = true
      } else if byte == UInt8(ascii: "{"), last == UInt8(ascii: "[") {
        return true
      }
      last = isQuoted ? 0 : byte
    }
    return false
  }

  /// The place after the object that a JSON text begins with; nil when it does not end in it.
  static func endOfObject(_ text: Slice<Field>) -> Int? {
    var scan = JSONDepth()
    for place in text.indices where scan.ends(with: text[place]) { return place + 1 }
    return nil
  }

  private static func isUsageDump(_ head: Field) -> Bool {
    let lines = head.prefix(1 << 15).split(separator: UInt8(ascii: "\n"))
    guard let first = lines.first(where: { !$0.allSatisfy(isJSONBlank) }) else { return false }
    let isUser =
      first.starts(with: "user=".utf8)
      && first.dropFirst(5).prefix { !isJSONBlank($0) }.allSatisfy { (0x30...0x39).contains($0) }
      && first.count > 5
    return isUser || lines.contains { UsageDumpReader.event(in: Field(rebasing: $0)) != nil }
  }

  private static func withoutMark(_ head: Field) -> Slice<Field> {
    head[(head.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0)...]
  }
}

/// Follows a JSON text to the end of the object or array that it begins with.
struct JSONDepth {
  private var depth = 0
  private var isQuoted = false
  private var isEscaped = false

  var isWithinText: Bool { isQuoted }

  /// Takes the next byte; whether it ends the value.
  @inline(__always)
  mutating func ends(with byte: UInt8) -> Bool {
    if isQuoted {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isQuoted = false
      }
      return false
    }
    switch byte {
    case UInt8(ascii: "\""): isQuoted = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      return depth <= 0
    default: break
    }
    return false
  }
}

@inline(__always)
func isJSONBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    || byte == UInt8(ascii: "\t")
}
