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
  private var variant: ConfigurationVariant {
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

  // MARK: - Decoding

  func decoded() throws -> Configuration {
    let variant = try variant
    var values = variant.values
    var problems: [ExperimentError] = []
    replace(&values, by: user, at: [], variant, &problems)
    do {
      // A key with a mistake has its default here, so that the others can be checked as well.
      let configuration = try Configuration(from: ValueDecoder(values: values))
      problems += rangeProblems(configuration)
      if let all = ExperimentError(all: problems.sorted(by: isEarlier)) { throw all }
      return configuration
    } catch let error as DecodingError {
      throw ExperimentError(all: problems) ?? typeError(error)
    }
  }

  /// Takes over what is right, and adds what is wrong to the problems.
  private func replace(
    _ values: inout [String: Node], by user: Node, at keys: [String],
    _ variant: ConfigurationVariant, _ problems: inout [ExperimentError]
  ) {
    let path = keys.joined(separator: ".")
    guard let known = variant.groups[path] else {
      note(&problems) { values[path] = try value(user, at: path) }
      return
    }
    guard let given = user.mapping else {
      problems.append(
        ExperimentError(
          .invalidConfiguration,
          "\(place(of: path)): \(path) is a group of keys (\(known.joined(separator: ", "))), not a "
            + "value."))
      return
    }
    for (keyNode, value) in given {
      let key = keyNode.scalar?.string ?? ""
      // A place for anchors, which other keys refer to.
      if keys.isEmpty, key.hasPrefix("x-") { continue }
      guard known.contains(key) else {
        note(&problems) {
          try refuseKeyOfAnotherVariant(key, in: path)
          throw unknownKey(
            keys + [key], among: known + (keys.isEmpty ? ["sweep", Self.extends] : []))
        }
        continue
      }
      replace(&values, by: value, at: keys + [key], variant, &problems)
    }
  }

  /// What the file says, with every default filled in.
  func merged() throws -> Node {
    let variant = try variant
    var values = variant.values
    var problems: [ExperimentError] = []
    replace(&values, by: user, at: [], variant, &problems)
    if let all = ExperimentError(all: problems) { throw all }
    return Self.tree(variant.defaults, of: values, below: "")
  }

  private static func tree(_ node: Node, of values: [String: Node], below path: String) -> Node {
    guard let mapping = node.mapping else { return values[path] ?? node }
    return Node(
      mapping.map { key, value in
        let inner = (path.isEmpty ? "" : "\(path).") + (key.scalar?.string ?? "")
        return (key, tree(value, of: values, below: inner))
      })
  }

  /// `place` defaults to where the key stands.
  func unknownKey(
    _ path: [String], among known: [String], place: String? = nil,
    setting names: [String: String] = [:]
  ) -> ExperimentError {
    // Nothing that long is near to a key of ours.
    let key = String((path.last ?? "").prefix(80))
    let joined = path.joined(separator: ".")
    let group = path.dropLast().joined(separator: ".")
    // Of a variant, no keys but its own.
    let own = try? keysOfVariant(in: group, setting: names)
    let known = own?.keys ?? known
    let isName = path.count > 1 && Self.wordsForNames.contains(key)
    let name = isName ? known.first(where: Self.wordsForNames.contains) : nil
    let near =
      name.map { ["\(group).\($0)"] } ?? KeySuggestion.keys(near: key, in: group, among: known)
    var advice = KeySuggestion.advice(near, group: group, known: known)
    if group.isEmpty, let words = KeySuggestion.advice(onTopLevel: key) { advice = words }
    if let own, !near.contains(where: { $0.hasPrefix("\(group).") }) {
      advice = (near.isEmpty ? "" : "\(advice); ") + own.advice
    }
    return ExperimentError(
      .invalidConfiguration,
      "\(place ?? self.place(of: joined)): unknown key '\(PrintableText.excerpt(joined))'; \(advice)."
    )
  }

  /// The value of one key as we write it ourselves.
  func value(_ node: Node, at keyPath: String) throws -> Node {
    guard let key = Configuration.key(keyPath) else { return node }
    let reader = ScalarReader(key: key)
    switch reader.read(node) {
    case .value(let value): return value
    case .missing:
      throw ExperimentError(
        .invalidConfiguration, "\(place(of: keyPath)): \(keyPath) has no value; give one.")
    case .wrong(let wanted, let advice):
      let found = node.scalar.map { PrintableText.excerpt($0.string, longest: 60) }
      throw ExperimentError(
        .invalidConfiguration,
        "\(place(of: keyPath)): \(keyPath) must be \(wanted), not '\(found ?? "a group or list")'"
          + "\(advice).")
    }
  }

  /// Of a value that its key's table let through: none is known.
  private func typeError(_ error: DecodingError) -> ExperimentError {
    let context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
      }
    let keyPath = context.codingPath.map { snakeCase($0.stringValue) }.joined(separator: ".")
    return ExperimentError(
      .invalidConfiguration, "\(place(of: keyPath)): \(keyPath) has a value of another type.")
  }
}
