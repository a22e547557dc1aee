import Federation
import Storage
import Tables

/// The clients that a run's evaluations were made on, by split, as clients.csv names them.
package struct EvaluatedClients: Equatable, Sendable {
  package private(set) var future: [Int] = []
  package private(set) var newClients: [Int] = []

  /// Reads a run folder.
  package init(of folder: String) throws {
    let table = try RecordedFolder(folder).table("clients.csv")
    let clients = try table.texts("client")
    var seen = Set<Int>()
    for (split, text) in zip(try table.texts("split"), clients) {
      guard let client = Int(text), seen.insert(client).inserted else { continue }
      if split == EvaluationSplit.future.rawValue {
        future.append(client)
      } else {
        newClients.append(client)
      }
    }
    guard !seen.isEmpty else {
      throw ExperimentError(
        .badData, "\(folder)/clients.csv: has no rows; run with evaluation.every above 0.")
    }
  }
}
