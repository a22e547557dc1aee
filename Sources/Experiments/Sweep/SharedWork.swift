import Federation
import Foundation
import Storage

/// What the runs of a sweep do once for all of them; changes no byte of any.
package struct SharedWork: Sendable {
  let evaluations: SharedEvaluations
  /// Holds the histories of each population; nil when there are too many to keep.
  private let histories: String?

  /// Bytes that a day of a phone takes, rounded up from what it is for `typical`.
  private static let bytesPerDay = 3_500
  private static let mostBytes = 1 << 30

  package init(folder: String, for sweep: Sweep) {
    evaluations = SharedEvaluations(folder: folder)
    let populations = Dictionary(
      sweep.runs.compactMap { point in
        Self.name(of: point.configuration).map { ($0, point.configuration.population) }
      }, uniquingKeysWith: { first, second in first.clients < second.clients ? second : first })
    let phoneDays = populations.values.reduce(0.0) {
      $0 + Double($1.clients) * Double($1.days)
    }
    let isShared = phoneDays > 0 && phoneDays <= Double(Self.mostBytes / Self.bytesPerDay)
    histories = isShared ? Self.histories(in: folder) : nil
  }

  /// For one point of a sweep, which does not know how many phones the others have.
  ///
  /// - Parameter path: the sweep's folder.
  init(in path: String, keepingHistories: Bool) {
    evaluations = SharedEvaluations(folder: "\(path)/shared")
    histories = keepingHistories ? Self.histories(in: "\(path)/shared") : nil
  }

  private static func histories(in folder: String) -> String { "\(folder)/histories" }

  /// Whether there is room for the histories of a sweep, as who submitted it has found.
  static func keepsHistories(in path: String) throws -> Bool {
    try FileKind.exists(histories(in: "\(path)/shared"))
  }

  /// Makes the folder that tells tasks to keep histories, where there is room for them.
  func makeHistoryFolder() throws {
    guard let histories else { return }
    try FileSystem.makeFolder(AtomicFile.folder(of: histories))
    try FileSystem.makeFolder(histories)
  }

  /// Where workers of this run keep histories; nil where they make each anew.
  package func historyFolder(of configuration: Configuration) -> String? {
    guard let histories, let name = Self.name(of: configuration) else { return nil }
    let folder = "\(histories)/\(name)"
    do {
      // One after the other: only the last one is for its owner alone.
      for folder in [
        URL(fileURLWithPath: histories).deletingLastPathComponent().path, histories, folder,
      ] {
        try FileSystem.makeFolder(folder)
      }
    } catch {
      return nil
    }
    return URL(fileURLWithPath: folder).path
  }

  /// Histories are large and quickly made again, so a finished sweep keeps none.
  func removeHistories() {
    if let histories { try? FileManager.default.removeItem(atPath: histories) }
  }

  /// Equal for runs whose clients have the same histories; nil where there is nothing to make.
  private static func name(of configuration: Configuration) -> String? {
    let population = configuration.population
    guard population.source == .synthetic else { return nil }
    return
      ([configuration.populationSeed.description, population.days.description]
      + population.ways).joined(separator: "-")
  }
}
