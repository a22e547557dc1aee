/// The objects of a file with one JSON object a line.
final class JSONLinesReader: RowReader {
  private let lines: DelimitedReader
  private let fields: JSONFields

  init(_ input: LogInput, _ fields: JSONFields) throws {
    // A zero byte, which no text holds: a line is one field.
    lines = try DelimitedReader(input, delimiter: 0)
    self.fields = fields
  }

  var line: Int { lines.line }
  var fieldCount: Int { fields.count }
  func field(_ index: Int) -> Field { fields.field(index) }

  func next() throws -> RowStep {
    while true {
      let step = try lines.next()
      guard case .row = step else { return step }
      let line = lines.field(0)
      // Some writers put a comma after each object.
      let end = line.lastIndex { !isJSONBlank($0) && $0 != UInt8(ascii: ",") } ?? -1
      let start = line.firstIndex { !isJSONBlank($0) } ?? 0
      guard start <= end else { continue }
      do throws(JSONProblem) {
        try fields.read(Field(rebasing: line[start...end]), parent: [])
        return .row
      } catch {
        return .malformed(error.reason)
      }
    }
  }
}

/// The objects of a JSON document, read in bounded memory: those in arrays, or, where none lies in an
/// array, those that stand one after the other.
///
/// Single values of the object around an array are fields too, behind `parent.`. Rows are numbered, as
/// a document may be one line. A class because it owns its buffer.
final class JSONReader: RowReader {
  private struct Frame {
    let isArray: Bool
    /// The key whose value comes next.
    var key: [UInt8]?
    var values: [(path: [UInt8], value: [UInt8])] = []
  }

  private static let deepest = 64
  /// Longer values around an array are no fields.
  private static let longestValue = 1 << 10
  private static let mostValues = 64

  /// The number of the current object, from 1.
  private(set) var line = 0
  private let input: LogInput
  private let fields: JSONFields
  /// Whether an object outside of arrays is a row.
  private let takesOuterObjects: Bool
  private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(
    capacity: DelimitedReader.bufferSize)
  private var frames: [Frame] = []
  private var position = 0
  private var filled = 0
  private var isAtEnd = false
  private var encoding = UTF8Check()
  /// Line ends before the buffer.
  private var lineEnds = 0

  init(_ input: LogInput, _ fields: JSONFields, takesOuterObjects: Bool) throws {
    self.input = input
    self.fields = fields
    self.takesOuterObjects = takesOuterObjects
    try fill()
    if buffer[..<filled].starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  deinit { buffer.deallocate() }

  var fieldCount: Int { fields.count }
  func field(_ index: Int) -> Field { fields.field(index) }

  func next() throws -> RowStep {
    while try skipBlanks() {
      let byte = buffer[position]
      switch byte {
      case UInt8(ascii: "{") where frames.last?.isArray ?? takesOuterObjects: return try row()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard frames.count < Self.deepest else { throw wrong("it is nested too deeply") }
        if !frames.isEmpty { frames[frames.count - 1].key = nil }
        frames.append(Frame(isArray: byte == UInt8(ascii: "[")))
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard let frame = frames.popLast(), frame.isArray == (byte == UInt8(ascii: "]")) else {
          throw wrong("a bracket closes nothing")
        }
        position += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"): position += 1
      default: try value()
      }
    }
    guard frames.isEmpty else { throw wrong("it ends too early; fetch or copy it again") }
    return .end
  }

  /// Reads the object at the current place as a row.
  private func row() throws -> RowStep {
    line += 1
    guard let length = try length(of: .objects) else {
      return .malformed("the JSON object is longer than \(buffer.count) bytes")
    }
    defer { position += length }
    let parent = frames.count > 1 ? frames[frames.count - 2].values : []
    do throws(JSONProblem) {
      try fields.read(Field(rebasing: buffer[position..<(position + length)]), parent: parent)
      return .row
    } catch {
      return .malformed(error.reason)
    }
  }

  private enum Kind {
    case objects, texts, words
  }

  /// The length of the value at the current place, all of which is then in the buffer; nil where it is
  /// too long, and passed over.
  private func length(of kind: Kind) throws -> Int? {
    var scan = JSONDepth()
    var (place, isTooLong) = (position, false)
    /// Whether the next byte ends the value; a word ends before it.
    func ends(_ byte: UInt8) -> Bool {
      switch kind {
      case .objects: return scan.ends(with: byte)
      case .texts:
        let isFirst = place == position && !isTooLong
        _ = scan.ends(with: byte)
        return !isFirst && !scan.isWithinText
      case .words: return isJSONBlank(byte) || ",]}:{[\"".utf8.contains(byte)
      }
    }
    while true {
      if place == filled {
        if isAtEnd {
          if kind == .words { break }
          throw wrong("it ends too early; fetch or copy it again")
        }
        if filled - position == buffer.count {
          isTooLong = true
          position = filled
        }
        let read = place - position
        try fill()
        place = position + read
        continue
      }
      if ends(buffer[place]) {
        if kind != .words { place += 1 }
        break
      }
      place += 1
    }
    if isTooLong {
      position = place
      return nil
    }
    return place - position
  }

  /// Takes a key or a single value outside of rows.
  private func value() throws {
    let isText = buffer[position] == UInt8(ascii: "\"")
    guard let length = try length(of: isText ? .texts : .words) else {
      if !frames.isEmpty { frames[frames.count - 1].key = nil }
      return
    }
    let text = Field(rebasing: buffer[position..<(position + length)])
    var bytes: [UInt8] = []
    var place = 0
    do throws(JSONProblem) {
      if isText {
        try JSONFields.readString(text, &place, into: &bytes)
      } else {
        bytes += try JSONFields.scalar(text, &place)
        guard place > 0 else { throw JSONProblem(reason: "a value is missing") }
      }
    } catch {
      throw wrong(error.reason)
    }
    position += length
    guard let frame = frames.indices.last, !frames[frame].isArray else { return }
    guard let key = frames[frame].key else {
      guard isText else { throw wrong("a key must be in double quotes") }
      frames[frame].key = bytes
      return
    }
    frames[frame].key = nil
    if bytes.count <= Self.longestValue, frames[frame].values.count < Self.mostValues {
      frames[frame].values.append((Array(jsonParent.utf8) + key, bytes))
    }
  }

  /// Whether anything but blanks is left.
  private func skipBlanks() throws -> Bool {
    while true {
      while position < filled, isJSONBlank(buffer[position]) { position += 1 }
      if position < filled { return true }
      if isAtEnd { return false }
      try fill()
    }
  }

  private func wrong(_ reason: String) -> UsageLogError {
    UsageLogError(
      .badInput, "\(input.name):\(lineNumber(at: position)): the JSON cannot be read: \(reason)")
  }

  private func lineNumber(at place: Int) -> Int {
    lineEnds + buffer[..<place].count { $0 == UInt8(ascii: "\n") } + 1
  }

  /// Moves what is left to the front and reads more behind it.
  private func fill() throws {
    lineEnds += buffer[..<position].count { $0 == UInt8(ascii: "\n") }
    let left = filled - position
    filled = try input.refill(buffer, keeping: position..<filled, isAtEnd: &isAtEnd)
    position = 0
    let bytes = Field(rebasing: buffer[..<filled])
    if let offset = encoding.offsetOfInvalid(in: bytes, from: left, isLast: isAtEnd) {
      throw notUTF8(
        bytes, at: offset, place: "\(input.name):\(lineNumber(at: offset))", name: input.name)
    }
  }
}
