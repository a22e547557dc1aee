import Tables
import Testing

struct CSVTableTests {
  private func table(_ text: String) throws(TableError) -> CSVTable {
    try CSVTable(Array(text.utf8), path: "a.csv")
  }

  @Test func columnsAreFoundByNameWhateverTheirOrder() throws {
    let table = try table("round,accuracy,extra\r\n1,0.25,x\r\n2,,y\r\n")
    #expect(table.rowCount == 2)
    #expect(try table.numbers("accuracy") == [0.25, nil])
    #expect(try table.numbers("round") == [1, 2])
    #expect(try table.texts("extra") == ["x", "y"])
    #expect(table.has("extra") && !table.has("Extra"))
  }

  /// Line ends, a byte order mark and blank lines say nothing.
  @Test(arguments: ["a,b\n1,2\n", "a,b\r\n1,2", "\u{feff}a,b\r\n\r\n1,2\r\n\r\n"])
  func theSameTableInOtherClothes(text: String) throws {
    let table = try table(text)
    #expect(table.columns == ["a", "b"])
    #expect(try table.numbers("a") == [1])
    #expect(try table.numbers("b") == [2])
  }

  @Test func quotesAreResolved() throws {
    let table = try table("name,\"a,b\"\n\"say \"\"hi\"\"\",\"two\r\nlines\"\nplain,\"\"\n")
    #expect(table.columns == ["name", "a,b"])
    #expect(try table.texts("name") == ["say \"hi\"", "plain"])
    #expect(try table.texts("a,b") == ["two\r\nlines", ""])
  }

  @Test func rowsAreFoundByWhatIsWrittenInThem() throws {
    let table = try table("split,round,x\nfuture,1,a\n\"future\",2,b\nnew,2,\"say \"\"c\"\"\"\n")
    #expect(table.rows(where: [(0, "future")]) == [0, 1])
    #expect(table.rows(where: [(0, "future"), (1, "2")]) == [1])
    #expect(table.rows(where: [(2, "say \"c\"")]) == [2])
    #expect(table.rows(where: [(0, "fut")]) == [])
    #expect(table.text(row: 2, column: 2) == "say \"c\"")
  }

  /// What Experiments writes reads back: the two halves of one format.
  @Test func cellsReadBackAsTheyWereWritten() throws {
    let cells: [CSVCell] = [
      .text("a,\"b\"\r\nc"), .number(0.1), .number(.infinity), .integer(-3), .empty,
    ]
    let row = cells.map(\.rendered).joined(separator: ",")
    let table = try table("t,n,i,k,e\r\n\(row)\r\n")
    #expect(try table.texts("t") == ["a,\"b\"\r\nc"])
    #expect(try table.numbers("n") == [0.1])
    #expect(try table.numbers("i") == [.infinity])
    #expect(try table.numbers("k") == [-3])
    #expect(try table.numbers("e") == [nil])
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    var text: String
    var words: [String]

    var testDescription: String { words.joined(separator: " ") }
  }

  @Test(arguments: [
    Damage(text: "", words: ["a.csv", "empty"]),
    Damage(text: "a,b\n1,2\n3\n", words: ["a.csv:3", "1 cells, not 2"]),
    Damage(text: "a,b\n\"1\n\",2,3\n", words: ["a.csv:2", "3 cells, not 2"]),
    Damage(text: "a,a\n1,2\n", words: ["'a' twice"]),
    Damage(text: "a,b\n1,\"2\n", words: ["a.csv:2", "quote"]),
    Damage(text: "a,b\n1,\"2\"x\n", words: ["a.csv:2", "quote"]),
  ])
  func damageIsNamedWithItsLine(_ damage: Damage) {
    let error = #expect(throws: TableError.self) { try table(damage.text) }
    for word in damage.words {
      #expect("\(error, default: "")".contains(word), "\(String(describing: error))")
    }
  }

  @Test func whatIsNeededMustBeThere() throws {
    let table = try table("a,b\n\"x\ny\",1\n2,z\n")
    let missing = #expect(throws: TableError.self) { try table.numbers("c") }
    #expect("\(missing, default: "")".contains("a.csv: has no column 'c'"))
    // The row begins on line 4, behind one of two lines.
    let wrong = #expect(throws: TableError.self) { try table.numbers("b") }
    #expect("\(wrong, default: "")".contains("a.csv:4: 'z' in column 'b'"))
    let none = #expect(throws: TableError.self) { try CSVTable(path: "/nowhere/a.csv") }
    #expect(
      none == .missing("/nowhere/a.csv: cannot be read; is its folder that of a run or a sweep?"))
  }
}
