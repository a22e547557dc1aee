import Experiments
import Foundation
import Glibc
import Tables
import Testing

struct CSVFileTests {
  // MARK: - Cells

  @Test func textIsQuotedWhereItMustBe() {
    let cases = [
      ("plain", "plain"), ("two words", "two words"), ("", ""), ("a,b", "\"a,b\""),
      ("say \"hi\"", "\"say \"\"hi\"\"\""), ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""),
      ("a\rb", "\"a\rb\""),
      // A combining accent makes one character of the comma and itself; to a reader it is a comma.
      ("a,\u{301}b", "\"a,\u{301}b\""), ("\"\u{301}", "\"\"\"\u{301}\""),
    ]
    for (text, expected) in cases {
      #expect(Array(CSVCell.text(text).rendered.utf8) == Array(expected.utf8))
    }
  }

  /// The digits and the exponent of a number, however it is written; nil for inf and nan.
  static func digits(_ text: String) -> (digits: Substring, exponent: Int)? {
    let parts = text.lowercased().split(separator: "e")
    let mantissa = parts[0].drop { $0 == "-" }.split(
      separator: ".", omittingEmptySubsequences: false)
    guard let whole = mantissa.first, whole.allSatisfy(\.isNumber) else { return nil }
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - fraction.count
    var digits = Substring(whole + fraction).drop { $0 == "0" }
    while digits.last == "0" {
      digits.removeLast()
      exponent += 1
    }
    return (digits, digits.isEmpty ? 0 : exponent)
  }

  /// The same digits as Python's repr (Vectors/numbers.py), and the same number again.
  @Test func numbersAreAsShortAsPython() throws {
    let rows = try JSONDecoder().decode([[String]].self, from: vectorFile("numbers.json"))
    #expect(rows.count == 1_000)
    for row in rows {
      let value = Double(bitPattern: try #require(UInt64(row[0])))
      let text = CSVCell.number(value).rendered
      #expect(Double(text) == value, "\(row[1])")
      guard let python = Self.digits(row[1]) else {
        #expect(text == row[1])
        continue
      }
      let own = try #require(Self.digits(text))
      #expect(own.digits == python.digits && own.exponent == python.exponent, "\(row[1]): \(text)")
    }
    #expect(CSVCell.number(3).rendered == "3")
    #expect(CSVCell.number(.nan).rendered == "nan")
    #expect(CSVCell.integer(-7).rendered == "-7")
    #expect(CSVCell.empty.rendered == "")
  }

  // MARK: - Files

  @Test func rowsFollowTheHeader() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/a.csv"
    let file = try CSVFile(path: path, columns: ["round", "a,b"], from: nil)
    try file.append([.integer(1), .text("x")])
    try file.append(rows: [[.number(0.5), .empty], [.integer(2), .text("y")]])
    let expected = "round,\"a,b\"\r\n1,x\r\n0.5,\r\n2,y\r\n"
    #expect(try text(of: path) == expected)
    #expect(try file.size == expected.utf8.count)
  }

  /// Rows after the checkpoint are written again.
  @Test func resumingCutsToTheCheckpoint() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/a.csv"
    let columns = ["round"]
    var size = 0
    do {
      let file = try CSVFile(path: path, columns: columns, from: nil)
      try file.append([.integer(1)])
      try file.synchronize()
      size = try file.size
      try file.append([.integer(2)])
    }
    // What a process killed in the middle of a write leaves.
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("3".utf8))
    try handle.close()

    let resumed = try CSVFile(path: path, columns: columns, from: FileBeginning(size: size))
    #expect(try text(of: path) == "round\r\n1\r\n")
    try resumed.append([.integer(2)])
    #expect(try text(of: path) == "round\r\n1\r\n2\r\n")
  }

  @Test func aFileShorterThanTheCheckpointIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("a.csv", "round\r\n")
    let error = try #require(
      throws: ExperimentError.self,
      performing: { try CSVFile(path: path, columns: ["round"], from: FileBeginning(size: 10)) })
    #expect(error.code == .badData)
    #expect(error.message.contains("has 7 bytes where the checkpoint remembers 10"))
    #expect(try text(of: path) == "round\r\n")
  }

  /// A link in the place of a table would have somebody else's file cut and written to.
  @Test func aLinkIsNotResumed() throws {
    let folder = try TemporaryFolder()
    let victim = try folder.file("victim", "round\r\n1\r\n2\r\n")
    let path = "\(folder.path)/a.csv"
    #expect(symlink(victim, path) == 0)
    for keepsRest in [false, true] {
      let error = try #require(
        throws: ExperimentError.self,
        performing: {
          try CSVFile(
            path: path, columns: ["round"], from: FileBeginning(size: 7), keepsRest: keepsRest)
        })
      #expect(error.code == .inputOutput)
    }
    #expect(throws: ExperimentError.self) {
      try CSVFile(path: path, columns: ["round"], from: nil)
    }
    #expect(try text(of: victim) == "round\r\n1\r\n2\r\n")
  }

  @Test func aFileThatCannotBeOpenedIsAnError() throws {
    let folder = try TemporaryFolder()
    let error = try #require(
      throws: ExperimentError.self,
      performing: { try CSVFile(path: "\(folder.path)/none/a.csv", columns: ["a"], from: nil) })
    #expect(error.code == .inputOutput)
    #expect(error.message.contains("none/a.csv: cannot write: No such file"))
  }

  /// When the disk takes only half a row, the file goes back to whole rows.
  ///
  /// The limit is one of the process, so this needs a process of its own.
  @Test func aFullDiskLeavesWholeRows() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let folder = try TemporaryFolder()
      let path = "\(folder.path)/a.csv"
      let file = try CSVFile(path: path, columns: ["round"], from: nil)
      var limits = rlimit(rlim_cur: 20, rlim_max: 20)
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits) == 0)
      try file.append([.text("123456789")])
      let error = #expect(throws: ExperimentError.self) { try file.append([.text("123456789")]) }
      #expect(error?.code == .inputOutput)
      #expect(try text(of: path) == "round\r\n123456789\r\n")
    }
  }
}
