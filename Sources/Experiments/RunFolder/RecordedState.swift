import Storage

/// A checkpoint, of a run or a lifecycle: what it remembers of the files beside it.
package protocol RecordedState {
  /// What it belongs to, in one word, for messages.
  static var content: String { get }
  /// Of its own file, within the folder.
  static var name: String { get }
  /// Bytes of every CSV file.
  var sizes: [String: Int] { get set }
  /// SHA-256 of every CSV file up to its size, and of config.yaml; hexadecimal.
  ///
  /// Nil in what an older version wrote.
  var digests: [String: String]? { get set }
  /// Of the run or lifecycle it belongs to; nil in a checkpoint of an older version.
  var configHash: String? { get set }
}

extension RecordedState {
  package static func path(in folder: String) -> String { "\(folder)/\(name)" }

  /// How a file was at this checkpoint; nil where it does not know the file.
  package func beginning(of name: String) -> FileBeginning? {
    sizes[name].map { FileBeginning(size: $0, digest: digests?[name]) }
  }

  /// Takes down how the files are now.
  package mutating func note(_ files: [String: FileBeginning]) {
    sizes = files.mapValues(\.size)
    // config.yaml does not grow: it has a digest and no size.
    let config = digests?[RunFolder.configName]
    digests = files.compactMapValues(\.digest)
    digests?[RunFolder.configName] = config
  }

  /// Ties it to the folder it lies in.
  package mutating func bind(to folder: String, configHash: String) throws {
    self.configHash = configHash
    digests = [
      RunFolder.configName: try Digest.ofFile("\(folder)/\(RunFolder.configName)")
    ]
  }

  /// Throws when it is not of what the manifest tells of, or config.yaml is another.
  package func requireBond(to manifest: Manifest, in folder: String) throws {
    guard let configHash else {
      guard !manifest.isSealed else {
        throw ExperimentError(
          .badData,
          "\(Self.path(in: folder)): was written by an older fedsim than manifest.json, so it is not of "
            + "this \(Self.content); restore it from a copy, or start again.")
      }
      return
    }
    guard configHash == manifest.configHash else {
      throw ExperimentError(
        .badData,
        "\(Self.path(in: folder)): is the checkpoint of a \(Self.content) with another configuration or "
          + "seed; restore that of this \(Self.content) from a copy, or start again.")
    }
    let path = "\(folder)/\(RunFolder.configName)"
    guard try Digest.ofFile(path) == digests?[RunFolder.configName] else {
      throw ExperimentError(
        .badData,
        "\(path): was changed since this \(Self.content) began, so the \(Self.content) cannot be "
          + "resumed; put the old text back, or start a new \(Self.content).")
    }
  }
}
