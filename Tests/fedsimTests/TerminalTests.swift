import Foundation
import Glibc
import Testing

/// What a person sees on a terminal: widths, the line that moves, colour, interruptions.
struct TerminalTests {
  static let sweep =
    ErrorTests.experiment + """

      sweep:
        training.local.learning_rate: [0.05, 0.1]
        training.local.batch_size: [8, 16]
        population.new_client_share: [0.1, 0.2]
        seed: 2
      """

  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  /// Of every width nothing is lost, and no line is longer than the width.
  @Test(arguments: [40, 60, 80]) func aWideTableFitsAndLosesNothing(width: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.sweep, to: "sweep.yaml")
    let result = try CommandLineProgram.run(
      ["plan", "sweep.yaml"], in: folder.url, environment: ["COLUMNS": "\(width)"])
    #expect(result.exitCode == 0, "\(result.errors)")
    for line in lines(result.output) { #expect(line.count <= width, "\(line)") }
    for value in ["0.05", "0.1", "0.2", "16"] { #expect(result.output.contains(value)) }
    #expect(
      result.output.contains("16 points, 16 runs") && result.output.contains("All runs: about"))
    // Eight settings with two seeds each, and no column for the masks that nobody has.
    #expect(result.output.contains("seeds"))
  }

  /// Sentences are broken at spaces where there is a width to fit.
  @Test(arguments: [
    "explain privacy.mechanism", "explain training", "explain columns", "explain exit",
    "explain krum",
    "doctor", "plan private.yaml --no-timing",
    "privacy epsilon --sampler poisson --sampling-rate 0.1 --noise-multiplier 1 --rounds 10 --delta 1e-6",
  ])
  func sentencesFit(arguments: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      ErrorTests.experiment
        + "\nprivacy: {mechanism: gaussian, noise_multiplier: 1, clipping_bound: 1}\n",
      to: "private.yaml")
    func run(_ columns: String) throws -> String {
      let result = try CommandLineProgram.run(
        arguments.split(separator: " ").map(String.init), in: folder.url,
        environment: ["COLUMNS": columns])
      #expect(result.exitCode == 0, "\(result.errors)")
      return result.output
    }
    let (narrow, whole) = (try run("80"), try run(""))
    for line in lines(narrow) {
      // A word is never broken, as the path of a program.
      #expect(line.count <= 80 || !line.drop { $0 == " " }.contains(" "), "\(line)")
    }
    func words(_ text: String) -> [String] {
      text.split(whereSeparator: \.isWhitespace).map(String.init)
    }
    // What the machine says may differ from one time to the next.
    guard arguments != "doctor" else { return }
    #expect(words(narrow) == words(whole), "nothing is lost")
    #expect(lines(whole).contains { $0.count > 80 })
  }

  /// A file or a pipe gets the table as it is.
  @Test func offATerminalTablesAreWhole() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.sweep, to: "sweep.yaml")
    let result = try CommandLineProgram.run(
      ["plan", "sweep.yaml", "--no-timing"], in: folder.url, environment: ["COLUMNS": ""])
    let header = try #require(lines(result.output).first)
    #expect(header.contains("training.local.learning_rate") && header.contains("MB down"))
    // The heading, the rule, eight settings and the count.
    #expect(lines(result.output).count == 11)
  }

  @Test func theLineThatMovesFitsAndIsTakenAway() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      ErrorTests.experiment.replacing("evaluation: {", with: "evaluation: {every: 1, "),
      to: "small.yaml")
    let terminal = try PseudoTerminal(columns: 40)
    let exitCode = try terminal.run(["run", "small.yaml", "--out", "run"], in: folder.url)
    let text = terminal.text
    #expect(exitCode == 0, "\(text)")
    #expect(text.contains("preparing the population") && text.contains("evaluating"))
    // What is written between two returns to the start of the line.
    for part in text.split(whereSeparator: \.isNewline) {
      let shown = part.replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "")
      if shown.contains("█") || shown.contains("░") { #expect(shown.count < 40, "\(shown)") }
    }
    #expect(text.contains("round 2/2"))
  }

  @Test func aDumbTerminalGetsPlainLines() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "small.yaml")
    let terminal = try PseudoTerminal(columns: 80)
    let exitCode = try terminal.run(
      ["run", "small.yaml", "--out", "run"], in: folder.url, environment: ["TERM": "dumb"])
    #expect(exitCode == 0)
    #expect(!terminal.text.contains("\u{1B}") && terminal.text.contains("round 2/2"))
  }

  @Test(arguments: [("xterm", "", true), ("xterm", "1", false), ("dumb", "", false)])
  func errorsAreRedWhereColourIsWanted(kind: String, noColour: String, isRed: Bool) throws {
    let folder = try TemporaryFolder()
    let terminal = try PseudoTerminal(columns: 80)
    let exitCode = try terminal.run(
      ["run", "none.yaml"], in: folder.url, environment: ["TERM": kind, "NO_COLOR": noColour])
    #expect(exitCode == 66)
    #expect(terminal.text.contains("\u{1B}[1;31mfedsim:") == isRed, "\(terminal.text)")
  }

  /// The word comes at once, on a line of its own, and what is to be done follows it.
  @Test func anInterruptionIsAcknowledged() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      ErrorTests.experiment.replacing("rounds: 2", with: "rounds: 100000"), to: "long.yaml")
    let terminal = try PseudoTerminal(columns: 80)
    let running = try terminal.start(["run", "long.yaml", "--out", "run"], in: folder.url)
    #expect(terminal.wait { $0.contains(" left") })
    kill(running.processIdentifier, SIGINT)
    #expect(terminal.exitCode(of: running) == 130)
    let text = terminal.text
    let word = try #require(text.range(of: "fedsim: Interrupted; stopping cleanly."))
    // The line that moved is gone from where the word begins.
    #expect(text[..<word.lowerBound].hasSuffix("\r\u{1B}[K"))
    #expect(text.contains("Interrupted after round") && text.contains("fedsim resume run"))
  }

  /// Readers that stop early are no error, of any verb that prints much.
  @Test func aClosedPipeEndsQuietly() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.sweep, to: "sweep.yaml")
    for arguments in ["explain", "plan sweep.yaml", "validate sweep.yaml", "help run", "--help"] {
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/bash")
      shell.arguments = [
        "-c",
        "'\(CommandLineProgram.executable)' \(arguments) 2>errors | head -0; exit ${PIPESTATUS[0]}",
      ]
      shell.currentDirectoryURL = folder.url
      try shell.run()
      shell.waitUntilExit()
      #expect([0, 141].contains(shell.terminationStatus), "\(arguments)")
      #expect(!(try folder.text(of: "errors")).contains("fedsim:"), "\(arguments)")
    }
  }
}

/// A terminal that nobody sits at: the program is started on one end, the test reads the other.
final class PseudoTerminal {
  private let master: Int32
  private let slave: FileHandle
  private var output = Data()

  init(columns: UInt16) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    try #require(master >= 0)
    // Unlocks the other end and asks for its number: TIOCSPTLCK and TIOCGPTN of Linux.
    var (lock, number): (Int32, UInt32) = (0, 0)
    try #require(ioctl(master, 0x4004_5431, &lock) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
    let descriptor = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(descriptor >= 0)
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0)
    slave = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    // What is read is never waited for.
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
  }

  deinit { close(master) }

  func start(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLineProgram.executable)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment
      .merging(["TERM": "xterm", "NO_COLOR": "", "COLUMNS": ""]) { $1 }
      .merging(environment) { $1 }
    process.standardOutput = slave
    process.standardError = slave
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  func run(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:]
  ) throws -> Int32 {
    exitCode(of: try start(arguments, in: folder, environment: environment))
  }

  /// Reads until the end: a terminal that nobody reads stops the program.
  func exitCode(of process: Process) -> Int32 {
    while process.isRunning {
      read()
      usleep(2_000)
    }
    read()
    return process.terminationStatus
  }

  /// What was shown so far.
  var text: String { String(decoding: output, as: UTF8.self) }

  /// Waits half a minute at most for what is to be shown.
  func wait(until condition: (String) -> Bool) -> Bool {
    for _ in 0..<15_000 {
      read()
      if condition(text) { return true }
      usleep(2_000)
    }
    return false
  }

  private func read() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(master, &buffer, buffer.count)
      guard count > 0 else { return }
      output.append(contentsOf: buffer[..<count])
    }
  }
}
