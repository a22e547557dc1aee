import Experiments
import Federation
import Testing

/// Where workers are, as files say it; the resolved file does not, since no result depends on it.
struct WorkerPlacementTests {
  private static let words = ["ssh", "-T", "node{index}", "fedsim", "worker", "--connect"]

  @Test(arguments: [
    "[ssh, -T, 'node{index}', fedsim, worker, --connect]",
    "ssh -T node{index} fedsim worker --connect", "'ssh  -T node{index} fedsim worker --connect'",
  ])
  func aCommandIsAListOrALine(command: String) throws {
    let configuration = try ConfigurationLoaderTests.load(
      "workers:\n  launcher: command\n  command: \(command)\n")
    let line = try #require(configuration.workers.command.value)
    #expect(CommandWords.words(of: line) == Self.words)
    #expect(configuration.workers.dialsBack)
  }

  @Test func wordsOfAListAreTakenAsTheyAre() throws {
    let configuration = try ConfigurationLoaderTests.load(
      "workers:\n  launcher: command\n  command:\n    - sh\n    - -c\n    - it's \"a b\" 010\n")
    let line = try #require(configuration.workers.command.value)
    #expect(CommandWords.words(of: line) == ["sh", "-c", "it's \"a b\" 010"])
  }

  @Test func theResolvedTextIsThatOfLocalWorkers() throws {
    var configuration = Configuration()
    let text = try ConfigurationTree.text(of: configuration)
    for key in WorkerPlacement.keyPaths {
      #expect(!text.contains("\n  \(key.dropFirst("workers.".count)):"), "\(key)")
    }
    configuration.workers.launcher = .command
    configuration.workers.command = Setting("ssh node{index} fedsim worker --connect")
    configuration.workers.listen = Setting("10.0.0.5:7000")
    configuration.workers.dialBack = Setting(true)
    #expect(try ConfigurationTree.text(of: configuration) == text)
  }

  @Test func wrongCommandsAreErrors() throws {
    for (value, words) in [
      ("[]", "must be a list of words or one line"), ("[a, [b]]", "must be a list of words"),
      ("{a: b}", "must be a list of words"), ("\"ssh 'node\"", "a quote that is not closed"),
    ] {
      let error = #expect(throws: ExperimentError.self) {
        try ConfigurationLoaderTests.load(
          "workers:\n  launcher: command\n  command: \(value)\n")
      }
      #expect(error?.message.contains(words) == true, "\(value): \(error?.message ?? "")")
    }
  }
}
