import Federation
import Foundation
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
  let defaults: Node
  var overrides: [Override] = []

  /// `overrides` are `key.path=value`, later ones winning.
  package static func load(
    path: String, overrides: [String] = []
  ) throws -> Configuration {
    let loader = try ConfigurationLoader(path: path, overrides: overrides)
    guard !loader.hasSweep else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(loader.place(of: "sweep")): this file is a sweep; run it with `fedsim sweep`, or without "
          + "its sweep group with --set sweep=null.")
    }
    return try loader.configuration()
  }

  /// Reads the file; nothing in it is checked yet.
  init(path: String, overrides: [String]) throws {
    try self.init(path: path, text: Self.readText(path))
    try normalizeSweep()
    for override in overrides { try apply(override) }
  }

  /// The checked experiment, without its sweep group.
  func configuration() throws -> Configuration {
    var single = self
    single.remove("sweep")
    var configuration = try single.decoded()
    try ConfigurationValidator(configuration: configuration, source: single).validate()
    if let data = configuration.population.path.value {
      configuration.population.path = Setting(absolutePath(of: data, at: "population.path"))
    }
    if let key = configuration.population.sealKeyFile.value {
      configuration.population.sealKeyFile = Setting(
        absolutePath(of: key, at: "population.seal_key_file"))
    }
    return configuration
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
    self.path = path
    defaults = try ConfigurationTree.defaults()
    do {
      guard let root = try Yams.compose(yaml: text) else {
        throw ExperimentError(
          .invalidConfiguration,
          "\(path): is empty; an experiment has at least one key, such as `name: first-try`.")
      }
      user = root
    } catch let error as YamlError {
      throw ExperimentError(.invalidConfiguration, Self.describe(error, path: path))
    }
    guard user.mapping != nil else {
      throw ExperimentError(
        .invalidConfiguration, "\(path):1: an experiment is a list of `key: value` lines.")
    }
  }

  /// Whether the user gave this key path another value than its default.
  func changes(_ keyPath: String) -> Bool {
    guard let given = Self.node(at: keyPath, in: user) else { return false }
    let standard = Self.node(at: keyPath, in: defaults)
    if let number = given.float, let standard = standard?.float { return number != standard }
    return given.string != standard?.string
  }

  /// Where a key path stands, for error messages.
  func place(of keyPath: String) -> String {
    if let override = override(of: keyPath) { return override.place }
    let names = keyPath.split(separator: ".").map(String.init)
    let group = Self.node(at: names.dropLast().joined(separator: "."), in: user)?.mapping
    let key = group?.keys.first { $0.string == names.last }
    return key?.mark.map { "\(path):\($0.line)" } ?? path
  }

  static func node(at keyPath: String, in tree: Node) -> Node? {
    keyPath.split(separator: ".").reduce(Optional(tree)) { $0?[String($1)] }
  }

  // MARK: - Decoding

  private func decoded() throws -> Configuration {
    let merged = try merge(user, into: defaults, at: [])
    do {
      return try ConfigurationTree.configuration(from: merged)
    } catch let error as DecodingError {
      throw typeError(error)
    }
  }

  func merge(_ user: Node, into defaults: Node, at keys: [String]) throws -> Node {
    guard let known = defaults.mapping else {
      guard user.tag != Tag(.null) || defaults.tag == Tag(.null) else {
        let keyPath = keys.joined(separator: ".")
        throw ExperimentError(
          .invalidConfiguration, "\(place(of: keyPath)): \(keyPath) has no value; give one.")
      }
      return user
    }
    guard let given = user.mapping else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(place(of: keys.joined(separator: "."))): \(keys.joined(separator: ".")) is a group of "
          + "keys (\(known.keys.compactMap(\.string).joined(separator: ", "))), not a value.")
    }
    var merged = defaults
    for (keyNode, value) in given {
      let key = keyNode.string ?? ""
      let path = keys + [key]
      guard let standard = known[keyNode] else {
        throw unknownKey(
          path, among: known.keys.compactMap(\.string) + (keys.isEmpty ? ["sweep"] : []))
      }
      merged[key] = try merge(value, into: standard, at: path)
    }
    return merged
  }

  /// `place` defaults to where the key stands.
  func unknownKey(
    _ path: [String], among known: [String], place: String? = nil
  ) -> ExperimentError {
    let key = path.last ?? ""
    let joined = path.joined(separator: ".")
    let nearest = known.min { editDistance(key, $0) < editDistance(key, $1) } ?? ""
    let full = (path.dropLast() + [nearest]).joined(separator: ".")
    return ExperimentError(
      .invalidConfiguration,
      "\(place ?? self.place(of: joined)): unknown key '\(joined)'; the nearest is '\(full)'.")
  }

  private func typeError(_ error: DecodingError) -> ExperimentError {
    let (context, type): (DecodingError.Context, Any.Type?) =
      switch error {
      case .typeMismatch(let type, let context): (context, type)
      case .valueNotFound(let type, let context): (context, type)
      case .keyNotFound(_, let context): (context, nil)
      case .dataCorrupted(let context): (context, nil)
      @unknown default: (.init(codingPath: [], debugDescription: "\(error)"), nil)
      }
    let keyPath = context.codingPath.map { snakeCase($0.stringValue) }.joined(separator: ".")
    let found = Self.node(at: keyPath, in: user)?.scalar?.string ?? "a group or list"
    let wanted: String
    if let choices = ConfigurationTree.choices[keyPath] {
      wanted = "one of \(choices.joined(separator: ", "))"
    } else {
      wanted = ConfigurationTree.description(
        of: type, default: Self.node(at: keyPath, in: defaults))
    }
    return ExperimentError(
      .invalidConfiguration,
      "\(place(of: keyPath)): \(keyPath) must be \(wanted), not '\(found)'.")
  }

  // MARK: - Reading

  private static func readText(_ path: String) throws -> String {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ExperimentError(
        .missingInput, "\(path): there is no such file; give the path of an experiment file.")
    }
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw ExperimentError(
        .badData, "\(path): cannot be read as a UTF-8 text file; is it an experiment file?")
    }
  }

  private static func describe(_ error: YamlError, path: String) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return "\(path):\(mark.line): not valid YAML: \(problem)."
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "'\($0)'" }.joined(separator: ", ")
      return "\(path):\(context.mark.line): the key \(names) is given twice."
    default:
      return "\(path): not valid YAML: \(error)."
    }
  }
}
