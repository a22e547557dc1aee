/// Bytes of one field; valid until the next row is read.
typealias Field = UnsafeBufferPointer<UInt8>

/// What a reader of rows came to.
enum RowStep {
  case row
  /// The row could not be read; the next one starts after it.
  case malformed(String)
  case end
}

/// The rows of a file, one after the other, in bounded memory.
protocol RowReader: AnyObject {
  /// The line on which the current row starts, or its number where rows have no lines, from 1.
  var line: Int { get }
  var fieldCount: Int { get }
  /// A field of the current row, empty where the row has none.
  func field(_ index: Int) -> Field
  func next() throws -> RowStep
}

/// Rows of delimited text with RFC 4180 quotes, read in bounded memory.
///
/// Lines end with LF or CRLF, blank ones are skipped. A class because it owns its buffer.
final class DelimitedReader: RowReader {
  private struct FieldRange {
    var start: Int
    var end: Int
    var hasEscapedQuotes: Bool
  }

  private enum Scan {
    case row(next: Int)
    case incomplete(inQuotes: Bool)
    case malformed(String)
  }

  /// The longest row that can be read; an unclosed quote is noticed at this distance.
  static let bufferSize = 1 << 18

  /// The line on which the current row starts, from 1.
  private(set) var line = 0
  private let input: LogInput
  private let delimiter: UInt8
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private var fields: [FieldRange] = []
  private var position = 0
  private var filled = 0
  private var isAtEnd = false
  private var nextLine = 1
  private var newlinesInQuotes = 0
  private var encoding = UTF8Check()
  private var isRepeated = false

  init(_ input: LogInput, delimiter: UInt8) throws {
    self.input = input
    self.delimiter = delimiter
    buffer = .allocate(capacity: Self.bufferSize)
    try fill()
    if buffer[..<filled].starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  deinit { buffer.deallocate() }

  var fieldCount: Int { fields.count }

  func field(_ index: Int) -> Field {
    Field(rebasing: buffer[fields[index].start..<fields[index].end])
  }

  /// Makes `next` give the current row again.
  func repeatRow() { isRepeated = true }

  /// Reads the next row that is not blank.
  func next() throws -> RowStep {
    if isRepeated {
      isRepeated = false
      return .row
    }
    while true {
      line = nextLine
      switch scanRow() {
      case .row(let next):
        nextLine += 1 + newlinesInQuotes
        position = next
        if fields.count == 1, fields[0].start == fields[0].end { continue }
        for index in fields.indices where fields[index].hasEscapedQuotes { unescape(index) }
        return .row
      case .malformed(let reason):
        try skipLine()
        return .malformed(reason)
      case .incomplete(let inQuotes):
        if !isAtEnd, filled - position < buffer.count {
          try fill()
        } else if position == filled {
          return .end
        } else {
          try skipLine()
          return .malformed(
            inQuotes
              ? "a quoted field is not closed" : "the row is longer than \(buffer.count) bytes")
        }
      }
    }
  }

  /// Splits the row at `position` into `fields`, changing nothing in the buffer.
  private func scanRow() -> Scan {
    let quote = UInt8(ascii: "\"")
    let newline = UInt8(ascii: "\n")
    let bytes = UnsafePointer(buffer.baseAddress.unsafelyUnwrapped)
    fields.removeAll(keepingCapacity: true)
    newlinesInQuotes = 0
    guard position < filled else { return .incomplete(inQuotes: false) }
    var place = position
    while true {
      var field = FieldRange(start: place, end: place, hasEscapedQuotes: false)
      let isQuoted = place < filled && bytes[place] == quote
      if isQuoted {
        place += 1
        field.start = place
        while true {
          guard place < filled else { return .incomplete(inQuotes: true) }
          if bytes[place] == quote {
            // Whether the quote is doubled shows only with the byte after it.
            if place + 1 == filled, !isAtEnd { return .incomplete(inQuotes: true) }
            if place + 1 == filled || bytes[place + 1] != quote { break }
            field.hasEscapedQuotes = true
            place += 1
          } else if bytes[place] == newline {
            newlinesInQuotes += 1
          }
          place += 1
        }
        field.end = place
        place += 1
        if place < filled, bytes[place] == UInt8(ascii: "\r") { place += 1 }
        if place < filled, bytes[place] != delimiter, bytes[place] != newline {
          return .malformed("text follows a closing quote")
        }
      } else {
        while place < filled, bytes[place] != delimiter, bytes[place] != newline { place += 1 }
        field.end = place
      }
      if place == filled, !isAtEnd { return .incomplete(inQuotes: false) }
      let isLast = place == filled || bytes[place] == newline
      if isLast, !isQuoted, field.end > field.start, bytes[field.end - 1] == UInt8(ascii: "\r") {
        field.end -= 1
      }
      fields.append(field)
      if isLast { return .row(next: min(place + 1, filled)) }
      place += 1
    }
  }

  /// Turns doubled quotes of a field into single ones.
  private func unescape(_ index: Int) {
    let quote = UInt8(ascii: "\"")
    var write = fields[index].start
    var read = write
    while read < fields[index].end {
      buffer[write] = buffer[read]
      read += buffer[read] == quote ? 2 : 1
      write += 1
    }
    fields[index].end = write
  }

  /// Moves to the line after the one on which the current row starts.
  private func skipLine() throws {
    nextLine += 1
    while true {
      if let newline = buffer[position..<filled].firstIndex(of: UInt8(ascii: "\n")) {
        position = newline + 1
        return
      }
      position = filled
      if isAtEnd { return }
      try fill()
    }
  }

  /// Moves what is left to the front and reads more behind it.
  private func fill() throws {
    let left = filled - position
    filled = try input.refill(buffer, keeping: position..<filled, isAtEnd: &isAtEnd)
    position = 0
    let bytes = Field(rebasing: buffer[..<filled])
    guard let offset = encoding.offsetOfInvalid(in: bytes, from: left, isLast: isAtEnd) else {
      return
    }
    let lines = bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
    throw notUTF8(bytes, at: offset, place: "\(input.name):\(nextLine + lines)", name: input.name)
  }
}
