import Experiments
import Foundation
import Testing

struct LineListTests {
  private func read(_ bytes: some Sequence<UInt8>) throws -> [String] {
    let path = NSTemporaryDirectory() + UUID().uuidString
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try LineList.read(path, of: "app")
  }

  @Test(arguments: ["a\nb c\n", "a\r\nb c\r\n", "a\nb c", "\n\na\n  \nb c\n\n"])
  func everyLineIsAName(text: String) throws { #expect(try read(text.utf8) == ["a", "b c"]) }

  @Test func whatIsNoListIsRefused() throws {
    func message(_ bytes: [UInt8]) -> String {
      do { return "\(try read(bytes))" } catch { return "\(error)" }
    }
    #expect(message([]).contains(": is empty; write one app a line"))
    #expect(message([0x20, 0x0a]).contains(": is empty"))
    #expect(
      message(Array("a\nb\n\na\n".utf8)).contains(":4: names 'a' a second time (first on line 1)"))
    #expect(message([0x61, 0xff, 0x0a]).contains("is no list in UTF-8"))
  }
}
