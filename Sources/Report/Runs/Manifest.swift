import Foundation

/// Where and how a run was made, from manifest.json; only for reading by people.
package struct Manifest: Sendable {
  /// Key and value in words, in the order of a report.
  package var facts: [(key: String, value: String)] = []

  private static let keys = [
    ("version", "fedsim version"), ("source_revision", "source revision"),
    ("blas_library", "BLAS library"), ("blas_kernel", "BLAS kernel"), ("workers", "workers"),
    ("start", "began"), ("end", "ended"), ("exit_reason", "ended because"),
    ("exit_message", "message"), ("rounds_finished", "rounds finished"),
    ("worker_restarts", "workers restarted"), ("peak_memory_bytes", "largest memory of a process"),
    ("config_hash", "SHA-256 of the configuration"), ("content_hash", "SHA-256 of the log"),
  ]

  init?(folder: String) throws {
    guard let object = try JSONFile.object("\(folder)/manifest.json") else { return nil }
    for (key, name) in Self.keys {
      switch object[key] {
      case let text as String: facts.append((name, text))
      case let number as NSNumber where key == "peak_memory_bytes":
        facts.append((name, "\(Int(number.doubleValue / 1e6)) MB"))
      case let number as NSNumber: facts.append((name, "\(number)"))
      default: continue
      }
    }
  }

  package subscript(key: String) -> String? { facts.first { $0.key == key }?.value }
}

enum JSONFile {
  /// The object in a file; nil when there is no such file.
  static func object(_ path: String) throws -> [String: Any]? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw ReportError(
        .badData, "\(path): is damaged; restore it or run the experiment again.")
    }
    return object
  }
}
