import Foundation
import Testing
import UsageLog

/// What docs/own-data.md lists is what the program has.
@Suite struct OwnDataPageTests {
  private static func section(_ start: String, _ end: String) throws -> Substring {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/own-data.md").path
    let page = try String(contentsOfFile: path, encoding: .utf8)
    let rest = page[try #require(page.range(of: start)).upperBound...]
    return rest[..<(try #require(rest.range(of: end)).lowerBound)]
  }

  private static func codes(_ text: Substring) -> [String] {
    text.matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
  }

  @Test func namesAllLaunchers() throws {
    let listed = Self.codes(
      try Self.section("| apps | names |", "The summary lists the ignored apps"))
    #expect(listed.sorted() == AppPatterns.system.patterns.sorted())
  }

  @Test func namesAllTimeFormats() throws {
    let table = try Self.section("| value | times are |", "\n\n")
    let listed = table.split(separator: "\n").dropFirst().flatMap { row in
      Self.codes(row.split(separator: "|").first ?? "")
    }
    #expect(listed.sorted() == TimeFormat.names.sorted())
  }
}
