import Foundation

/// What `Benchmarks/peers/run.sh` measured last on this machine: rates of another would give false
/// ratios.
struct PeerRates {
  private var rates: [String: Double] = [:]

  /// Empty when there is no such file.
  init(path: String) {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return }
    for line in text.split(whereSeparator: \.isNewline).dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      guard cells.count > 2, let median = Double(cells[2]) else { continue }
      rates["\(cells[0]) \(cells[1])"] = median
    }
  }

  /// Client updates a second; `workload` is "lstm 2" for two processes.
  func rate(of peer: String, _ workload: String) -> Double? { rates["\(peer) \(workload)"] }
}
