import Foundation
import Tables
import Testing

/// Text of somebody else's on a terminal and in JSON.
struct PrintableTextTests {
  /// What a terminal, or the reader of one, could be misled by.
  static let hidden: [(text: String, shown: String)] = [
    ("\u{1B}[31mred", "\\u{1B}[31mred"), ("a\u{7}b", "a\\u{07}b"), ("a\rb", "a\\rb"),
    ("a\u{8}b", "a\\u{08}b"), ("a\u{0}b", "a\\u{00}b"), ("a\u{7F}b", "a\\u{7F}b"),
    // One byte that begins a command in terminals of eight bits, and the end of a line of Unicode's.
    ("a\u{9B}31mb", "a\\u{9B}31mb"), ("a\u{85}b", "a\\u{85}b"), ("a\u{2028}b", "a\\u{2028}b"),
    ("a\u{202E}b", "a\\u{202E}b"), ("a\u{2066}b", "a\\u{2066}b"), ("a\u{200B}b", "a\\u{200B}b"),
    ("a\u{FEFF}b", "a\\u{FEFF}b"), ("a\u{AD}b", "a\\u{AD}b"), ("a\u{E0041}b", "a\\u{E0041}b"),
    ("a\u{3164}b", "a\\u{3164}b"), ("a\u{200D}b", "a\\u{200D}b"),
  ]

  @Test(arguments: hidden) func whatATerminalObeysIsWrittenOut(text: String, shown: String) {
    #expect(PrintableText.line(text) == shown)
  }

  @Test func aLineIsOneLine() {
    #expect(PrintableText.line("a\nb\tc\r\nd") == "a\\nb\\tc\\r\\nd")
    #expect(PrintableText.lines("a\nb\tc\r\nd\re") == "a\nb\tc\r\nd\\re")
  }

  /// Names in any language, with the joiners that some scripts and emoji need.
  @Test(arguments: [
    "plain text, 5 % – ü", "日本語", "ক্‌ষ", "می‌خواهم", "👨‍👩‍👧", "e\u{301}", "“quoted”", "\\n",
  ]) func otherTextStaysAsItIs(text: String) {
    #expect(PrintableText.line(text) == text)
    #expect(PrintableText.lines(text) == text)
  }

  @Test(arguments: hidden) func jsonStaysTheSameValue(text: String, shown: String) throws {
    let json = String(decoding: try JSONEncoder().encode([text]), as: UTF8.self)
    let cleaned = PrintableText.json("{\n  \"a\": \(json)\n}")
    #expect(PrintableText.lines(cleaned) == cleaned, "nothing is left that a terminal obeys")
    #expect(
      try JSONDecoder().decode([String: [String]].self, from: Data(cleaned.utf8)) == ["a": [text]])
  }

  /// A shell takes each for the one word it was; asked of a real one.
  @Test(arguments: [
    "plain/path-1.csv", "two words", "it's", "$(touch x)", "`touch x`", "a;b", "a\nb", "*", "~",
    "!!",
    "\"", "\\", "", "'\u{301}", "ü", "a&b|c>d<e", "#x",
  ]) func aShellReadsOneWord(word: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "printf %s \(shellQuoted(word))"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(Array(text) == Array(word.utf8))
  }

  @Test func aWordIsNeverAnOption() { #expect(shellQuoted("-rf") == "'./-rf'") }
}
