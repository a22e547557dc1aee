/// Where the cells of a CSV file lie in its bytes; text is made only for those that are asked for.
struct CSVCells: Sendable {
  private struct Cell {
    var start: Int
    var end: Int
    var hasEscapedQuotes = false
  }

  private let bytes: [UInt8]
  private let path: String
  private var cells: [Cell] = []
  private var lines: [Int] = []
  private(set) var width = 0

  init(_ bytes: [UInt8], path: String) throws(TableError) {
    self.bytes = bytes
    self.path = path
    var position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    var line = 1
    while position < bytes.count {
      try readRow(from: &position, line: &line)
    }
  }

  var rows: Int { lines.count }

  /// The line of the file on which a row begins, from 1.
  func line(of row: Int) -> Int { lines[row] }

  func text(row: Int, column: Int) -> String {
    let cell = cells[row * width + column]
    let text = String(decoding: unescaped(cell), as: UTF8.self)
    return isGuarded(cell) ? CSVCell.withoutGuard(text) : text
  }

  /// Bytes, not characters: a combining mark hides a quote from a search for characters.
  private func unescaped(_ cell: Cell) -> ArraySlice<UInt8> {
    guard cell.hasEscapedQuotes else { return bytes[cell.start..<cell.end] }
    var result: [UInt8] = []
    result.reserveCapacity(cell.end - cell.start)
    var position = cell.start
    while position < cell.end {
      result.append(bytes[position])
      // Within a cell that was quoted, quotes come in pairs.
      position += bytes[position] == UInt8(ascii: "\"") ? 2 : 1
    }
    return result[...]
  }

  /// Whether a cell without quotes in it is these bytes; no text is made for it.
  func isWritten(_ text: [UInt8], row: Int, column: Int) -> Bool {
    let cell = cells[row * width + column]
    guard !cell.hasEscapedQuotes, !isGuarded(cell) else {
      return self.text(row: row, column: column).utf8.elementsEqual(text)
    }
    return bytes[cell.start..<cell.end].elementsEqual(text)
  }

  /// Whether the cell may begin with the apostrophe that keeps a spreadsheet from running it.
  private func isGuarded(_ cell: Cell) -> Bool {
    cell.start < cell.end && bytes[cell.start] == UInt8(ascii: "'")
  }

  mutating func dropHeader() {
    cells.removeFirst(width)
    lines.removeFirst()
  }

  private mutating func readRow(
    from position: inout Int, line: inout Int
  ) throws(TableError) {
    let first = line
    let count = cells.count
    while true {
      cells.append(try readCell(from: &position, line: &line))
      guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { break }
      position += 1
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: "\r") { position += 1 }
    if position < bytes.count {
      guard bytes[position] == UInt8(ascii: "\n") else {
        throw .damaged("\(path):\(first): text follows a closing quote; put it inside the quotes.")
      }
      position += 1
      line += 1
    }
    let found = cells.count - count
    if found == 1, cells[count].start == cells[count].end {
      cells.removeLast()
      return
    }
    if lines.isEmpty { width = found }
    guard found == width else {
      throw .damaged(
        "\(path):\(first): has \(found) cells, not \(width); the file was cut or changed, so "
          + "restore it or run the experiment again.")
    }
    lines.append(first)
  }

  /// Stops at the comma or line end behind the cell.
  private func readCell(
    from position: inout Int, line: inout Int
  ) throws(TableError) -> Cell {
    let quote = UInt8(ascii: "\"")
    guard position < bytes.count, bytes[position] == quote else {
      let start = position
      while position < bytes.count, !isSeparator(bytes[position]) { position += 1 }
      return Cell(start: start, end: position)
    }
    let first = line
    position += 1
    var cell = Cell(start: position, end: position)
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "\n") { line += 1 }
      guard bytes[position] == quote else {
        position += 1
        continue
      }
      cell.end = position
      position += 1
      guard position < bytes.count, bytes[position] == quote else { return cell }
      cell.hasEscapedQuotes = true
      position += 1
    }
    throw .damaged("\(path):\(first): a quote is never closed; the file was cut, so restore it.")
  }

  private func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }
}
