import Federation
import Foundation

/// What a killed run continues from: the state after some round and the length of every CSV file
/// at that moment.
struct Checkpoint: Codable {
  var state: ServerState
  var sizes: [String: Int]
  var bytesToClients: Int
  var bytesFromClients: Int

  static func path(in folder: String) -> String { "\(folder)/checkpoint/state.plist" }

  func write(to folder: String) throws {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    try FileSystem.writeAtomically(try encoder.encode(self), to: Self.path(in: folder))
  }

  static func read(from folder: String) throws -> Checkpoint {
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
