/// Updates weighed by how far they point where the server's own training on clean data points.
///
/// Cao et al. 2021, "FLTrust" (https://arxiv.org/abs/2012.13995): trust = max(0, cosine to the root
/// update), every update is scaled to the root's norm. Without any trust the model stays.
///
/// The server's data are those of some clients that are held out of training (`new_clients`), trained on like
/// any client's; the root update is the mean of theirs. They are not evaluated.
package struct FLTrust: Aggregator {
  package static let name = "fltrust"

  package var rootClients = 10

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .integer(
      "root_clients", 1...10_000, unit: "clients", of: Self.self, \.rootClients,
      "Number of held-out clients whose data the server itself trains on. They are not "
        + "evaluated.")
  ]

  package var rejectsClients: Bool { true }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    let root = memory.root
    let rootNorm = root.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var result = [Double](repeating: 0, count: updates.length)
    guard rootNorm > 0 else { return Aggregate(result, leftOut: Array(0..<updates.count)) }
    var total = 0.0
    var leftOut: [Int] = []
    for index in 0..<updates.count {
      let norm = updates.squaredNorm(index).squareRoot()
      let product = updates.dot(index, root)
      guard norm > 0, product > 0 else {
        leftOut.append(index)
        continue
      }
      let trust = product / (norm * rootNorm)
      total += trust
      updates.add(index, scale: trust * rootNorm / norm, to: &result)
    }
    guard total > 0 else { return Aggregate(result, leftOut: leftOut) }
    for k in result.indices { result[k] /= total }
    return Aggregate(result, leftOut: leftOut)
  }
}
