import Experiments
import Foundation
import Testing

/// Files that are made to keep a reader busy, or to be read as something else.
struct HostileFileTests {
  /// Every line doubles what the one before it stands for.
  private static let laughs =
    "name: &a0 [x, x]\n"
    + (1..<40).map { "k\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()

  static let files: [(yaml: String, words: String)] = [
    (laughs, "values, counted with what its aliases stand for"),
    (
      "sweep:\n  variants:\n    v0: &a0 {seed: 1}\n"
        + (1..<30).map { "    v\($0): &a\($0) {x: *a\($0 - 1), y: *a\($0 - 1)}\n" }.joined(),
      "values, counted with what its aliases stand for"
    ),
    (laughs + "? *a39\n: 1\n", "write a plain key"),
    (laughs + "*a39 : 1\n", "write a plain key"),
    (laughs + "[*a39, 1]: 1\n", "write a plain key"),
    (laughs + "x: {{y: *a39}: 1}\n", "write a plain key"),
    ("training: &t {rounds: 2}\nmodel:\n  <<: *t\n", "'<<', which is not supported"),
    ("name: !!binary aGVsbG8=\n", "write values without tags"),
    ("training: !!set {rounds}\n", "write values without tags"),
    ("name: !mine a\n", "write values without tags"),
    ("a: " + String(repeating: "[", count: 5_000), "nested too deeply"),
    ("a:\n " + String(repeating: "- ", count: 5_000) + "x\n", "nested too deeply"),
    ("name: a\0b\n", "control characters"),
    ("name: " + String(repeating: "a", count: 10_000), "one line of 1 to 100 characters"),
    (String(repeating: "k", count: 100_000) + ": 1\n", "not valid YAML"),
  ]

  @Test(arguments: files)
  func hostileFilesAreOneShortSentence(yaml: String, words: String) throws {
    let error = try #require(
      throws: ExperimentError.self, performing: { try ConfigurationLoaderTests.load(yaml) })
    #expect(error.code == .invalidConfiguration)
    #expect(error.message.contains(words), "\(error.message)")
    #expect(error.message.count < 1_000 && !error.message.contains("\n"))
  }

  @Test func anAliasStandsForAValue() throws {
    let configuration = try ConfigurationLoaderTests.load("seed: &s 7\npopulation: {seed: *s}\n")
    #expect(configuration.population.seed.value == 7)
  }

  @Test func aStarInACommentIsNoAlias() throws {
    let configuration = try ConfigurationLoaderTests.load(
      "# *Hypothesis*: more clients help.\nseed: 7  # [see *notes*]: R&D\n")
    #expect(configuration.seed == 7)
  }

  @Test func overridesAreBoundedToo() throws {
    let hostile = [
      String(repeating: "a.", count: 5_000) + "a=1",
      "sweep={a: " + String(repeating: "[", count: 2_000),
      "name=\u{1B}[31mred", "training.rounds=\n5\n6", String(repeating: "k", count: 100_000) + "=1",
    ]
    for override in hostile {
      let error = try #require(
        throws: ExperimentError.self,
        performing: { try ConfigurationLoaderTests.load("name: a\n", [override]) })
      #expect(error.code == .invalidConfiguration)
      #expect(
        error.message.count < 1_000
          && !error.message.unicodeScalars.contains { $0.value < 32 }, "\(error.message)")
    }
  }

  @Test func onlyFilesOfAModestSizeAreRead() throws {
    let folder = try TemporaryFolder()
    let large = try folder.file("large.yaml", String(repeating: "# comment\n", count: 110_000))
    let pipe = "\(folder.path)/pipe.yaml"
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [large, pipe, "/dev/zero"] {
      let error = #expect(throws: ExperimentError.self) { try ConfigurationLoader.load(path: path) }
      #expect(error?.code == .badData, "\(path)")
    }
  }

  /// docs/experiment-file.md says what the program says.
  @Test func theReferenceIsThatOfTheTable() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../..").standardizedFileURL
    #expect(
      try text(of: root.appendingPathComponent("docs/experiment-file.md").path)
        == KeyReference.markdown(),
      "write it anew: fedsim explain --markdown > docs/experiment-file.md")
  }
}
