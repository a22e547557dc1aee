import Experiments
import Federation
import Foundation
import Testing

/// A value is what was written, whatever YAML 1.1 takes it for.
struct ExactValueTests {
  private static let file = "population: {source: file, path: x.sqlite}\n"

  @Test(arguments: [
    "2024.10", "1e3", "0123", "010", "0x1F", "1:30", "2024-01-05", "yes", "null", "~", ".inf",
    "true", "1_000", "=", "<<", "dir #1/x", "a: b", "[x", "{x", "*x", "&x", "!x", "%x", "@x", "`x",
    " a ", "a=b", "it's", "say \"a\"", "#", "-", "- a", "ünlocks/ä b", "a\\nb",
  ])
  func aTextKeepsItsCharacters(text: String) throws {
    // Only a key that may be left out reads `null` and `~` as nothing.
    let leavesOut = ["null", "~"].contains(text)
    let typed = try ConfigurationLoaderTests.load(
      Self.file, leavesOut ? [] : ["population.path=\(text)"])
    let quoted = "'\(text.replacing("'", with: "''"))'"
    let fromFile = try ConfigurationLoaderTests.load(
      "population: {source: file, path: \(quoted)}\n")
    let expected = leavesOut ? "x.sqlite" : text
    #expect(Self.lastParts(of: typed, expected) == expected)
    // A path that is `~` is the home folder.
    if text != "~" { #expect(Self.lastParts(of: fromFile, text) == text) }
    // What we write ourselves is read back as the same.
    for configuration in [typed, fromFile] {
      let written = try ConfigurationTree.text(of: configuration)
      #expect(try ConfigurationLoaderTests.load(written) == configuration)
    }
  }

  /// The path was made absolute: its end, as many characters as were written.
  private static func lastParts(of configuration: Configuration, _ text: String) -> String {
    let path = configuration.population.path.value ?? ""
    return String(path.suffix(text.count))
  }

  @Test(arguments: ["2024.10", "0123", "1e3", "2024-01-05", "1:30", "yes", "1_000"])
  func aPlainTextIsNoNumber(text: String) throws {
    let configuration = try ConfigurationLoaderTests.load(
      "population:\n  source: file\n  path: \(text)\n  seal_key_file: \(text)\n")
    for value in [configuration.population.path.value, configuration.population.sealKeyFile.value] {
      #expect(value?.hasSuffix("/\(text)") == true, "\(value ?? "nil")")
    }
    // `seal_key_file` is found beside the file, so the folder tells that nothing was lost.
    let folder = try TemporaryFolder()
    let path = try folder.file(
      "e.yaml", "population: {source: file, path: \(text)}\n")
    #expect(
      try ConfigurationLoader.load(path: path).population.path.value == "\(folder.path)/\(text)")
  }

  /// What the pattern [-+]?((0|[1-9][0-9]*(_[0-9]+)*)(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?
  /// matches, as Python's `re` says, and what it does not.
  @Test func numbersAreWrittenInDecimalDigits() throws {
    let key = "training.local.learning_rate"
    for (text, value) in [
      ("0.5", 0.5), ("+0.5", 0.5), (".5", 0.5), ("1.", 1), ("1.e-3", 0.001), ("1E-3", 0.001),
      ("1e+2", 100), ("1_0e-3", 0.01), ("1_000_0e-9", 0.00001), ("0.25e0", 0.25),
    ] {
      let configuration = try ConfigurationLoaderTests.load("name: a\n", ["\(key)=\(text)"])
      #expect(configuration.training.local.learningRate == value, "\(text)")
    }
    for text in [
      "00.5", "0_1", "1__0", "_1", "1_", "1_.5", "1._5", "e5", "1e", "1e+", "+", "+.", ".", "0x1",
      "1.5.2", "1e3e3", "٣", "0.1_0", "--1", "+-1",
    ] {
      #expect(throws: ExperimentError.self, "\(text)") {
        try ConfigurationLoaderTests.load("name: a\n", ["\(key)=\(text)"])
      }
    }
  }

  @Test(arguments: [
    ("010", "without leading zeros (10)"), ("007", "without leading zeros (7)"),
    ("1:30", "one number in decimal digits"), ("0o10", "in decimal digits"),
    ("0x1F", "in decimal digits"), ("0b11", "in decimal digits"), ("2.5", "not '2.5'"),
    ("1e-1", "not '1e-1'"), ("1e30", "out of range"), ("'5'", "remove the quotes"),
    ("1__0", "not '1__0'"),
    ("_1", "not '_1'"), ("1_", "not '1_'"), ("yes", "not 'yes'"), ("2024-01-05", "whole number"),
    ("9223372036854775808", "out of range"), (".inf", "not '.inf'"), (".nan", "not '.nan'"),
  ])
  func aWholeNumberIsWrittenInDecimalDigits(text: String, words: String) throws {
    for (yaml, overrides) in [
      ("training: {rounds: \(text)}\n", []), ("name: a\n", ["training.rounds=\(text)"]),
      ("training: {rounds: 5}\n", ["training={rounds: \(text)}"]),
    ] as [(String, [String])] {
      let error = try #require(
        throws: ExperimentError.self,
        performing: { try ConfigurationLoaderTests.load(yaml, overrides) })
      #expect(
        error.message.contains("training.rounds must be a whole number")
          && error.message.contains(words), "\(error.message)")
      #expect(error.code == .invalidConfiguration && error.message.hasSuffix("."))
    }
  }

  @Test func numbersThatMeanOneThingAreTaken() throws {
    for (text, expected) in [
      ("5", 5), ("+5", 5), ("1_000", 1_000), ("10", 10), ("1e2", 100), ("100.0", 100),
      ("2.5e1", 25), ("1E+3", 1_000), ("50e-1", 5),
    ] {
      #expect(
        try ConfigurationLoaderTests.load("training: {rounds: \(text)}").training.rounds == expected
      )
    }
    for (text, expected) in [
      ("0.5", 0.5), (".5", 0.5), ("5e-1", 0.5), ("1_0.5", 10.5), ("3", 3), ("1E2", 100),
    ] {
      let configuration = try ConfigurationLoaderTests.load(
        "training: {local: {learning_rate: \(text)}}")
      #expect(configuration.training.local.learningRate == expected)
    }
    for (text, expected) in [("yes", true), ("No", false), ("OFF", false), ("true", true)] {
      let configuration = try ConfigurationLoaderTests.load("evaluation: {local_only: \(text)}")
      #expect(configuration.evaluation.localOnly == expected)
    }
    for text in ["010", "1:30.5", "0x10", "00.5"] {
      #expect(throws: ExperimentError.self) {
        try ConfigurationLoaderTests.load("training: {local: {learning_rate: \(text)}}")
      }
    }
  }

  @Test func aSweepNamesItsPointsByWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file(
      "sweep.yaml",
      """
      population: {source: file, path: x}
      sweep:
        population.path: [2024.10, 2024.1, 0123, 1e3]
        training.rounds: [5, 1_0]
      """)
    let sweep = try Sweep.load(path: path)
    #expect(
      sweep.points.map(\.label) == [
        "population.path=2024.10, training.rounds=5", "population.path=2024.10, training.rounds=10",
        "population.path=2024.1, training.rounds=5", "population.path=2024.1, training.rounds=10",
        "population.path=0123, training.rounds=5", "population.path=0123, training.rounds=10",
        "population.path=1e3, training.rounds=5", "population.path=1e3, training.rounds=10",
      ])
    #expect(sweep.points[0].configuration.population.path.value == "\(folder.path)/2024.10")
    #expect(sweep.points[0].run == "runs/1-path-2024.10-rounds-5")
    let wrong = try folder.file("wrong.yaml", "sweep: {training.rounds: [010, 8]}\n")
    let error = #expect(throws: ExperimentError.self) { try Sweep.load(path: wrong) }
    #expect(error?.message.contains("not '010'") == true)
    for count in ["010", "1:30", "0x10", "1.5"] {
      let seeds = try folder.file("seeds.yaml", "sweep: {seed: \(count)}\n")
      let error = #expect(throws: ExperimentError.self) { try Sweep.load(path: seeds) }
      #expect(error?.message.contains("not '\(count)'") == true)
    }
  }
}
