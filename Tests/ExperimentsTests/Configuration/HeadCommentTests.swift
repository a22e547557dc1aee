import Experiments
import Testing

struct HeadCommentTests {
  @Test func onlyWhatStandsAtTheHead() throws {
    let folder = try TemporaryFolder()
    func comment(of text: String) throws -> String {
      try headComment(ofFile: folder.file("e.yaml", text))
    }
    #expect(
      try comment(of: "# What?\n#  Seconds.\nname: x\n# not this\n") == "# What?\n#  Seconds.\n")
    #expect(try comment(of: "name: x\n# not this\n") == "")
    #expect(try headComment(ofFile: "\(folder.path)/none.yaml") == "")
  }
}
