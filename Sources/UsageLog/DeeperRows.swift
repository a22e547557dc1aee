import Tables

/// Objects in arrays within the rows of a JSON file, which an import passes over.
struct DeeperRows: Equatable {
  /// The keys on the way to them, cut at each array: `users`, `events` of
  /// `{"users": [{"id": …, "events": [{…}]}]}`.
  private let paths: [[String]]
  /// Whether the first of them begins within a row.
  private let startsInRow: Bool

  /// What lies deeper than an import reads at all is not followed.
  private static let deepest = 64

  private struct Frame {
    let isArray: Bool
    /// The key whose value comes next.
    var key: String?
  }

  /// Finds the place with most objects; nil where no array within a row holds objects.
  ///
  /// - Parameters:
  ///   - head: the first bytes of the file.
  ///   - isLines: whether each object outside of arrays is a row.
  init?(_ head: Field, isLines: Bool) {
    var counts: [[[String]]: Int] = [:]
    var frames: [Frame] = []
    var place = 0
    while place < head.count {
      let byte = head[place]
      place += 1
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        if byte == UInt8(ascii: "{"), frames.last?.isArray ?? false {
          let paths = Self.paths(frames)
          if paths.count > (isLines ? 0 : 1) { counts[paths, default: 0] += 1 }
        }
        guard frames.count < Self.deepest else { return nil }
        frames.append(Frame(isArray: byte == UInt8(ascii: "[")))
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = frames.popLast()
      case UInt8(ascii: ","): if let last = frames.indices.last { frames[last].key = nil }
      case UInt8(ascii: "\""):
        let start = place
        while place < head.count, head[place] != UInt8(ascii: "\"") {
          place += head[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < head.count else { break }
        if let last = frames.indices.last, !frames[last].isArray, frames[last].key == nil {
          frames[last].key = String(decoding: head[start..<place], as: UTF8.self)
        }
        place += 1
      default: break
      }
    }
    let most = counts.max { ($0.value, $1.key.description) < ($1.value, $0.key.description) }
    guard let most else { return nil }
    paths = most.key
    startsInRow = isLines
  }

  private static func paths(_ frames: [Frame]) -> [[String]] {
    var paths: [[String]] = [[]]
    for frame in frames {
      if frame.isArray {
        paths.append([])
      } else if let key = frame.key {
        paths[paths.count - 1].append(key)
      }
    }
    return paths.dropLast()
  }

  /// What holds them.
  var key: String { paths.last?.joined(separator: ".") ?? "" }

  /// How they become lines with the values around them.
  func remedy(_ name: String) -> String {
    let end = "write one object for each event, as JSON Lines"
    guard paths.joined().allSatisfy(Self.isPlain) else { return end }
    var steps: [String] = []
    for (index, path) in paths.enumerated() {
      let way = path.map { Self.isWord($0) ? ".\($0)" : ".\"\($0)\"" }
      let all = way.isEmpty ? ".[]" : way.joined() + "[]"
      steps.append(index == 0 && !startsInRow ? all : "del(\(way.first ?? ".")) + \(all)")
    }
    return
      "\(end), with `jq -c '\(steps.joined(separator: " | "))' \(shellQuoted(name)) > events.jsonl`, and import that"
  }

  private static func isPlain(_ key: String) -> Bool {
    key.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\"") }
      && !key.contains("\\")
  }

  private static func isWord(_ key: String) -> Bool {
    key.utf8.allSatisfy { TextCursor.isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
      && key.utf8.first.map { !isDigit($0) } ?? false
  }
}
