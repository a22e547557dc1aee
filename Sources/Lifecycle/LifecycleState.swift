import Device
import Experiments
import Federation
import Foundation
import ModelRegistry
import Privacy
import Storage

/// A model that was trained, and what became of it.
struct LifecycleVersion: Codable, Equatable, Sendable {
  /// Counts from 1; the number in the registry.
  var number: Int
  var parent: Int?
  /// The day at whose end it was trained.
  var trainedDay: Int
  var stage: Stage
  /// Privacy that all training and monitoring had spent when it was trained; nil without noise.
  var epsilon: Double?
}

/// What phones with one time since their last connection did, over all days.
struct StalenessTally: Codable, Equatable, Sendable {
  var phoneDays = 0
  var unlocks = 0
  var answered = 0
  var hits = 0
}

/// Everything that must survive between two days; this value is the checkpoint.
struct LifecycleState: RecordedState, Codable, Equatable, Sendable {
  /// The first day that has not been played.
  var day: Int
  var versions: [LifecycleVersion] = []
  var production: Int?
  /// The version in a rollout.
  var candidate: Int?
  var rollout: Rollout?
  var monitor: AccuracyMonitor
  var fleet: Fleet
  /// Whether the candidate that the experiment asks for was trained.
  var isWishGranted = false
  /// What training and monitoring have cost; nil without noise.
  var ledger: PrivacyLedger?
  /// By full days without a connection; the last is of all longer ones.
  var staleness = [StalenessTally](repeating: StalenessTally(), count: 8)
  var unlocks = 0
  var answered = 0
  /// Training rounds so far.
  var rounds = 0
  /// Bytes of every CSV file.
  var sizes: [String: Int] = [:]
  /// SHA-256 of every CSV file up to its size, and of config.yaml; hexadecimal.
  ///
  /// Nil in what an older version wrote.
  var digests: [String: String]?
  /// Until the lifecycle is finished; nil for one that draws everything from its seed.
  var secret: RunSecret?
  /// Of the lifecycle it belongs to; nil in a state of an older version.
  var configHash: String?

  init(_ configuration: Configuration, ledger: PrivacyLedger?) {
    day = configuration.lifecycle.firstDay
    monitor = AccuracyMonitor(configuration.lifecycle.monitor)
    fleet = Fleet(clients: configuration.population.clients)
    self.ledger = ledger
  }

  /// What all training and monitoring has cost; nil where nothing is claimed.
  ///
  /// The ledger remembers what it has worked out, so it is asked in place.
  mutating func epsilon(delta: Double?) throws -> Double? {
    guard let delta else { return nil }
    return try ledger?.guarantee(delta: delta).epsilon
  }

  static let content = "lifecycle"
  static let name = "checkpoint/lifecycle.bin"

  func write(to folder: String) throws {
    try HashedFile.write(self, to: Self.path(in: folder))
  }

  static func read(from folder: String) throws -> LifecycleState {
    let path = path(in: folder)
    guard try FileKind.exists(path) else {
      throw ExperimentError(
        .missingInput,
        "\(path): is not there, so the lifecycle cannot be resumed; start it again.")
    }
    guard let state = try HashedFile.read(LifecycleState.self, from: path) else {
      throw ExperimentError(
        .badData, "\(path): is damaged, so the lifecycle cannot be resumed; start it again.")
    }
    return state
  }
}
