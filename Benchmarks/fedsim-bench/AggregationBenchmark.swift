import Foundation
import SecureAggregation

/// What secure aggregation costs: masks, whole sessions without training, and whole rounds.
struct AggregationBenchmark {
  let program: Program

  func measure(into table: inout Table) throws {
    let primitives = PrimitiveBenchmark(into: &table)
    measureMasks(primitives, into: &table)
    // The largest first: the peak of memory is that of the process so far.
    try measureCohort(
      10_000, words: 33_000, dropouts: 0.05, seconds: 90, megabytes: 1_000, primitives, into: &table
    )
    try measureCohort(
      1_000, words: 100_000, dropouts: 0.1, seconds: 12, megabytes: nil, primitives, into: &table)
    try measureRounds(into: &table)
    try measurePipes(into: &table)
    for clients in [500, 1_000] { try measurePaperGrid(clients, into: &table) }
  }

  /// Expansion of a mask and its addition into the vector, on one core.
  private func measureMasks(_ primitives: PrimitiveBenchmark, into table: inout Table) {
    let times = (0..<9).map { _ in PrimitiveBenchmark.expansion() }
    table.add(
      "mask expansion and addition, one core", "ns per word", Sample(times), target: 0.9)
    table.add(
      "the same / AES-128-CTR of this machine", "", Sample(times.map { $0 / primitives.word }),
      target: 0.9 / PrimitiveBenchmark.reference.word)
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
    table.add("the same, masked / clear", "", Sample(ratios), target: 1.6)
    // Flower 1.20, SecAgg+ with 15 shares and threshold 8, 2 processes, the same work: 21.5 s on
    // the reference processor.
    table.add(
      "the same / Flower's SecAgg+ round (21.5 s)", "", Sample(secure.map { $0 / 21.5 }),
      target: 0.02)
  }

  /// A cohort of 10 000 with training, through the pipes of two workers.
  private func measurePipes(into table: inout Table) throws {
    let run = try program.run(
      "bench-lstm", workers: 2,
      [
        "secure_aggregation.protocol": "secagg_plus", "faults.dropout_rate": "0.05",
        "secure_aggregation.dropout_fraction": "0.05", "population.clients": "20000",
        "training.rounds": "1", "training.cohort_size": "10000",
      ])
    let name = "LSTM round, cohort 10 000, secagg_plus, with training"
    table.add(name, "s", Sample([run.roundSeconds]))
    table.add(
      "the same: peak memory of all processes", "MB", Sample([run.last("peak_memory_bytes") / 1e6]),
      target: 1_000)
  }

  /// The running times in the paper of Bonawitz and others (2017): the server's total, in seconds.
  private func measurePaperGrid(_ clients: Int, into table: inout Table) throws {
    let paper: [Double] = clients == 500 ? [2.018, 62.239, 143.389] : [4.887, 180.875, 413.767]
    let dropouts = [0, 0.1, 0.3]
    // What the clients take is not in the table, so two ends of a pair share what they derive.
    let session = try SessionBenchmark(
      clients: clients, words: 100_000, scheme: .secagg, dropouts: dropouts,
      memory: PairKeyMemory())
    for (index, took) in try session.run().enumerated() {
      let name = "n = \(clients), complete graph, \(Int(100 * dropouts[index])) % dropouts"
      table.add("\(name): server", "s", Sample([took.server]))
      table.add("\(name): the paper's server", "s", Sample([paper[index]]))
      table.add(
        "\(name): server / the paper's", "", Sample([took.server / paper[index]]),
        target: dropouts[index] > 0 ? 0.05 : nil)
    }
  }

  /// A whole session on two threads, beside the time of its primitives alone.
  private func measureCohort(
    _ clients: Int, words: Int, dropouts: Double, seconds: Double, megabytes: Double?,
    _ primitives: PrimitiveBenchmark, into table: inout Table
  ) throws {
    let session = try SessionBenchmark(
      clients: clients, words: words, scheme: .secaggPlus, dropouts: [dropouts])
    let took = try session.run()[0]
    let name = "n = \(clients), secagg_plus, \(words) words, \(Int(100 * dropouts)) % dropouts"
    let all = took.clients + took.server
    let work = (words: took.words, agreements: took.agreements)
    table.add("\(name): all clients and the server", "s", Sample([all]), target: seconds)
    table.add("\(name): the server alone", "s", Sample([took.server]))
    table.add(
      "the same / the primitives' time on 2 cores", "",
      Sample([all / primitives.seconds(words: work.words, agreements: work.agreements)]),
      target: seconds
        / PrimitiveBenchmark.referenceSeconds(words: work.words, agreements: work.agreements))
    table.add(
      "\(name): peak memory", "MB", Sample([took.peakMegabytes]), target: megabytes)
  }
}
