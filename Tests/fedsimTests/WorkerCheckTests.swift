import Foundation
import Testing

/// `fedsim worker-check` against programs that keep the protocol, and programs that break one rule of it.
@Suite(
  .enabled(if: ClientProgram.hasPython, "python3 is not here; no client program can be started"))
struct WorkerCheckTests {
  struct Answer: Decodable {
    struct Rule: Decodable {
      var rule: String
      var isKept: Bool
    }

    var rules: [Rule]
    var broken: [String]
  }

  static func check(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> (answer: Answer?, exitCode: Int32, output: String) {
    let result = try CommandLineProgram.run(
      ["worker-check", "--json", "--deadline", "0.8"] + ClientProgram.words + arguments,
      in: folder.url)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let answer = try? decoder.decode(Answer.self, from: Data(result.output.utf8))
    return (answer, result.exitCode, result.output + result.errors)
  }

  @Test func aProgramWithoutMistakesKeepsAllRules() throws {
    let folder = try TemporaryFolder()
    let result = try Self.check([], in: folder)
    #expect(result.exitCode == 0, "\(result.output)")
    let answer = try #require(result.answer)
    #expect(answer.broken == [])
    #expect(answer.rules.count == Set(answer.rules.map(\.rule)).count)
    #expect(answer.rules.count >= 12 && answer.rules.allSatisfy(\.isKept))
  }

  /// The second word is a variant of how the rule is broken.
  @Test(arguments: [
    ["frame-start"], ["frame-version"], ["frame-length"], ["frame-length", "cut"],
    ["frame-checksum"], ["payload"], ["deadline"], ["stays-alive"], ["ready"],
    ["ready", "protocol"], ["initial"], ["initial", "nan"], ["report-order"],
    ["report-order", "twice"], ["update-length"], ["update-finite"], ["update-finite", "loss"],
    ["example-count"], ["example-count", "update"], ["repeatable"], ["repeatable", "process"],
    ["latest-model"], ["metric-order"], ["metrics"], ["metrics", "twice"], ["metrics", "name"],
    ["metrics", "nan"], ["silence"], ["leaves"], ["refuses-corrupt"], ["refuses-corrupt", "quiet"],
    ["refuses-unknown"], ["refuses-unknown", "quiet"], ["refuses-disorder"],
    ["refuses-disorder", "quiet"], ["refuses-malformed"], ["refuses-malformed", "quiet"],
  ])
  func aBrokenRuleIsNamed(_ mistake: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try Self.check(mistake, in: folder)
    #expect(result.exitCode == 65, "\(result.output)")
    #expect(result.answer?.broken == [mistake[0]], "\(mistake): \(result.output)")
  }

  /// Every rule has a program above that breaks it.
  @Test func everyRuleIsTried() throws {
    let folder = try TemporaryFolder()
    let result = try Self.check(["ready"], in: folder)
    let tried: Set = [
      "frame-start", "frame-version", "frame-length", "frame-checksum", "payload", "deadline",
      "stays-alive", "ready", "initial", "report-order", "update-length", "update-finite",
      "example-count", "repeatable", "latest-model", "metric-order", "metrics", "silence", "leaves",
      "refuses-corrupt", "refuses-unknown", "refuses-disorder", "refuses-malformed",
    ]
    #expect(Set(try #require(result.answer).rules.map(\.rule)) == tried)
  }

  /// Whatever is no option would otherwise be taken for the program.
  @Test func optionsAreNotPrograms() throws {
    let folder = try TemporaryFolder()
    for option in ["--help", "-h"] {
      let help = try CommandLineProgram.run(["worker-check", option], in: folder.url)
      #expect(help.exitCode == 0 && help.output.contains("--deadline"))
    }
    let wrong = try CommandLineProgram.run(["worker-check", "--nonsense", "true"], in: folder.url)
    #expect(wrong.exitCode == 64 && wrong.errors.contains("--nonsense is no option"))
  }

  @Test func aProgramThatIsNotThereIsToldOfInOneSentence() throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["worker-check", "no-such-program"], in: folder.url)
    #expect(result.exitCode == 78)
    #expect(result.message.contains("no-such-program") && result.message.contains("No such file"))
  }
}

/// The client program of these tests, of Python's own library alone.
enum ClientProgram {
  static let hasPython = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Vectors").path

  /// Without what a site adds: it starts in a third of the time.
  static let words = [python, "-I", "-S", "\(folder)/client_program.py"]

  private static let python =
    FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
    ? "/usr/bin/python3" : "python3"
}
