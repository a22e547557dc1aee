import ArgumentParser
import Coordinator
import Experiments
import Federation
import Foundation
import ModelRegistry
import Privacy
import Report
import Storage
import Tables
import Threads
import UsageLog

let version = Manifest.currentVersion

extension FedSim {
  /// Prints an error as one sentence and ends the process with its exit code.
  static func exit(reporting thrown: any Error) -> Never {
    StatusLine.end()
    let error = ownError(within: thrown)
    // Whoever throws a bare code has said everything.
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    let isJSON = CommandLine.arguments.contains("--json")
    guard let code = exitCode(of: error) else { exit(reportingUsage: error, isJSON: isJSON) }
    let found = (error as? ExperimentError)?.sentences ?? [sentence(of: error)]
    let sentences = code == EX_NOINPUT ? found.map(MissingPath.advised) : found
    for sentence in sentences { printError(sentence) }
    if isJSON { try? printJSON(ErrorReport(sentences, exitCode: code)) }
    Foundation.exit(code)
  }

  /// An error of ours that the check of a verb's options threw; the parser wraps it into one of its own,
  /// which would end the program with the code 1.
  private static func ownError(within error: any Error) -> any Error {
    guard "\(type(of: error))" == "CommandError" else { return error }
    let parserError = Mirror(reflecting: error).children.first { $0.label == "parserError" }
    let reason = parserError.flatMap { Mirror(reflecting: $0.value).children.first }
    guard reason?.label == "userValidationError", let cause = reason?.value as? any Error,
      exitCode(of: cause) != nil
    else { return error }
    return cause
  }

  /// Prints help, or what is wrong with the command line and how the verb is called.
  private static func exit(reportingUsage error: any Error, isJSON: Bool) -> Never {
    let code = exitCode(for: error).rawValue
    guard code != 0 || error is UsageError else {
      let text = fullMessage(for: error, columns: HelpText.unbroken)
      if !text.isEmpty {
        printResult(HelpText.isHelp(text) ? HelpText.filled(text, to: HelpText.columns()) : text)
      }
      Foundation.exit(code)
    }
    let arguments = Array(CommandLine.arguments.dropFirst())
    // A typing error in an option is often noticed as something else.
    let isOfParser = "\(type(of: error))" == "CommandError"
    let usage =
      error as? UsageError ?? (isOfParser ? Verbs.unknownOption(in: arguments) : nil)
      ?? UsageError(
        sentence: message(for: error), command: Verbs.name(of: Verbs.path(of: arguments)))
    let help = fullMessage(for: error).split(separator: "\n").first { $0.hasPrefix("Help: ") }
    // Through the same outlets as everything else: usage errors repeat what was typed.
    printMessage(
      "fedsim: \(usage.sentence)\n"
        + (error is UsageError || Verbs.unknownOption(in: arguments) != nil
          ? "" : help.map { "\($0)\n" } ?? "")
        + usage.hint, isOneLine: false, colour: .red)
    if isJSON { try? printJSON(ErrorReport([usage.sentence], exitCode: EX_USAGE)) }
    // The parser has other codes for some of them.
    Foundation.exit(EX_USAGE)
  }

  /// What an error says, also one that comes from a framework.
  static func sentence(of error: any Error) -> String {
    // Reasons of the accountant and of threads are clauses, to be used within sentences.
    if error is PrivacyError || error is ThreadError { return "\(error)." }
    return FrameworkError(error)?.sentence ?? "\(error)"
  }

  private struct ErrorReport: Encodable {
    /// All of them, in one text.
    var error: String
    /// One by one, where there are several.
    var errors: [String]?
    var exitCode: Int32

    init(_ sentences: [String], exitCode: Int32) {
      error = sentences.joined(separator: " ")
      errors = sentences.count > 1 ? sentences : nil
      self.exitCode = exitCode
    }
  }

  /// The exit code of an error that did not stop the work it belongs to.
  static func exitCode(ofFailure error: any Error) -> Int32 { exitCode(of: error) ?? EX_SOFTWARE }

  /// The sysexits code of an error of ours; nil for ArgumentParser's own.
  private static func exitCode(of error: any Error) -> Int32? {
    switch error {
    case let error as ExperimentError: return error.code.rawValue
    case let error as CoordinatorError:
      switch error {
      case .workersKeepDying: return ExperimentError.Code.resumable.rawValue
      // A worker may be another program: its codes are taken from those that are documented.
      case .badInput(let exitCode, _):
        let documented = [EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_SOFTWARE, EX_IOERR, EX_CONFIG]
        return documented.contains(exitCode) ? exitCode : EX_SOFTWARE
      case .cannotStart: return EX_IOERR
      case .noAllocation: return EX_USAGE
      case .unsuitable: return EX_CONFIG
      case .interrupted: return ExperimentError.Code.interrupted.rawValue
      }
    case let error as UsageLogError:
      switch error.kind {
      case .usage: return EX_USAGE
      case .badInput: return EX_DATAERR
      case .missingFile: return EX_NOINPUT
      case .inputOutput: return EX_IOERR
      }
    case let error as RegistryError:
      switch error.kind {
      case .usage: return EX_USAGE
      case .badData: return EX_DATAERR
      case .missingInput: return EX_NOINPUT
      case .inputOutput: return EX_IOERR
      }
    case is PrivacyError: return EX_USAGE
    case is ThreadError: return EX_IOERR
    case let error as ReportError:
      switch error.kind {
      case .badData: return EX_DATAERR
      case .missingInput: return EX_NOINPUT
      case .inputOutput, .missingProgram: return EX_IOERR
      case .interrupted: return ExperimentError.Code.interrupted.rawValue
      case .badUsage: return EX_USAGE
      }
    case let error as StorageError:
      switch error.kind {
      case .damaged: return EX_DATAERR
      case .missing: return EX_NOINPUT
      case .inputOutput, .exists: return EX_IOERR
      }
    case let error as TableError:
      switch error {
      case .missing: return EX_NOINPUT
      case .damaged: return EX_DATAERR
      }
    case is ValidationError, is CleanExit, is ExitCode, is UsageError: return nil
    default:
      if "\(type(of: error))" == "CommandError" { return nil }
      return FrameworkError(error)?.exitCode ?? EX_SOFTWARE
    }
  }
}

/// Prints to standard output; ends the process with the I/O exit code when that is impossible.
///
/// Whatever the text quotes from files, a terminal finds no command in it.
func printResult(_ text: String, terminator: String = "\n") {
  var shown = PrintableText.lines(text)
  if Terminal.hasColour(STDOUT_FILENO) { shown = Terminal.withColouredVerdicts(shown) }
  let problem = StatusLine.interrupted(goesOn: false) {
    writeAll(shown + terminator, to: STDOUT_FILENO) ? 0 : errno
  }
  // Whoever reads has read enough (`fedsim list | head -1`): no reason to stop or to complain.
  guard problem != 0, problem != EPIPE else { return }
  let reason = String(cString: strerror(problem))
  printError(
    "standard output: cannot be written: \(reason); free some space or send it elsewhere, and "
      + "go on with a run that began with `fedsim resume DIR`.")
  exit(EX_IOERR)
}

/// Prints sentences, broken at spaces where there is a width to fit.
///
/// - Parameter hang: columns by which a line that goes on stands further to the right.
func printParagraph(_ text: String, hang: Int = 0) {
  let width = Terminal.width(of: STDOUT_FILENO)
  printResult(width.map { Terminal.filled(text, to: $0, hang: hang) } ?? text)
}

/// Prints to standard error: messages and progress never mix with results.
///
/// - Parameters:
///   - isOneLine: whether line ends within the message are shown as `\n`.
///   - colour: of the name of the program in front of it, on a terminal that has colours.
func printMessage(_ text: String, isOneLine: Bool = true, colour: Terminal.Colour = .yellow) {
  var shown = isOneLine ? PrintableText.line(text) : PrintableText.lines(text)
  if Terminal.hasColour(STDERR_FILENO) {
    shown = Terminal.withColouredPrefix(shown, colour)
  }
  // A message that nobody can read must not end the work it tells about.
  _ = StatusLine.interrupted(goesOn: true) { writeAll(shown + "\n", to: STDERR_FILENO) }
}

/// Prints what went wrong, one sentence.
func printError(_ sentence: String) { printMessage("fedsim: \(sentence)", colour: .red) }

/// FileHandle would trap where these report: on a closed pipe or a full disk.
private func writeAll(_ text: String, to descriptor: Int32) -> Bool {
  Array(text.utf8).withUnsafeBytes { AtomicFile.hasWritten($0, to: descriptor) }
}

/// Prints one JSON object with snake_case keys.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .fedsim
  encoder.dateEncodingStrategy = .iso8601
  printJSON(text: try encoder.encode(value))
}

/// Prints JSON that is encoded already.
func printJSON(text: Data) {
  printResult(PrintableText.json(String(decoding: text, as: UTF8.self)))
}

/// Cores this process may use: its affinity, its control group's quota if there is one, and what Slurm
/// has given its job of this machine.
func availableCores() -> Int { min(ownCores(), allocatedCores() ?? .max) }

/// Not every cluster binds a job to its cores.
private func allocatedCores() -> Int? {
  let environment = ProcessInfo.processInfo.environment
  guard environment["SLURM_JOB_ID"] != nil else { return nil }
  return environment["SLURM_CPUS_ON_NODE"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
}

private func ownCores() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let mask = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
  let allowed = mask?.dropFirst("Cpus_allowed:".count)
    .compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
  let cores = allowed ?? ProcessInfo.processInfo.activeProcessorCount
  let quota = (try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8))?
    .split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
  guard let quota, quota.count == 2, quota[1] > 0 else { return max(1, cores) }
  return max(1, min(cores, Int(quota[0] / quota[1])))
}
