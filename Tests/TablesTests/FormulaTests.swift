import Tables
import Testing

/// Texts that a spreadsheet would run as a formula.
struct FormulaTests {
  static let formulas = [
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\"=1",
    "'=1", "''=1", "\u{A0}=1", "＝1", "-", "-x", "--5", "+", "\u{FEFF}=1", "=\u{301}1", "'-5",
  ]

  @Test(arguments: formulas) func aFormulaIsTextInAFileAndItselfToAReader(text: String) throws {
    let cell = CSVCell.text(text).rendered
    // Behind the quotes of CSV, if any, the apostrophe says that this is text.
    #expect(cell.hasPrefix("'") || cell.hasPrefix("\"'"), "\(cell)")
    try expectReadBack(text, cell)
  }

  /// Numbers are numbers, also where they come as text, and an apostrophe of one's own stays.
  @Test(arguments: [
    "-5", "+5", "-0.25", "-1e-05", "-inf", "a=b", "5-3", "'", "'a", "''", "", "#x", "5+",
    "a@b",
  ]) func otherTextStaysAsItIs(text: String) throws {
    #expect(CSVCell.text(text).rendered == text)
    try expectReadBack(text, text)
  }

  @Test func numbersStayAsTheyAre() {
    #expect(CSVCell.number(-0.5).rendered == "-0.5")
    #expect(CSVCell.integer(-3).rendered == "-3")
    #expect(CSVCell.number(-.infinity).rendered == "-inf")
  }

  /// As a cell, as the name of a column, and where rows are looked for.
  private func expectReadBack(_ text: String, _ cell: String) throws {
    let file = "other,\(cell)\r\nx,1\r\n\(cell),2\r\n"
    let table = try CSVTable(Array(file.utf8), path: "a.csv")
    #expect(table.columns == ["other", text])
    #expect(try table.texts("other") == ["x", text])
    #expect(try table.numbers(text) == [1, 2])
    #expect(table.rows(where: [(0, text)]) == [1])
  }

  /// Every text that begins with these characters, in every order, reads back as it was written.
  @Test func nothingIsLostHoweverItBegins() throws {
    let marks = ["'", "\"", "=", "-", " ", "\t", "1", "a", ",", "\r\n"]
    for first in marks {
      for second in marks {
        for third in marks {
          let text = first + second + third + "x"
          let row = "k,\(CSVCell.text(text).rendered)"
          let table = try CSVTable(Array("a,b\r\n\(row)\r\n".utf8), path: "a.csv")
          #expect(try table.texts("b") == [text], "\(row)")
        }
      }
    }
  }
}
