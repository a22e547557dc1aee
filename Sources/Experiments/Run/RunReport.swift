import Foundation

/// What `--json` prints at the end of a run: summary.json, and where it is.
package struct RunReport {
  private let result: RunResult

  package init(_ result: RunResult) { self.result = result }

  package func json() throws -> Data {
    var object =
      try JSONSerialization.jsonObject(with: result.summary.json()) as? [String: Any] ?? [:]
    object["name"] = result.name
    object["run_folder"] = result.folder
    object["seconds"] = result.seconds
    return try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }
}
