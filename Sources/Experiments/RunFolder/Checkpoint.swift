import Federation
import Foundation

/// What a killed run continues from: the state after some round and the length of every CSV file
/// at that moment.
package struct Checkpoint: Codable, Equatable {
  package var state: ServerState
  package var sizes: [String: Int]
  package var bytesToClients: Int
  package var bytesFromClients: Int

  package init(state: ServerState, sizes: [String: Int], bytesToClients: Int, bytesFromClients: Int)
  {
    self.state = state
    self.sizes = sizes
    self.bytesToClients = bytesToClients
    self.bytesFromClients = bytesFromClients
  }

  package static func path(in folder: String) -> String { "\(folder)/checkpoint/state.plist" }

  package func write(to folder: String) throws {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    try FileSystem.writeAtomically(try encoder.encode(self), to: Self.path(in: folder))
  }

  package static func read(from folder: String) throws -> Checkpoint {
    let path = path(in: folder)
    let data = try FileSystem.read(path)
    do {
      return try PropertyListDecoder().decode(Checkpoint.self, from: data)
    } catch {
      throw ExperimentError(
        .badData, "\(path): is damaged, so the run cannot be resumed; start it again.")
    }
  }
}
