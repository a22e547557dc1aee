import Experiments
import Foundation
import Testing

struct CSVTableTests {
  @Test(arguments: [
    ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    ("a,b\n1,", [["a", "b"], ["1", ""]]),
    ("\"a,\"\"b\"\"\",\"x\ny\"\n\"\",\"\"\"\"\n", [["a,\"b\"", "x\ny"], ["", "\""]]),
    ("é\n\n1\n", [["é"], ["1"]]),
    ("", []),
  ]) func rowsAreSplitAsRFC4180Says(text: String, rows: [[String]]) {
    #expect(CSVTable.parse(text) == rows)
  }

  /// What CSVFile writes is read back, half a last row aside.
  @Test func ourFilesAreReadBack() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.csv"
    let file = try CSVFile(path: path, columns: ["a", "b"], size: nil)
    try file.append([.text("x,\"y\"\n"), .number(0.1)])
    try file.append([.empty, .integer(3)])
    #expect(try CSVTable(path: path).rows == [["x,\"y\"\n", "0.1"], ["", "3"]])
    let cut = try Data(contentsOf: URL(filePath: path)).dropLast(4)
    try cut.write(to: URL(filePath: path))
    #expect(try CSVTable(path: path).rows == [["x,\"y\"\n", "0.1"]])
    #expect(try CSVTable(path: path).index(of: "b") == 1)
    let wrong = try folder.file("wrong.csv", "a,b\n1\n1,2\n")
    let error = #expect(throws: ExperimentError.self) { try CSVTable(path: wrong) }
    #expect(error?.message.contains("row 2") == true)
  }
}
