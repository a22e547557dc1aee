import Foundation
import Glibc
import SecureAggregation

/// What secure aggregation costs: masks, whole sessions without training, and whole rounds.
struct AggregationBenchmark {
  let program: Program

  func measure(into table: inout Table) throws {
    measureMasks(into: &table)
    try measureRounds(into: &table)
    try measurePaperGrid(into: &table)
    try measureLargeCohorts(into: &table)
  }

  /// Expansion of a mask and its addition into the vector, on one core.
  private func measureMasks(into table: inout Table) {
    let (masks, words, repetitions) = (200, 100_000, 9)
    let seeds = (0..<masks).map { Mask(seed: MaskSeed(hash($0)), isNegative: $0 % 2 == 0) }
    var vector = ResidueVector(zeros: words, modulus: .bits32)
    let times = (0..<repetitions).map { _ in
      let start = threadSeconds()
      vector.add(seeds, keystream: Cryptography.standard.keystream, on: .serial)
      return (threadSeconds() - start) * 1e9 / Double(masks * words)
    }
    table.add("mask expansion and addition, one core", "ns per word", Sample(times))
  }

  /// The LSTM benchmark in clear and masked, turn by turn.
  private func measureRounds(into table: inout Table) throws {
    let masked = [
      "secure_aggregation.protocol": "secagg_plus", "faults.dropout_rate": "0.05",
      "secure_aggregation.dropout_fraction": "0.05",
    ]
    var clear: [Double] = []
    var secure: [Double] = []
    for _ in 0..<5 {
      clear.append(
        try program.run("bench-lstm", workers: 2, ["faults.dropout_rate": "0.05"]).roundSeconds)
      secure.append(try program.run("bench-lstm", workers: 2, masked).roundSeconds)
    }
    let ratios = zip(secure, clear).map { $0 / $1 }
    table.add("LSTM round, cohort 100, in clear", "s", Sample(clear))
    table.add("LSTM round, cohort 100, secagg_plus", "s", Sample(secure))
    table.add("the same, masked / clear", "", Sample(ratios))
    // Flower 1.20, SecAgg+ with 15 shares and threshold 8, 2 processes, the same work: 21.5 s.
    table.add("the same / Flower's SecAgg+ round", "", Sample(secure.map { $0 / 21.5 }))
  }

  /// The running times in the paper of Bonawitz and others (2017): the server's total, in seconds.
  private func measurePaperGrid(into table: inout Table) throws {
    let grid: [(clients: Int, dropouts: Double, paper: Double)] = [
      (500, 0, 2.018), (500, 0.1, 62.239), (500, 0.3, 143.389),
      (1_000, 0, 4.887), (1_000, 0.1, 180.875), (1_000, 0.3, 413.767),
    ]
    for (clients, dropouts, paper) in grid {
      var session = try SessionBenchmark(
        clients: clients, words: 100_000, scheme: .secagg, dropouts: dropouts)
      let took = try session.run()
      let name = "n = \(clients), complete graph, \(Int(100 * dropouts)) % dropouts"
      table.add("\(name): server", "s", Sample([took.server]))
      table.add("\(name): the paper's server", "s", Sample([paper]))
      table.add("\(name): server / the paper's", "", Sample([took.server / paper]))
    }
  }

  private func measureLargeCohorts(into table: inout Table) throws {
    for (clients, words, dropouts) in [(1_000, 100_000, 0.1), (10_000, 33_000, 0.05)] {
      var session = try SessionBenchmark(
        clients: clients, words: words, scheme: .secaggPlus, dropouts: dropouts)
      let took = try session.run()
      let name = "n = \(clients), secagg_plus, \(words) words, \(Int(100 * dropouts)) % dropouts"
      table.add("\(name): clients and server", "s", Sample([took.clients + took.server]))
      table.add("\(name): peak memory so far", "MB", Sample([took.peakMegabytes]))
    }
  }

  private func hash(_ number: Int) -> [UInt8] { Cryptography.hash("\(number)".utf8) }

  /// Another process on the core must not count.
  private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
