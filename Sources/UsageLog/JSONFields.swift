/// Why a JSON text cannot be read.
struct JSONProblem: Error {
  let reason: String
}

/// The fields of one JSON object.
///
/// Single values are fields by their keys, those of nested objects by their path (`data.app`). Arrays are
/// passed over, `null` is an empty field.
///
/// A class because it owns the bytes of the fields.
final class JSONFields {
  private static let deepest = 64
  /// More names than any table of events has.
  private static let mostNames = 1_000

  private var names = ByteInterner()
  /// Whether names that are not known become fields.
  private let isLearning: Bool
  private var ranges: [Range<Int>] = []
  private var path: [UInt8] = []
  private var values: [UInt8] = []
  /// A copy of `values` that stays where it is until the next object.
  private var buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 12)

  /// Learns the names of fields from every object that it reads.
  init() { isLearning = true }

  init(names: [String]) {
    isLearning = false
    for name in names {
      Array(name.utf8).withUnsafeBufferPointer { _ = self.names.intern($0) }
    }
    ranges = names.map { _ in 0..<0 }
  }

  deinit { buffer.deallocate() }

  var count: Int { ranges.count }
  var allNames: [String] { (0..<names.count).map(names.string) }

  func field(_ index: Int) -> Field { Field(rebasing: buffer[ranges[index]]) }

  /// Reads one object and the fields of its parent.
  func read(_ object: Field, parent: [(path: [UInt8], value: [UInt8])]) throws(JSONProblem) {
    for index in ranges.indices { ranges[index] = 0..<0 }
    values.removeAll(keepingCapacity: true)
    path.removeAll(keepingCapacity: true)
    for (parentPath, value) in parent {
      path += parentPath
      values += value
      store(from: values.count - value.count)
      path.removeAll(keepingCapacity: true)
    }
    var place = 0
    try readObject(object, &place, depth: 1)
    Self.skipBlanks(object, &place)
    guard place == object.count else { throw JSONProblem(reason: "text follows the JSON object") }
    if values.count > buffer.count {
      buffer.deallocate()
      buffer = .allocate(capacity: 2 * values.count)
    }
    _ = buffer.update(from: values)
  }

  /// Makes the last values, from `start` on, the field at the current path.
  private func store(from start: Int) {
    let range = start..<values.count
    if isLearning {
      guard names.count < Self.mostNames else { return }
      let index = path.withUnsafeBufferPointer { names.intern($0) }
      if index == ranges.count { ranges.append(range) } else { ranges[index] = range }
    } else if let index = path.withUnsafeBufferPointer({ names.id(of: $0) }) {
      ranges[index] = range
    }
  }

  private func readObject(_ text: Field, _ place: inout Int, depth: Int) throws(JSONProblem) {
    guard place < text.count, text[place] == UInt8(ascii: "{") else {
      throw JSONProblem(reason: "the row is no JSON object")
    }
    guard depth <= Self.deepest else { throw JSONProblem(reason: "the JSON is nested too deeply") }
    place += 1
    Self.skipBlanks(text, &place)
    if place < text.count, text[place] == UInt8(ascii: "}") {
      place += 1
      return
    }
    while true {
      Self.skipBlanks(text, &place)
      let length = path.count
      if length > 0 { path.append(UInt8(ascii: ".")) }
      try Self.readString(text, &place, into: &path)
      Self.skipBlanks(text, &place)
      guard place < text.count, text[place] == UInt8(ascii: ":") else {
        throw JSONProblem(reason: "the JSON has no colon after a key")
      }
      place += 1
      Self.skipBlanks(text, &place)
      try readValue(text, &place, depth: depth)
      path.removeLast(path.count - length)
      Self.skipBlanks(text, &place)
      guard place < text.count else { throw JSONProblem(reason: "the JSON object is not closed") }
      place += 1
      if text[place - 1] == UInt8(ascii: "}") { return }
      guard text[place - 1] == UInt8(ascii: ",") else {
        throw JSONProblem(reason: "the JSON has neither a comma nor a brace after a value")
      }
    }
  }

  private func readValue(_ text: Field, _ place: inout Int, depth: Int) throws(JSONProblem) {
    guard place < text.count else { throw JSONProblem(reason: "the JSON object is not closed") }
    switch text[place] {
    case UInt8(ascii: "{"): try readObject(text, &place, depth: depth + 1)
    case UInt8(ascii: "["):
      var scan = JSONDepth()
      while place < text.count, !scan.ends(with: text[place]) { place += 1 }
      guard place < text.count else { throw JSONProblem(reason: "a JSON array is not closed") }
      place += 1
    case UInt8(ascii: "\""):
      let start = values.count
      try Self.readString(text, &place, into: &values)
      store(from: start)
    default:
      let start = values.count
      values += try Self.scalar(text, &place)
      store(from: start)
    }
  }

  /// A number, `true` or `false` as it is written; nothing for `null` and for what is no number.
  static func scalar(_ text: Field, _ place: inout Int) throws(JSONProblem) -> Slice<Field> {
    let start = place
    while place < text.count, !isJSONBlank(text[place]), !",]}".utf8.contains(text[place]) {
      place += 1
    }
    let word = text[start..<place]
    if word.elementsEqual("null".utf8) || word.elementsEqual("NaN".utf8) {
      return text[start..<start]
    }
    let isNumber =
      word.first.map { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) } ?? false
    guard isNumber || word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8) else {
      throw JSONProblem(reason: "'\(excerpt(Field(rebasing: word)))' is no JSON value")
    }
    return word
  }

  /// Appends a text in double quotes, its escapes resolved.
  static func readString(
    _ text: Field, _ place: inout Int, into bytes: inout [UInt8]
  ) throws(JSONProblem) {
    guard place < text.count, text[place] == UInt8(ascii: "\"") else {
      throw JSONProblem(reason: "the JSON has no double quote before a key")
    }
    place += 1
    while true {
      let start = place
      while place < text.count, text[place] != UInt8(ascii: "\""), text[place] != UInt8(ascii: "\\")
      {
        place += 1
      }
      bytes += text[start..<place]
      guard place + 1 < text.count || (place < text.count && text[place] == UInt8(ascii: "\""))
      else { throw JSONProblem(reason: "a JSON text is not closed") }
      place += 1
      if text[place - 1] == UInt8(ascii: "\"") { return }
      try readEscape(text, &place, into: &bytes)
    }
  }

  private static func readEscape(
    _ text: Field, _ place: inout Int, into bytes: inout [UInt8]
  ) throws(JSONProblem) {
    place += 1
    switch text[place - 1] {
    case UInt8(ascii: "n"): bytes.append(0x0a)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "r"): bytes.append(0x0d)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0c)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(text[place - 1])
    case UInt8(ascii: "u"):
      var units = [try hexadecimal(text, &place)]
      if units[0] & 0xfc00 == 0xd800, place + 1 < text.count, text[place] == UInt8(ascii: "\\"),
        text[place + 1] == UInt8(ascii: "u")
      {
        place += 2
        units.append(try hexadecimal(text, &place))
      }
      guard let decoded = String(validating: units, as: UTF16.self) else {
        throw JSONProblem(reason: "a \\u escape in the JSON is half a character")
      }
      bytes += decoded.utf8
    default: throw JSONProblem(reason: "the JSON has an unknown escape in a text")
    }
  }

  private static func hexadecimal(_ text: Field, _ place: inout Int) throws(JSONProblem) -> UInt16 {
    guard place + 4 <= text.count,
      let value = UInt16(String(decoding: text[place..<(place + 4)], as: UTF8.self), radix: 16),
      text[place] != UInt8(ascii: "+")
    else { throw JSONProblem(reason: "a \\u escape in the JSON lacks its four digits") }
    place += 4
    return value
  }

  static func skipBlanks(_ text: Field, _ place: inout Int) {
    while place < text.count, isJSONBlank(text[place]) { place += 1 }
  }
}
