/// Whole runs: rounds, workers, populations, cohorts.
struct RunBenchmark {
  let program: Program
  private var repetitions: Int { 5 }
  private var cohort: Double { 100 }

  func measure(into table: inout Table) throws {
    for (name, experiment) in [("LSTM", "bench-lstm"), ("logistic", "bench-logistic")] {
      try measureWorkers(name, experiment, into: &table)
    }
    try measurePopulation(into: &table)
    try measureCohort(into: &table)
    try measureStart(into: &table)
  }

  /// One worker and two, in turn.
  private func measureWorkers(
    _ name: String, _ experiment: String, into table: inout Table
  ) throws {
    // Logistic rounds are short; more of them make a run as long.
    let rounds = name == "LSTM" ? "10" : "60"
    var one: [Double] = []
    var two: [Double] = []
    var ratios: [Double] = []
    var whole: [Double] = []
    var coordinator: [Double] = []
    var bytes: [Double] = []
    var memory: [Double] = []
    var limits: [Double] = []
    for _ in 0..<repetitions {
      let single = try program.run(experiment, workers: 1, ["training.rounds": rounds])
      let double = try program.run(experiment, workers: 2, ["training.rounds": rounds])
      one.append(cohort / single.roundSeconds)
      two.append(cohort / double.roundSeconds)
      ratios.append(single.roundSeconds / double.roundSeconds)
      whole.append(double.seconds)
      coordinator.append(100 * double.coordinatorShare)
      bytes.append(double.byteRatio(parameters: name == "LSTM" ? 33_088 : 8_256, workers: 2))
      memory.append(double.last("peak_memory_bytes") / 1e6)
      limits.append(
        name == "LSTM"
          ? BareClient.rate(threads: 2, clients: 600, BareClient.lstm)
          : BareClient.rate(threads: 2, clients: 20_000, BareClient.logistic))
    }
    table.add("\(name) client updates, 1 worker", "per second", Sample(one))
    table.add("\(name) client updates, 2 workers", "per second", Sample(two))
    table.add("\(name): 2 workers / 1 worker", "", Sample(ratios))
    table.add("\(name) clients' bare kernels, 2 threads", "per second", Sample(limits))
    compare(name, two, limits, into: &table)
    table.add("\(name): \(rounds) rounds, whole process, 2 workers", "s", Sample(whole))
    table.add("\(name): coordinator's own CPU time in a round", "%", Sample(coordinator))
    table.add("\(name): bytes on the pipes / arithmetic minimum", "", Sample(bytes))
    table.add("\(name): peak memory of all processes, 2 workers", "MB", Sample(memory))
  }

  /// Against PyTorch as it was measured last; the kernels alone are what could be at best.
  private func compare(
    _ name: String, _ workers: [Double], _ limits: [Double], into table: inout Table
  ) {
    let peers = PeerRates(path: "\(program.experiments)/../results/peers.csv")
    let targets = [
      ("torch", "bare PyTorch loop", name == "LSTM" ? 3.5 : 20),
      ("torch-batched", "hand-batched PyTorch", 2.2),
    ]
    for (peer, title, target) in targets {
      guard let rate = peers.rate(of: peer, "\(name.lowercased()) 2") else { continue }
      table.add(
        "\(name): 2 workers / \(title), 2 processes", "", Sample(workers.map { $0 / rate }),
        atLeast: target)
      table.add(
        "\(name): bare kernels / \(title), 2 processes", "", Sample(limits.map { $0 / rate }),
        atLeast: target)
    }
  }

  /// A population of ten million against one of a thousand.
  private func measurePopulation(into table: inout Table) throws {
    var times: [Double] = []
    var memory: [Double] = []
    for _ in 0..<repetitions {
      let small = try program.run("bench-lstm", workers: 2, ["population.clients": "1000"])
      let large = try program.run("bench-lstm", workers: 2, ["population.clients": "10000000"])
      times.append(large.roundSeconds / small.roundSeconds)
      memory.append(
        (large.last("peak_memory_bytes") - small.last("peak_memory_bytes")) / 1e6)
    }
    table.add("round, population 10 000 000 / 1 000 (LSTM)", "", Sample(times))
    table.add("peak memory, population 10 000 000 - 1 000", "MB", Sample(memory))
  }

  /// One cohort of ten thousand against a hundred of a hundred.
  private func measureCohort(into table: inout Table) throws {
    var times: [Double] = []
    var memory: [Double] = []
    let population = ["population.clients": "20000"]
    for _ in 0..<repetitions {
      let many = try program.run(
        "bench-lstm", workers: 2, population.merging(["training.rounds": "100"]) { $1 })
      let one = try program.run(
        "bench-lstm", workers: 2,
        population.merging(["training.rounds": "1", "training.cohort_size": "10000"]) { $1 })
      times.append(one.total("train_seconds") / many.total("train_seconds"))
      memory.append(one.last("coordinator_peak_memory_bytes") / 1e6)
    }
    table.add("cohort 10 000 / 100 cohorts of 100, time (LSTM)", "", Sample(times))
    table.add("coordinator's peak memory, cohort 10 000", "MB", Sample(memory))
  }

  private func measureStart(into table: inout Table) throws {
    let runs = try (0..<2 * repetitions).map { _ in
      try program.run(
        "bench-logistic", workers: 2, ["training.rounds": "1", "training.cohort_size": "10"])
    }
    table.add(
      "start to exit after one round, cohort 10 (logistic)", "ms",
      Sample(runs.map { 1e3 * $0.seconds }))
  }
}

extension Program.Run {
  func total(_ column: String) -> Double { (columns[column] ?? []).reduce(0, +) }

  /// CPU time of the coordinator in all rounds but the first ÷ their wall time.
  fileprivate var coordinatorShare: Double {
    let cpu = columns["coordinator_cpu_seconds"] ?? []
    let wall = columns["seconds"] ?? []
    return cpu.dropFirst().reduce(0, +) / wall.dropFirst().reduce(0, +)
  }

  /// What went through the pipes ÷ one model down and one exact sum up, per worker and round.
  fileprivate func byteRatio(parameters: Int, workers: Int) -> Double {
    let rounds = Double(columns["round"]?.count ?? 0)
    let minimum = rounds * Double(workers * parameters * (4 + 8))
    return (last("pipe_bytes_to_workers") + last("pipe_bytes_from_workers")) / minimum
  }
}
