import Foundation
import Privacy
import Testing

/// One line of Vectors/composition.csv.
struct CompositionRow: CustomTestStringConvertible, Sendable {
  let what: String
  let samplingRate: Double
  let sigma: Double
  let steps: Int
  let delta: Double
  let parameter: Double
  let value: Double

  var testDescription: String { "\(what) q=\(samplingRate) σ=\(sigma) T=\(steps) \(parameter)" }

  static func read(_ kinds: String...) throws -> [CompositionRow] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: folder.appending(path: "Vectors/composition.csv"), encoding: .utf8)
    let rows = text.split(separator: "\n").dropFirst().map { line in
      let fields = line.split(separator: ",").map(String.init)
      let numbers = fields.map { Double($0) ?? .nan }
      return CompositionRow(
        what: fields[0], samplingRate: numbers[1], sigma: numbers[2], steps: Int(numbers[3]),
        delta: numbers[4], parameter: numbers[5], value: numbers[6])
    }
    return rows.filter { kinds.contains($0.what) }
  }

  /// The releases of the row.
  var events: [PrivacyEvent] {
    let release: PrivacyRelease =
      samplingRate < 1
      ? .poissonGaussian(samplingRate: samplingRate, noiseMultiplier: sigma)
      : .gaussian(noiseMultiplier: sigma)
    return [PrivacyEvent(release, count: steps)]
  }

  var ledger: PrivacyLedger {
    var ledger = PrivacyLedger(adjacency: .addOrRemove)
    for event in events { ledger.append(event) }
    return ledger
  }

  /// Rows of one sequence of releases share a profile.
  var key: String { "\(samplingRate) \(sigma) \(steps)" }
}
