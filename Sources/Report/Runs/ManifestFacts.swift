import Foundation
import Privacy
import RunResults
import Storage
import Tables

/// Where and how a run was made, from manifest.json; only for reading by people.
package struct ManifestFacts: Sendable {
  /// Key and value in words, in the order of a report.
  package var facts: [(key: String, value: String)] = []
  /// What must be true for the privacy claim to hold, and what it is about, one sentence each.
  var assumptions: [String] = []
  var covered: String?
  var notCovered: String?
  /// What the noise was made for; nil where that was the run itself.
  var launch: Launch?
  /// Of the mean update of a round; nil where it is not known.
  var signalToNoise: Double?
  /// Whether the noise of the rounds is known, so that a ratio can only be missing for another reason.
  var knowsNoise = false
  /// What to keep in mind about accuracies beside the claim.
  var caveat: String?

  /// How likely a privacy loss above the claimed ε is; nil where it is not known.
  var tail: PrivacyLedger.LossTail?
  /// Nil where the claim does not rest on secret cohorts.
  var knownCohorts: KnownCohorts?

  /// The claim of a launch with larger cohorts.
  struct Launch: Decodable, Equatable, Sendable {
    var cohortSize: Int
    var clients: Int
    var rounds: Int
    var noiseMultiplier: Double
    var samplingRate: Double?
    var epsilon: Double
    var delta: Double
    var accountant: String
    var adjacency: String
    var tail: PrivacyLedger.LossTail?
    var knownCohorts: KnownCohorts?
  }

  /// The claim of a manifest, as far as it is no text.
  private struct Recorded: Decodable {
    struct Claim: Decodable {
      var tail: PrivacyLedger.LossTail?
      var knownCohorts: KnownCohorts?
      var launch: Launch?
    }

    var privacy: Claim?
  }

  private static let keys = [
    ("version", "fedsim version"), ("source_revision", "source revision"),
    ("blas_library", "BLAS library"), ("blas_kernel", "BLAS kernel"), ("workers", "workers"),
    ("start", "began"), ("end", "ended"), ("exit_reason", "ended because"),
    ("exit_message", "message"), ("rounds_finished", "rounds finished"),
    ("worker_restarts", "workers restarted"), ("peak_memory_bytes", "largest memory of a process"),
    ("config_hash", "SHA-256 of the configuration"), ("content_hash", "SHA-256 of the log"),
  ]

  init?(folder: RecordedFolder) throws {
    guard let object = try JSONFile.object("manifest.json", in: folder) else { return nil }
    for (key, name) in Self.keys {
      switch object[key] {
      case .text(let text): facts.append((name, text))
      case .number(let number) where key == "peak_memory_bytes" && number.magnitude < 1e18:
        facts.append((name, "\(Int(number / 1e6)) MB"))
      case .number(let number): facts.append((name, CSVCell.number(number).rendered))
      default: continue
      }
    }
    if case .object(let machine) = object["machine"] { facts += Self.facts(of: machine) }
    guard case .object(let privacy) = object["privacy"] else { return }
    if case .texts(let texts) = privacy["assumptions"] { assumptions = texts }
    if case .text(let text) = privacy["covers"] { covered = text }
    if case .text(let text) = privacy["does_not_cover"] { notCovered = text }
    if case .text(let text) = privacy["caveat"] { caveat = text }
    if case .object(let noise) = privacy["noise"] {
      if case .number(let norm) = noise["noise_norm"] { knowsNoise = norm > 0 }
      if case .number(let ratio) = noise["ratio"] { signalToNoise = ratio }
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    // Files of earlier versions hold less.
    let recorded = try folder.data("manifest.json").flatMap {
      try? decoder.decode(Recorded.self, from: $0)
    }
    (tail, knownCohorts) = (recorded?.privacy?.tail, recorded?.privacy?.knownCohorts)
    launch = recorded?.privacy?.launch
  }

  private static func facts(of machine: [String: JSONValue]) -> [(key: String, value: String)] {
    var facts: [(key: String, value: String)] = []
    if case .text(let processor) = machine["processor"] { facts.append(("processor", processor)) }
    if case .number(let cores) = machine["cores"] {
      facts.append(("cores", CSVCell.number(cores).rendered))
    }
    if case .number(let memory) = machine["memory_bytes"], memory.magnitude < 1e18 {
      facts.append(("memory of the machine", "\((memory / 1e8).rounded() / 10) GB"))
    }
    if case .text(let system) = machine["system"] { facts.append(("operating system", system)) }
    return facts
  }

  /// Why the run's numbers are those of no result; nil where it has not failed.
  var failure: String? {
    guard self["ended because"] == "failed" else { return nil }
    return self["message"] ?? "the run failed"
  }

  package subscript(key: String) -> String? { facts.first { $0.key == key }?.value }
}
