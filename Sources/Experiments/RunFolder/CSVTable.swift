import Foundation

/// A CSV file in memory: one header row, then rows of as many cells.
package struct CSVTable {
  package let columns: [String]
  package let rows: [[String]]

  package init(path: String) throws {
    let data = try FileSystem.read(path)
    var lines = Self.parse(String(decoding: data, as: UTF8.self))
    guard !lines.isEmpty else {
      throw ExperimentError(.badData, "\(path): is empty; a CSV file has at least its header.")
    }
    let header = lines.removeFirst()
    // A killed run may leave half a row at the end.
    if let last = lines.last, last.count < header.count { lines.removeLast() }
    if let wrong = lines.firstIndex(where: { $0.count != header.count }) {
      throw ExperimentError(
        .badData, "\(path): row \(wrong + 2) has \(lines[wrong].count) cells, not \(header.count).")
    }
    columns = header
    rows = lines
  }

  /// The position of a column; nil when the file has none of that name.
  package func index(of column: String) -> Int? { columns.firstIndex(of: column) }

  /// RFC 4180 with either line ending.
  package static func parse(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    var hasContent = false
    let bytes = Array(text.utf8)
    func finishedCell() -> String {
      defer { cell.removeAll(keepingCapacity: true) }
      return String(decoding: cell, as: UTF8.self)
    }
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "\""):
        // A doubled quote inside quotes is one quote.
        if !isQuoted, index > 0, bytes[index - 1] == byte, hasContent { cell.append(byte) }
        isQuoted.toggle()
        hasContent = true
      case UInt8(ascii: ",") where !isQuoted:
        row.append(finishedCell())
        hasContent = true
      case UInt8(ascii: "\r") where !isQuoted: break
      case UInt8(ascii: "\n") where !isQuoted:
        if hasContent || !row.isEmpty { rows.append(row + [finishedCell()]) }
        row.removeAll()
        hasContent = false
      default:
        cell.append(byte)
        hasContent = true
      }
    }
    if hasContent || !row.isEmpty { rows.append(row + [finishedCell()]) }
    return rows
  }
}
