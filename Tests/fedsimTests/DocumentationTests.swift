import Foundation
import Testing

/// README and docs name all that the program has; scripts/check-docs.py runs their commands.
struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../..").standardizedFileURL

  private static func pages() throws -> [String: String] {
    let folder = root.appendingPathComponent("docs")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
    return try (names + ["README.md"]).reduce(into: [:]) { pages, name in
      pages[name] = try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
    }
  }

  private static func output(_ arguments: [String]) throws -> String {
    let folder = try TemporaryFolder()
    return try CommandLineProgram.run(arguments, in: folder.url).output
  }

  @Test func everyVerbStandsInAnExample() throws {
    let text = try Self.pages().values.joined()
    let help = try Self.output(["--help"]).split(separator: "SUBCOMMANDS:").dropFirst().joined()
    let verbs = help.matches(of: #/\n  ([a-z]+) /#).map { String($0.output.1) }
    #expect(verbs.count > 15)
    for verb in verbs { #expect(text.contains("fedsim \(verb)"), "no page names \(verb)") }
  }

  @Test func everyKindOfFigureIsNamedAndExplained() throws {
    let text = try Self.pages().values.joined()
    let words = try Self.output(["plot", "--help"]).split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    let list = try #require(words.firstMatch(of: #/can give\): ([a-z, -]+)\./#))
    let figures = list.output.1.split(separator: ", ").map(String.init)
    #expect(figures.count > 10)
    for figure in figures {
      #expect(text.contains(figure), "no page names \(figure)")
      #expect(try Self.output(["explain", figure]).contains("\(figure): figure"))
    }
  }

  @Test(arguments: [0, 64, 65, 66, 70, 74, 75, 78, 130])
  func everyExitCodeIsInTheTable(code: Int) throws {
    let page = try #require(try Self.pages()["docs/run-folder.md"])
    #expect(page.contains("\n| \(code) | "))
    #expect(try Self.output(["explain", "\(code)"]).hasPrefix("\(code): exit code"))
  }

  @Test func theFirstPageIsShort() throws {
    let readme = try #require(try Self.pages()["README.md"])
    #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 151)
  }

  /// Links, anchors and names of files, by the script that CI runs as a whole.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/env")))
  func linksLeadSomewhere() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", Self.root.appendingPathComponent("scripts/check-docs.py").path, "--links",
    ]
    let output = Pipe()
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // 127: there is no python3 here.
    #expect([0, 127].contains(process.terminationStatus), "\(text)")
  }
}
