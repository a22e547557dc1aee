import Foundation

/// What `--json` prints at the end of a run: summary.json, where it is, and whether it helped.
package struct RunReport: Encodable {
  private let result: RunResult

  private enum CodingKeys: CodingKey { case name, runFolder, seconds, verdict }

  package init(_ result: RunResult) { self.result = result }

  package func encode(to encoder: any Encoder) throws {
    try result.summary.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(result.name, forKey: .name)
    try container.encode(result.folder, forKey: .runFolder)
    try container.encode(result.seconds, forKey: .seconds)
    try container.encodeIfPresent(result.verdict, forKey: .verdict)
  }

  package func json() throws -> Data { try Summary.encoder().encode(self) }
}
