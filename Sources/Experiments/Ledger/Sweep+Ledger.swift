import Foundation
import Privacy

extension Sweep {
  /// Throws when the runs of a sweep that are to be done have no room on their ledger together.
  package func checkLedgers(_ prepared: [String: PreparedExperiment], in folder: String) throws {
    let base = URL(fileURLWithPath: folder).standardizedFileURL.path
    var wanted: [String: (use: LedgerUse, parts: [Composition.Part], runs: Set<String>)] = [:]
    for point in runs {
      guard let experiment = prepared[point.run],
        let use = LedgerUse(experiment.configuration, experiment.facts)
      else { continue }
      do {
        // By people as well: each point must be of those that the ledger is of.
        try use.check([experiment.ledgerPart()], runs: ["\(base)/\(point.run)"])
        // A ledger that there is not yet takes whoever comes first.
        if let first = wanted[use.file]?.use { try use.require(people: first.people) }
        wanted[use.file, default: (use, [], [])].parts.append(try experiment.ledgerPart())
        wanted[use.file]?.runs.insert("\(base)/\(point.run)")
      } catch let error as ExperimentError {
        throw ExperimentError(error.code, "point \(point.number) (\(point.label)): \(error)")
      }
    }
    for (_, all) in wanted.sorted(by: { $0.key < $1.key }) {
      do {
        try all.use.check(all.parts, runs: all.runs)
      } catch let error as ExperimentError {
        throw ExperimentError(error.code, "all points together: \(error)")
      }
    }
  }
}
