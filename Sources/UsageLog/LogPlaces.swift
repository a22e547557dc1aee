/// Where the rows of an import stand: lines are counted through all its files, one after the other.
struct LogPlaces {
  private struct File {
    let name: String
    let earlierLines: Int
    /// Whether rows are counted, because the file has no lines.
    let countsRows: Bool
  }

  private var files: [File] = []
  /// How many files the log has, with those that are still to come.
  private let fileCount: Int
  /// Lines of the files read so far.
  private(set) var lines = 0

  init(fileCount: Int) { self.fileCount = fileCount }

  /// One file whose lines are counted.
  init(name: String) {
    self.init(fileCount: 1)
    begin(name, countsRows: false)
  }

  mutating func begin(_ name: String, countsRows: Bool) {
    files.append(File(name: name, earlierLines: lines, countsRows: countsRows))
  }

  /// Ends the file that was begun last.
  mutating func end(lines: Int) { self.lines += lines }

  /// How messages name all files.
  var name: String {
    files.count == 1 ? files[0].name : "the log of \(files.count) files"
  }

  /// The file of a line, and the number that the line has there.
  func find(_ line: Int) -> (file: String, line: Int) {
    let file = file(of: line)
    return (file?.name ?? "", line - (file?.earlierLines ?? 0))
  }

  /// A line as `FILE:LINE`.
  func place(of line: Int) -> String {
    guard let file = file(of: line) else { return "" }
    let number = line - file.earlierLines
    return file.countsRows ? "\(file.name), object \(number)" : "\(file.name):\(number)"
  }

  /// A line in a sentence about the whole log: `line 5`, or `line 5 of FILE` where there are several.
  func words(for line: Int) -> String {
    guard let file = file(of: line) else { return "" }
    let number = line - file.earlierLines
    let words = file.countsRows ? "object \(number)" : "line \(number)"
    return fileCount > 1 ? "\(words) of \(file.name)" : words
  }

  private func file(of line: Int) -> File? {
    files.last { $0.earlierLines < line } ?? files.first
  }
}
