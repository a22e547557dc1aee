import ArgumentParser
import Experiments
import Glibc

/// A command line that cannot be read, in words that say what was meant.
struct UsageError: Error {
  let sentence: String
  /// The verb that it is about, as far as it is known: `fedsim privacy epsilon`.
  let command: String

  /// Usage and where to read more.
  var hint: String {
    let width = Terminal.width(of: STDERR_FILENO) ?? 100
    let usage =
      Verbs.usage(of: command).map {
        HelpText.usage("Usage: \($0)", width).joined(separator: "\n") + "\n"
      } ?? ""
    return "\(usage)  See '\(command) --help' for more information."
  }
}

/// The verbs of the program and what each of them takes.
enum Verbs {
  /// The verb that a command line names, with what is above it; the program alone where it names none.
  static func path(of arguments: [String]) -> [any ParsableCommand.Type] {
    var path: [any ParsableCommand.Type] = [FedSim.self]
    for word in arguments {
      guard let next = subcommand(word, of: path[path.count - 1]) else { break }
      path.append(next)
    }
    return path
  }

  static func name(of path: [any ParsableCommand.Type]) -> String {
    path.map { name(of: $0) }.joined(separator: " ")
  }

  private static func name(of verb: any ParsableCommand.Type) -> String {
    verb.configuration.commandName ?? "\(verb)".lowercased()
  }

  private static func subcommand(
    _ word: String, of verb: any ParsableCommand.Type
  ) -> (any ParsableCommand.Type)? {
    verb.configuration.subcommands.first { name(of: $0) == word }
  }

  /// Throws when a word stands where a verb should, and is none.
  static func check(_ arguments: [String]) throws {
    // `help` takes verbs as well.
    let words = arguments.first == "help" ? Array(arguments.dropFirst()) : arguments
    let path = path(of: words)
    guard let last = path.last, !last.configuration.subcommands.isEmpty,
      let word = words.dropFirst(path.count - 1).first, !word.hasPrefix("-"), word != "help"
    else { return }
    let known = last.configuration.subcommands.filter { $0.configuration.shouldDisplay }
      .map { name(of: $0) }
    let near =
      KeySuggestion.nearest(word, known, atMost: max(1, word.count / 3))
      ?? known.first { word.count > 1 && ($0.hasPrefix(word) || word.hasPrefix($0)) }
    throw UsageError(
      sentence: "There is no verb '\(word)'"
        + (near.map { "; did you mean '\($0)'?" }
          ?? ": take one of \(known.joined(separator: ", "))."),
      command: name(of: path))
  }

  // MARK: - Options

  /// Help of the verb of this name, with lines that nobody has broken.
  private static func help(of command: String) -> String {
    let words = command.split(separator: " ").dropFirst().map(String.init)
    let path = path(of: words)
    return FedSim.helpMessage(
      for: path[path.count - 1], includeHidden: true, columns: HelpText.unbroken)
  }

  /// How the verb is called, as one line.
  static func usage(of command: String) -> String? {
    help(of: command).split(separator: "\n").first { $0.hasPrefix("USAGE: ") }
      .map { String($0.dropFirst(7)) }
  }

  private static func options(of command: String) -> [String] {
    help(of: command).split(separator: "\n").flatMap { line -> [String] in
      guard line.hasPrefix("  -") else { return [] }
      let label = line.drop { $0 == " " }.split(separator: "  ").first ?? ""
      return label.split(whereSeparator: { " ,/".contains($0) }).map(String.init)
        .filter { $0.hasPrefix("--") }
    }
  }

  /// Names of other programs for options of ours.
  private static let synonyms = [
    "output": "--out", "outdir": "--out", "output-dir": "--out", "o": "--out", "dir": "--out",
    "silent": "--quiet", "q": "--quiet", "threads": "--workers", "procs": "--workers",
    "cores": "--workers", "parallel": "--jobs", "override": "--set", "param": "--set",
    "overrides": "--set", "columns-map": "--columns",
  ]

  /// What to say of the first option that the verb does not have; nil where it has all of them.
  static func unknownOption(in arguments: [String]) -> UsageError? {
    let path = path(of: arguments)
    let command = name(of: path)
    let known = options(of: command)
    let words = arguments.dropFirst(path.count - 1).prefix { $0 != "--" }
    for word in words where word.hasPrefix("--") {
      let name = String(word.prefix { $0 != "=" })
      guard !known.contains(name), name.count > 2 else { continue }
      return UsageError(
        sentence: "Unknown option '\(name)'\(advice(on: word, name, known))", command: command)
    }
    return nil
  }

  private static func advice(on word: String, _ name: String, _ known: [String]) -> String {
    let bare = String(name.dropFirst(2))
    if let near = KeySuggestion.nearest(name, known, atMost: max(1, bare.count / 3)) {
      return ". Did you mean '\(near)'?"
    }
    let beginnings = known.filter { bare.count > 1 && $0.hasPrefix(name) }
    if beginnings.count == 1 { return ". Did you mean '\(beginnings[0])'?" }
    let foreign =
      synonyms[bare] == nil
      ? KeySuggestion.nearest(bare, Array(synonyms.keys), atMost: bare.count / 4) : bare
    if let meant = foreign.flatMap({ synonyms[$0] }), known.contains(meant) {
      return ". Did you mean '\(meant)'?"
    }
    // Keys of the experiment are no options.
    if known.contains("--set"), let key = KeySuggestion.key(ofOption: bare) {
      let value = word.contains("=") ? String(word.drop { $0 != "=" }.dropFirst()) : "…"
      return "; a key of the experiment is given as '--set \(key)=\(value)'."
    }
    return "."
  }
}
