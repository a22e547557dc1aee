import Statistics
import Tables

extension FigureKind {
  private static let size = "training.cohort_size"

  /// Bytes of one client in one round against the number of clients.
  func aggregationBytes(_ runs: RunSet) throws -> Figure {
    let series = try costs(runs) { run in
      guard let table = try run.table("rounds.csv") else { return [] }
      let sizes = try table.numbers("cohort_size")
      let to = try table.numbers("bytes_to_clients")
      let from = try table.numbers("bytes_from_clients")
      var perClient: [Double] = []
      for (size, bytes) in zip(sizes, zip(to, from)) {
        guard let size, size > 0, let to = bytes.0, let from = bytes.1 else { continue }
        perClient.append((to + from) / size)
      }
      return [("", Look.group(0).dash, perClient)]
    }
    return Figure(
      kind: self, caption: "Bytes to and from one client, mean over rounds, the model included.",
      horizontal: Self.axis(of: series),
      vertical: .bytes(
        upTo: series.flatMap(\.points).map(\.y).max() ?? 1, column: "bytes",
        label: "Per client and round"), series: series)
  }

  /// Seconds of one round, of the server and waiting for clients, against the number of clients.
  func aggregationTime(_ runs: RunSet) throws -> Figure {
    let series = try costs(runs) { run in
      guard let table = try run.table("secure_aggregation_seconds.csv") else { return [] }
      return try [("server", 1), ("clients", 2)].map { side, dash in
        let columns = try table.columns.filter { $0.hasSuffix("_\(side)_seconds") }
          .map(table.numbers)
        return (
          side, dash,
          (0..<table.rowCount).map { row in columns.reduce(0) { $0 + ($1[row] ?? 0) } }
        )
      }
    }
    return Figure(
      kind: self,
      caption: "The server's own work and the wait for all simulated clients, mean over rounds, on "
        + "the machine the runs were made on.",
      horizontal: Self.axis(of: series),
      vertical: Axis(
        column: "seconds", label: "Time per round (s)", logarithm: 10,
        bounds: 0...Double.greatestFiniteMagnitude),
      series: series)
  }

  private static func axis(of series: [Series]) -> Axis {
    Axis(column: "cohort_size", label: "Clients per round", logarithm: 10)
      .labelled(at: series.flatMap(\.points).map(\.x))
  }

  /// Lines over cohort sizes; `costs` gives the values of every round, by what they are of.
  private func costs(
    _ runs: RunSet, costs: (Run) throws -> [(name: String, dash: Int, values: [Double])]
  ) throws -> [Series] {
    let protocols = Set(runs.runs.compactMap { $0.settings["secure_aggregation.protocol"] })
    guard !protocols.subtracting(["none"]).isEmpty else {
      throw unavailable("no run used secure aggregation; set secure_aggregation.protocol.")
    }
    guard runs.varied.contains(Self.size) else {
      throw unavailable(
        "all runs have the same cohort size, so there is no cost against n; sweep \(Self.size).")
    }
    var series: [Series] = []
    for (index, line) in runs.groups(ignoring: { $0 == Self.size }).enumerated() {
      var samples: [String: [Double: [Double]]] = [:]
      var dashes: [(name: String, dash: Int)] = []
      for run in line.runs {
        guard let size = run.settings[Self.size].flatMap(Double.init) else { continue }
        for (name, dash, values) in try costs(run) {
          guard let mean = Interval(of: values)?.mean else { continue }
          samples[name, default: [:]][size, default: []].append(mean)
          if !dashes.contains(where: { $0.name == name }) { dashes.append((name, dash)) }
        }
      }
      for (name, dash) in dashes {
        let points = (samples[name] ?? [:]).sorted { $0.key < $1.key }.compactMap { size, values in
          Interval(of: values).map { Point(x: size, y: $0.mean, margin: $0.margin) }
        }
        let words = [line.label, name].filter { !$0.isEmpty }
        let title = [line.title, name].filter { !$0.isEmpty }
        var look = Look.group(index)
        look.dash = dash
        series.append(
          Series(
            name: words.isEmpty ? "secure aggregation" : words.joined(separator: ": "),
            title: title.isEmpty ? "Secure aggregation" : title.joined(separator: ": "),
            mark: .markedLine, look: look, points: points))
      }
    }
    guard !series.isEmpty else {
      throw unavailable("the files of the runs are not there; it needs the run folders.")
    }
    return series
  }
}
