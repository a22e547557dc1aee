import ArgumentParser
import ClientPrograms
import DeviceClient
import Experiments
import Federation

/// Plays a worker to a client program.
struct WorkerCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker-check",
    abstract: "Check a client program of your own against the protocol.",
    discussion: """
      Example:

        fedsim worker-check --experiment digits.yaml python3 digits.py

      Starts the program again and again, asks it everything that a worker asks, sends it every kind of \
      malformed frame, and names each rule that it breaks. The exit code is 65 if there is one. Options come \
      before the program.
      """)

  @Option(
    help: ArgumentHelp(
      "Take setup from this experiment file, and the program as well where none is given.",
      valueName: "file"))
  var experiment: String?

  @Option(
    help: ArgumentHelp(
      "Parameters of the model (default: what the program says).", valueName: "number"))
  var parameters: Int?

  @Option(help: ArgumentHelp("Clients of the population.", valueName: "number"))
  var clients: Int?

  @Option(help: ArgumentHelp("Seconds that an answer may take.", valueName: "seconds"))
  var deadline = 60.0

  @OptionGroup var output: OutputOptions

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The program and its arguments.", valueName: "command"))
  var command: [String] = []

  func run() throws {
    // What is no option of this command comes here, --help included.
    if let first = command.first, first.hasPrefix("-") {
      if first == "-h" || first == "--help" { throw CleanExit.helpRequest(self) }
      throw ValidationError(
        "\(first) is no option of worker-check; options come before the program.")
    }
    var configuration = Configuration()
    configuration.population.clients = 100
    if let experiment {
      configuration = try ConfigurationLoader.load(path: experiment)
    }
    if let clients { configuration.population.clients = clients }
    let limits: [(Bool, String)] = [
      (
        deadline > 0 && deadline <= 86_400,
        "--deadline must lie above 0 and be at most 86400 seconds."
      ),
      (clients.map { $0 > 0 } ?? true, "--clients must be at least 1."),
      (
        parameters.map { (1...1 << 26).contains($0) } ?? true,
        "--parameters must lie in 1…\(1 << 26)."
      ),
    ]
    for (holds, problem) in limits where !holds { throw ValidationError(problem) }
    let words = try words(configuration)
    var setup = configuration.programSetup
    if let parameters { setup.parameters = parameters }
    let isJSON = output.json
    let broken: [BrokenRule]
    do {
      let check = try ProgramCheck(words, setup: setup, deadline: deadline)
      broken = try check.run { if !isJSON { printMessage("Checking \($0)") } }
    } catch {
      throw ExperimentError(.invalidConfiguration, "\(error)")
    }
    try show(broken, words)
    if !broken.isEmpty { throw ExitCode(65) }
  }

  /// The program: typed as words or as one line, or named by the experiment file.
  private func words(_ configuration: Configuration) throws -> [String] {
    let typed = command.first == "--" ? Array(command.dropFirst()) : command
    if typed.count == 1, let words = CommandWords.words(of: typed[0]), !words.isEmpty {
      return words
    }
    if !typed.isEmpty { return typed }
    guard !configuration.programWords.isEmpty else {
      throw ValidationError(
        "Give the client program, such as `fedsim worker-check python3 digits.py`, or --experiment with a file "
          + "that has workers.program.")
    }
    return configuration.programWords
  }

  private struct Answer: Encodable {
    struct Rule: Encodable {
      var rule: String
      var meaning: String
      var isKept: Bool
      var detail: String?
    }

    var program: [String]
    var rules: [Rule]
    var broken: [String]
  }

  private func show(_ broken: [BrokenRule], _ words: [String]) throws {
    if output.json {
      let rules = ProgramRule.allCases.map { rule in
        let detail = broken.first { $0.rule == rule }?.detail
        return Answer.Rule(
          rule: rule.rawValue, meaning: rule.meaning, isKept: detail == nil, detail: detail)
      }
      try printJSON(Answer(program: words, rules: rules, broken: broken.map(\.rule.rawValue)))
      return
    }
    for one in broken {
      print("broken: \(one.rule.rawValue): \(one.detail).\n        \(one.rule.meaning)")
    }
    if broken.isEmpty { print("The program keeps all \(ProgramRule.allCases.count) rules.") }
  }
}
