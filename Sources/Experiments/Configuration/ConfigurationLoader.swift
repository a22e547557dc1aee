import Federation
import Foundation
import Storage
import Tables
import UsageLog
import Yams

/// Reads an experiment file strictly: unknown keys, wrong types and impossible combinations are
/// errors before anything runs.
package struct ConfigurationLoader {
  /// A value that replaces the file's, and where it was given.
  struct Override {
    var keyPath: String
    /// For messages: `--set key.path=value`, or a file and line.
    var place: String
  }

  let path: String
  var user: Node
  /// What the file may say, given the variants that it names.
  var variant: ConfigurationVariant {
    get throws { try ConfigurationVariant.named { Self.node(at: $0, in: user)?.string } }
  }
  var overrides: [Override] = []
  var sources: ConfigurationSources

  init(path: String, user: Node, sources: ConfigurationSources) {
    self.path = path
    self.user = user
    self.sources = sources
  }

  /// `overrides` are `key.path=value`, later ones winning.
  package static func load(
    path: String, overrides: [String] = []
  ) throws -> Configuration {
    let loader = try ConfigurationLoader(path: path, overrides: overrides)
    guard !loader.hasSweep else {
      // Who is sent to another verb would make the same mistake there.
      try loader.refuseUnknownOverrides()
      throw ExperimentError(
        .invalidConfiguration,
        "\(loader.place(of: "sweep")): this file is a sweep; run it with `fedsim sweep`, or without "
          + "its sweep group with --set sweep=null.")
    }
    return try loader.configuration()
  }

  /// Reads the file; nothing in it is checked yet.
  init(path: String, overrides: [String]) throws {
    let text = try YAMLText.read(path)
    try self.init(path: ExperimentFile.name(of: path), text: text, overrides: overrides)
  }

  /// Takes the text as that of a file at `path`.
  init(path: String, text: String, overrides: [String]) throws {
    try self.init(path: path, text: text)
    try normalizeSweep()
    for override in overrides { try apply(override) }
    leaveOutInheritedWithoutEffect()
  }

  /// The checked experiment, without its sweep group.
  func configuration() throws -> Configuration {
    var single = self
    single.remove("sweep")
    var configuration = try single.decoded()
    if let buffering = configuration.schedule.schedule.buffering,
      !single.gives("training.cohort_size")
    {
      configuration.training.cohortSize = buffering.goal
    }
    var validator = ConfigurationValidator(configuration: configuration, source: single)
    try validator.validate()
    if let data = configuration.population.path.value {
      configuration.population.path = Setting(absolutePath(of: data, at: "population.path"))
    }
    if let key = configuration.population.sealKeyFile.value {
      configuration.population.sealKeyFile = Setting(
        absolutePath(of: key, at: "population.seal_key_file"))
    }
    if let ledger = configuration.privacy.ledger.value {
      configuration.privacy.ledger = Setting(absolutePath(of: ledger, at: "privacy.ledger"))
    }
    if var listed = configuration.devices.model as? ListedDevices, let file = listed.path.value {
      listed.path = Setting(absolutePath(of: file, at: "devices.path"))
      configuration.devices.value = listed
    }
    if var listed = configuration.availability.model as? ListedAvailability,
      let file = listed.path.value
    {
      listed.path = Setting(absolutePath(of: file, at: "availability.path"))
      configuration.availability.value = listed
    }
    if configuration.hasProgram {
      configuration.workers.program = Setting(
        CommandWords.line(of: try programWords(configuration)))
    }
    if let list = configuration.population.vocabularyFile.value {
      configuration.population.vocabularyFile = Setting(
        absolutePath(of: list, at: "population.vocabulary_file"))
    }
    return configuration
  }

  /// The client program with the paths of the files that it names.
  private func programWords(_ configuration: Configuration) throws -> [String] {
    try configuration.programWords.enumerated().map { index, word in
      // A program without a folder is looked for as a shell does it.
      guard index > 0 || word.contains("/"), !word.isEmpty, !word.hasPrefix("-") else {
        return word
      }
      let file = absolutePath(of: word, at: "workers.program")
      return try FileKind.of(file) == .file ? file : word
    }
  }

  /// A path in the file is meant from the file's folder, one typed with --set from here.
  func absolutePath(of file: String, at keyPath: String) -> String {
    let given = override(of: keyPath) ?? override(of: "sweep.\(keyPath)")
    let isTyped = given?.place.hasPrefix("--set") ?? false
    let folder = isTyped ? "." : URL(fileURLWithPath: path).deletingLastPathComponent().path
    return URL(fileURLWithPath: file, relativeTo: URL(fileURLWithPath: folder, isDirectory: true))
      .standardizedFileURL.path
  }

  private init(path: String, text: String) throws {
    var sources = ConfigurationSources()
    let tree = try Self.tree(of: path, text, &sources)
    self.init(path: path, user: tree, sources: sources)
  }

  /// The tree of one file.
  ///
  /// - Parameter linesBefore: what its lines are counted on from.
  static func composed(_ path: String, _ text: String, linesBefore: Int) throws -> Node {
    let root: Node
    do throws(YAMLText.Problem) {
      guard let tree = try YAMLText.compose(text, linesBefore: linesBefore) else {
        throw YAMLText.Problem(
          sentence: "is empty; an experiment has at least one key, such as `name: first-try`")
      }
      root = tree
    } catch {
      let line = error.line.map { ":\($0)" } ?? ""
      throw ExperimentError(
        .invalidConfiguration, "\(PrintableText.excerpt(path))\(line): \(error.sentence).")
    }
    guard root.mapping != nil else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(PrintableText.excerpt(path)):1: an experiment is a mapping, lines of `key: value` such as "
          + "`name: first-try`, not \(root.sequence == nil ? "one value" : "a list").")
    }
    return root
  }

  /// Whether the user gave this key path another value than its default.
  func changes(_ keyPath: String) -> Bool {
    guard let given = Self.node(at: keyPath, in: user) else { return false }
    guard let key = Configuration.key(keyPath),
      case .value(let value) = ScalarReader(key: key).read(given)
    else { return true }
    return value.scalar?.string != (try? variant.values[keyPath])?.scalar?.string
  }

  /// Whether the user gave this key path a value, be it its default.
  func gives(_ keyPath: String) -> Bool {
    Self.node(at: keyPath, in: user).map { $0.tag != Tag(.null) } ?? false
  }

  /// Where a key path stands, for error messages.
  func place(of keyPath: String) -> String {
    if let override = override(of: keyPath) { return override.place }
    let names = keyPath.split(separator: ".").map(String.init)
    let group = Self.node(at: names.dropLast().joined(separator: "."), in: user)?.mapping
    let key = group?.keys.first { $0.string == names.last }
    return sources.place(of: key?.mark)
  }

  static func node(at keyPath: String, in tree: Node) -> Node? {
    keyPath.split(separator: ".").reduce(Optional(tree)) { $0?.child(String($1)) }
  }
}
