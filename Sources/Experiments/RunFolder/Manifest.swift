import Federation
import Foundation
import Storage

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
  /// Files that the experiment file extended; nil for one that stands on its own.
  package var extends: [ExtendedFile]?
  package var blasLibrary: String
  package var blasKernel: String
  package var workers: Int
  /// Where they are; nil for processes of this machine on pipes.
  package var placement: WorkerPlacement?
  /// Where it was made; nil in one of an older version.
  package var machine: Machine?
  package var start: Date
  package var end: Date?
  package var exitReason = ExitReason.running
  package var exitMessage: String?
  package var roundsFinished = 0
  /// What the run claims so far; nil without noise.
  package var privacy: PrivacyClaim?
  /// Which line of a ledger tells of it; nil without one.
  package var ledger: LedgerMark?
  package var peakMemoryBytes = 0
  package var workerRestarts = 0
  /// SHA-256 of every file of a run that has ended well, by name; log.txt is for people and left out.
  package var files: [String: String]?
  /// Of this file itself, with zeros in this place; nil in one of an older version.
  package private(set) var sha256: String? = SealedManifest.unsealed

  /// Whether it has a digest of itself, which those of older versions have not.
  package var isSealed: Bool { sha256 != nil }

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
    var manifest = self
    manifest.sha256 = SealedManifest.unsealed
    let data = SealedManifest.sealed(try encoder.encode(manifest))
    try FileSystem.writeAtomically(data, to: Self.path(in: folder))
  }

  package static func read(from folder: String) throws -> Manifest {
    let path = path(in: folder)
    let data = try FileSystem.read(path)
    _ = try SealedManifest(data, path: path)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .fedsim
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .iso8601
    do {
      var manifest = try decoder.decode(Manifest.self, from: data)
      manifest.sha256 = manifest.sha256.map { _ in SealedManifest.unsealed }
      return manifest
    } catch {
      throw ExperimentError(
        .badData, "\(path): is damaged; this is no folder of a run.")
    }
  }
}
