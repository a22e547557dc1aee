import Federation
import Foundation
import Storage

/// What a killed run continues from: the state after some round and the length of every CSV file
/// at that moment.
package struct Checkpoint: Codable, Equatable {
  package var state: ServerState
  package var sizes: [String: Int]
  /// SHA-256 of every CSV file up to its size, and of config.yaml; hexadecimal.
  ///
  /// Nil in what an older version wrote.
  package var digests: [String: String]?
  /// What the clients of an imported log are told of all of them; nil for other populations.
  var published: PublishedFacts?
  /// Until the run is finished; nil for runs that draw everything from their seed.
  var secret: RunSecret?
  /// Of the run it belongs to; nil in a checkpoint of an older version.
  package var configHash: String?
  package var bytesToClients = 0
  package var bytesFromClients = 0
  /// Masks that the server of secure aggregation expanded.
  package var masks = 0
  /// Rounds in a row that secure aggregation gave up, up to this one.
  package var abandonedInARow = 0
  /// What became of the clients; nil in a checkpoint of a version that did not count.
  package var toll: TrainingToll?
  /// The last evaluation so far.
  package var rows: [MeasuredRow] = []

  package init(state: ServerState, sizes: [String: Int]) {
    self.state = state
    self.sizes = sizes
    if state.round == 0 { toll = TrainingToll() }
  }

  /// Whether no round is left.
  func isFinished(_ configuration: Configuration) -> Bool {
    state.round >= configuration.training.rounds || state.privacy?.isSpent == true
  }

  /// How a file was at this checkpoint; nil where it does not know the file.
  func beginning(of name: String) -> FileBeginning? {
    sizes[name].map { FileBeginning(size: $0, digest: digests?[name]) }
  }

  /// Ties it to the run in a folder.
  mutating func bind(to folder: String, configHash: String) throws {
    self.configHash = configHash
    digests = [
      RunFolder.configName: try Digest.ofFile("\(folder)/\(RunFolder.configName)")
    ]
  }

  /// Throws when it is not of the run that the manifest tells of, or config.yaml is another.
  func requireBond(to manifest: Manifest, in folder: String) throws {
    guard let configHash else {
      guard !manifest.isSealed else {
        throw ExperimentError(
          .badData,
          "\(Self.path(in: folder)): was written by an older fedsim than manifest.json, so it is not of "
            + "this run; restore it from a copy, or start again.")
      }
      return
    }
    guard configHash == manifest.configHash else {
      throw ExperimentError(
        .badData,
        "\(Self.path(in: folder)): is the checkpoint of a run with another configuration or seed; restore "
          + "that of this run from a copy, or start again.")
    }
    let path = "\(folder)/\(RunFolder.configName)"
    let digest = try Digest.ofFile(path)
    guard digests?[RunFolder.configName] == digest else {
      throw ExperimentError(
        .badData,
        "\(path): was changed since this run began, so the run cannot be resumed; put the old text back, "
          + "or start a new run.")
    }
  }

  /// Takes down how the files are now.
  mutating func note(_ files: [String: FileBeginning]) {
    sizes = files.mapValues(\.size)
    // config.yaml does not grow: it has a digest and no size.
    let config = digests?[RunFolder.configName]
    digests = files.compactMapValues(\.digest)
    digests?[RunFolder.configName] = config
  }

  package static let name = "checkpoint/state.bin"
  package static func path(in folder: String) -> String { "\(folder)/\(name)" }

  package func write(to folder: String) throws {
    try HashedFile.write(self, to: Self.path(in: folder))
  }

  package static func read(from folder: String) throws -> Checkpoint {
    let path = path(in: folder)
    guard let checkpoint = try HashedFile.read(Checkpoint.self, from: path) else {
      throw ExperimentError(
        .badData,
        "\(path): is damaged, so the run cannot be resumed; restore it from a copy, or start again."
      )
    }
    return checkpoint
  }
}
