import Federation
import Foundation

/// How and where a run was made; unlike its results it differs from run to run.
package struct Manifest: Codable, Equatable, Sendable {
  package enum ExitReason: String, Codable, Sendable {
    case running, finished, interrupted, failed
  }

  package var version = Manifest.currentVersion
  package var name: String
  package var seed: UInt64
  package var configHash: String
  /// SHA-256 of the imported log; nil for populations that are computed.
  package var contentHash: String?
  package var sourceRevision: String?
  package var blasLibrary: String
  package var blasKernel: String
  package var workers: Int
  package var start: Date
  package var end: Date?
  package var exitReason = ExitReason.running
  package var exitMessage: String?
  package var roundsFinished = 0
  /// What the run claims so far; nil without noise.
  package var privacy: PrivacyClaim?
  package var peakMemoryBytes = 0
  package var workerRestarts = 0

  package static let currentVersion = "0.1.0"

  /// The run goes on, with other workers where a number is given.
  package mutating func resume(workers: Int?) {
    self.workers = workers ?? self.workers
    exitReason = .running
    end = nil
    exitMessage = nil
  }

  static func path(in folder: String) -> String { "\(folder)/manifest.json" }

  package func write(to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .fedsim
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    try FileSystem.writeAtomically(try encoder.encode(self), to: Self.path(in: folder))
  }

  package static func read(from folder: String) throws -> Manifest {
    let data = try FileSystem.read(path(in: folder))
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .fedsim
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(Manifest.self, from: data)
    } catch {
      throw ExperimentError(
        .badData, "\(path(in: folder)): is damaged; this is no folder of a run.")
    }
  }
}
