import Federation
import Foundation
import Storage

/// What a killed run continues from: the state after some round and the length of every CSV file
/// at that moment.
package struct Checkpoint: RecordedState, Codable, Equatable {
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
  /// SHA-256 of the files about phones' time; nil without any.
  var timeDigest: String?
  /// Of the run it belongs to; nil in a checkpoint of an older version.
  package var configHash: String?
  package var bytesToClients = 0
  package var bytesFromClients = 0
  /// Masks that the server of secure aggregation expanded.
  package var masks = 0
  /// Rounds in a row that secure aggregation gave up, up to this one.
  package var abandonedInARow = 0
  /// What became of the clients; nil in a checkpoint of a version that did not count.
  package var outcomes: OutcomeCounts?
  /// The last evaluation so far.
  package var rows: [MeasuredRow] = []

  package init(state: ServerState, sizes: [String: Int]) {
    self.state = state
    self.sizes = sizes
    if state.round == 0 { outcomes = OutcomeCounts() }
  }

  /// Whether no round is left.
  func isFinished(_ configuration: Configuration) -> Bool {
    state.isFinished(configuration)
  }

  package static let content = "run"
  package static let name = "checkpoint/state.bin"

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
