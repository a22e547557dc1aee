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
  /// What to keep in mind about accuracies beside the claim.
  var caveat: String?

  /// The claim of a launch with larger cohorts.
  struct Launch: Equatable, Sendable {
    var epsilon: Double
    /// In words.
    var text: String
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
    if case .object(let noise) = privacy["noise"], case .number(let ratio) = noise["ratio"] {
      signalToNoise = ratio
    }
    guard case .object(let object) = privacy["launch"] else { return }
    func number(_ key: String) -> Double? {
      guard case .number(let value) = object[key] else { return nil }
      return value
    }
    guard let epsilon = number("epsilon"), let delta = number("delta"),
      let cohort = number("cohort_size"), let clients = number("clients")
    else { return }
    launch = Launch(
      epsilon: epsilon,
      text: "The noise was made for cohorts of \(String(format: "%.0f", cohort)) of "
        + "\(String(format: "%.0f", clients)) clients (privacy.noise_cohort_size). A launch with them would "
        + "have ε = \(ShownBound.epsilon(epsilon)) at δ = \(ShownBound.delta(delta)), if its mean update "
        + "and the share of clipped updates are as here. It does not protect the clients of this run."
    )
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
