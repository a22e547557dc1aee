import Storage

/// summary.json of a finished run: its totals, and every number of its last evaluation.
package struct SummaryFile: Sendable {
  package static let name = "summary.json"

  /// What every finished run has.
  package struct Totals: Sendable {
    package let rounds: Int
    /// Nil where no finite ε is claimed.
    package let epsilon: Double?
    package let delta: Double
    package let bytesToClients: Int
    package let bytesFromClients: Int
    /// Of the launch that was simulated; nil where there is none.
    package let launchEpsilon: Double?
    package let launchDelta: Double?
    /// Of a run with virtual time.
    package let virtualSeconds: Double?
    package let wastedClientSeconds: Double?
  }

  /// Named like the columns of sweep.csv: `future_federated_accuracy_top1`, `epsilon`.
  package let metrics: [String: Double]
  private let folder: RecordedFolder

  /// Nil for a run that has not finished.
  package init?(in folder: RecordedFolder) throws {
    guard let object = try JSONFile.object(Self.name, in: folder) else { return nil }
    var metrics: [String: Double] = [:]
    Self.flatten(object, prefix: "", into: &metrics)
    self.metrics = metrics
    self.folder = folder
  }

  /// Throws for a run that has none.
  package init(ofFinished folder: RecordedFolder) throws {
    guard let summary = try SummaryFile(in: folder) else {
      throw StorageError(
        .missing,
        "\(folder.path)/\(Self.name): is missing; give the folder of a run, or restore the file from a "
          + "copy.")
    }
    self = summary
  }

  /// Throws where the file lacks one of them.
  package func totals() throws(StorageError) -> Totals {
    func number(_ key: String) throws(StorageError) -> Double {
      guard let number = metrics[key] else { throw JSONFile.damaged(Self.name, in: folder) }
      return number
    }
    func whole(_ key: String) throws(StorageError) -> Int {
      guard let whole = Int(exactly: try number(key)) else {
        throw JSONFile.damaged(Self.name, in: folder)
      }
      return whole
    }
    return Totals(
      rounds: try whole("rounds"), epsilon: metrics["epsilon"], delta: try number("delta"),
      bytesToClients: try whole("bytes_to_clients"),
      bytesFromClients: try whole("bytes_from_clients"),
      launchEpsilon: metrics["launch_epsilon"], launchDelta: metrics["launch_delta"],
      virtualSeconds: metrics["virtual_seconds"],
      wastedClientSeconds: metrics["sim_wasted_client_seconds"])
  }

  private static func flatten(
    _ object: [String: JSONValue], prefix: String, into metrics: inout [String: Double]
  ) {
    for (key, value) in object {
      switch value {
      case .object(let inner): flatten(inner, prefix: "\(prefix)\(key)_", into: &metrics)
      case .number(let number): metrics["\(prefix)\(key)"] = number
      case .text, .texts, .other: continue
      }
    }
  }
}
