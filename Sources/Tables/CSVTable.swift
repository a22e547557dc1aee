import Foundation

/// A CSV file (RFC 4180) in memory, read column by column.
///
/// Tolerant in what says nothing: the order of columns, columns nobody asks for, LF or CRLF, a byte
/// order mark, blank lines. Strict in the rest: every row has a cell for every column, a number is
/// a number, and a column that is needed is there.
package struct CSVTable: Sendable {
  package let path: String
  package let columns: [String]
  private let cells: CSVCells

  package init(path: String) throws(TableError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .missing("\(path): cannot be read; is its folder that of a run or a sweep?")
    }
    try self.init([UInt8](data), path: path)
  }

  /// `path` is for messages.
  package init(_ bytes: [UInt8], path: String) throws(TableError) {
    self.path = path
    var cells = try CSVCells(bytes, path: path)
    guard cells.rows > 0 else {
      throw .damaged("\(path): is empty; a table begins with the names of its columns.")
    }
    columns = (0..<cells.width).map { cells.text(row: 0, column: $0) }
    cells.dropHeader()
    self.cells = cells
    let names = Set(columns)
    guard names.count == columns.count else {
      let twice = columns.first { name in columns.count { $0 == name } > 1 } ?? ""
      throw .damaged("\(path): names the column '\(twice)' twice; every name must be its own.")
    }
  }

  package var rowCount: Int { cells.rows }

  package func has(_ column: String) -> Bool { columns.contains(column) }

  /// The cells of one column as they are written, quotes resolved.
  package func texts(_ column: String) throws(TableError) -> [String] {
    let index = try required(column)
    return (0..<rowCount).map { cells.text(row: $0, column: index) }
  }

  /// The numbers of one column; an empty cell is nil.
  package func numbers(_ column: String) throws(TableError) -> [Double?] {
    let index = try required(column)
    var numbers: [Double?] = []
    numbers.reserveCapacity(rowCount)
    for row in 0..<rowCount { numbers.append(try number(row: row, column: index)) }
    return numbers
  }

  /// The number in one cell; nil for an empty one.
  package func number(row: Int, column: Int) throws(TableError) -> Double? {
    let text = cells.text(row: row, column: column)
    guard !text.isEmpty else { return nil }
    guard let number = Double(text) else {
      throw .damaged(
        "\(path):\(cells.line(of: row)): '\(text)' in column '\(columns[column])' is no number; "
          + "restore the file or run the experiment again.")
    }
    return number
  }

  /// The line of the file on which a row begins, from 1.
  package func line(of row: Int) -> Int { cells.line(of: row) }

  /// One cell as it is written.
  package func text(row: Int, column: Int) -> String { cells.text(row: row, column: column) }

  /// The rows whose cells in these columns are written like this, in order.
  package func rows(where wanted: [(column: Int, text: String)]) -> [Int] {
    let wanted = wanted.map { (column: $0.column, text: [UInt8]($0.text.utf8)) }
    return (0..<rowCount).filter { row in
      wanted.allSatisfy { cells.isWritten($0.text, row: row, column: $0.column) }
    }
  }

  /// The position of a column; nil when the file has none of that name.
  package func index(of column: String) -> Int? { columns.firstIndex(of: column) }

  private func required(_ column: String) throws(TableError) -> Int {
    guard let index = index(of: column) else {
      throw .damaged(
        "\(path): has no column '\(column)', which every run of this version writes; run the "
          + "experiment again.")
    }
    return index
  }
}
