import Federation
import Foundation
import Storage
import Tables
import Yams

/// `extends`: files whose keys an experiment takes over where it gives none of its own.
extension ConfigurationLoader {
  static let extends = "extends"
  /// Files that one experiment is read from.
  private static let mostFiles = 16

  /// The files that an experiment extends, in the order in which they are read.
  package static func extendedFiles(path: String) throws -> [ExtendedFile] {
    try ConfigurationLoader(path: path, overrides: []).sources.extended
  }

  /// What a file says together with all that it extends.
  ///
  /// - Parameters:
  ///   - chain: the files that extend this one, the named one first.
  static func tree(
    of path: String, _ text: String, _ sources: inout ConfigurationSources, chain: [String] = []
  ) throws -> Node {
    let before = sources.add(path, text)
    let own = try composed(path, text, linesBefore: before)
    var loader = ConfigurationLoader(path: path, user: own, sources: sources)
    guard let list = own.child(extends) else { return own }
    loader.remove(extends)
    // A value has one place, however its key path is written.
    try loader.normalizeSweep()
    let place = loader.sources.place(of: own.mapping?.keys.first { $0.string == extends }?.mark)
    let names = try Self.names(in: list, place: place)
    let chain = chain + [path]
    var base: Node?
    for name in names {
      let file = Self.file(name, from: path)
      try refuse(file, extendedBy: chain, place: place)
      let text = try YAMLText.read(file)
      let read = try Self.tree(of: file, text, &sources, chain: chain)
      sources.note(ExtendedFile(path: file, sha256: Digest.of(Data(text.utf8))))
      guard sources.extended.count < mostFiles else {
        throw ExperimentError(
          .invalidConfiguration,
          "\(place): an experiment is read from at most \(mostFiles) files, and these are more; join some."
        )
      }
      var level = ConfigurationLoader(path: file, user: read, sources: sources)
      try level.normalizeSweep()
      level.user = withAbsolutePaths(level.user, from: file, below: "")
      base = base.map { level.merged(over: $0) } ?? level.user
    }
    return base.map { loader.merged(over: $0) } ?? loader.user
  }

  private static func names(in list: Node, place: String) throws -> [String] {
    let nodes = list.sequence.map(Array.init) ?? [list]
    let names = nodes.compactMap { $0.tag == Tag(.null) ? nil : $0.scalar?.string }
    guard names.count == nodes.count, !names.isEmpty, !names.contains("") else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(place): extends must be the path of an experiment file, or a list of such paths.")
    }
    return names
  }

  /// A path in a file is meant from the file's folder.
  private static func file(_ name: String, from file: String) -> String {
    name.hasPrefix("/") || !file.contains("/") ? name : "\(AtomicFile.folder(of: file))/\(name)"
  }

  private static func refuse(_ file: String, extendedBy chain: [String], place: String) throws {
    func real(_ path: String) -> String {
      URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }
    let shown = PrintableText.excerpt(file, longest: 4_096)
    if let first = chain.firstIndex(where: { real($0) == real(file) }) {
      let circle = (chain[first...] + [file]).map { PrintableText.excerpt($0) }
      throw ExperimentError(
        .invalidConfiguration,
        "\(place): these files extend each other in a circle (\(circle.joined(separator: " → "))); take one "
          + "`extends` out.")
    }
    guard try FileKind.exists(file) else {
      throw ExperimentError(
        .missingInput,
        "\(place): extends \(shown), which does not exist; give its path from the folder of this file."
      )
    }
  }

  /// The same tree, in which paths lead to the same files from anywhere.
  private static func withAbsolutePaths(_ node: Node, from file: String, below path: String) -> Node
  {
    if let group = node.mapping {
      let pairs = group.map { key, value in
        let inner = (path.isEmpty ? "" : "\(path).") + (key.string ?? "")
        return (key, withAbsolutePaths(value, from: file, below: inner))
      }
      return .mapping(Node.Mapping(pairs, group.tag, group.style, group.mark))
    }
    guard paths.contains(where: { path == $0 || path.hasSuffix(".\($0)") }) else { return node }
    if let list = node.sequence {
      let values = list.map { withAbsolutePaths($0, from: file, below: path) }
      return .sequence(Node.Sequence(values, list.tag, list.style, list.mark))
    }
    guard let scalar = node.scalar, node.tag != Tag(.null) else { return node }
    let folder = URL(fileURLWithPath: AtomicFile.folder(of: file), isDirectory: true)
    let absolute = URL(fileURLWithPath: scalar.string, relativeTo: folder).standardizedFileURL.path
    return .scalar(ScalarReader.text(absolute, scalar.mark))
  }

  // MARK: - Merging

  /// The keys of this file, and those of the base that it does not give.
  ///
  /// Of a group that becomes another variant, the base's keys of the old variant go.
  private func merged(over base: Node) -> Node {
    var below = self
    below.user = base
    for group in Configuration.variantGroups {
      guard let name = Self.node(at: group.nameKey, in: user), name.scalar != nil else { continue }
      let before = below.user
      let keys = group.nameKey.split(separator: ".").map(String.init)
      below.user = Self.setting(name, at: keys[...], in: below.user)
      below.dropKeysOfVariant(replacedAt: group.nameKey, before: before)
    }
    return Self.merged(user, over: below.user, at: "")
  }

  /// Groups are merged key by key; a list, a value, `sweep.paired` and a variant of the sweep replace those
  /// of the base, and `null` takes a group or an axis of it away.
  private static func merged(_ own: Node, over base: Node, at path: String) -> Node {
    let isWhole = path == "sweep.paired" || path.hasPrefix("sweep.variants.")
    guard let group = own.mapping, let below = base.mapping, !isWhole else { return own }
    let isOfSweep = path == "sweep" || path == "sweep.variants"
    var pairs = below.map { ($0.key, $0.value) }
    for (key, value) in group {
      let name = key.scalar?.string ?? ""
      guard let index = pairs.firstIndex(where: { $0.0.scalar?.string == name }) else {
        pairs.append((key, value))
        continue
      }
      let inherited = pairs[index].1
      if value.tag == Tag(.null), isOfSweep || inherited.mapping != nil {
        pairs.remove(at: index)
      } else {
        pairs[index] = (
          key, merged(value, over: inherited, at: path.isEmpty ? name : "\(path).\(name)")
        )
      }
    }
    return .mapping(Node.Mapping(pairs, group.tag, group.style, group.mark ?? below.mark))
  }

  // MARK: - What has no effect any more

  /// Takes out keys of extended files that have no effect with what this file or `--set` says.
  ///
  /// Whoever writes such a key down is told; who inherits it could not remove it.
  mutating func leaveOutInheritedWithoutEffect() {
    guard !sources.extended.isEmpty else { return }
    var single = self
    single.remove("sweep")
    // What is wrong otherwise is said when the experiment is read.
    guard let configuration = try? single.decoded() else { return }
    var found: [String] = []
    var validator = ConfigurationValidator(configuration: configuration, source: single)
    validator.leaveOut = { found.append($0) }
    validator.refuseIgnoredSettings()
    for keyPath in found { remove(keyPath) }
  }

  /// Whether the value of a key is that of a file that this one extends.
  func isInherited(_ keyPath: String) -> Bool {
    sources.isInherited(Self.node(at: keyPath, in: user)?.mark)
  }
}
