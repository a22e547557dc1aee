import Foundation
import Testing

/// Neighbouring logs, end to end: how far one client moves the sum of a round.
///
/// Both runs have one seed and so the same noise, which the difference of their models does not have.
struct NeighbourTests {
  private static let bound = 0.05
  private static let clients = 20
  private static let cohort = 12
  private static let apps = (0..<12).map { "app\($0)" }

  /// One client's rows: seconds since 2026-01-05 and an app.
  private typealias Rows = [(time: Int, app: String)]

  private struct Log {
    var rows: [String: Rows]

    var csv: String {
      rows.sorted { $0.key < $1.key }.reduce("user,time,app\n") { text, client in
        client.value.reduce(text) { $0 + "\(client.key),\(1_767_571_200 + $1.time),\($1.app)\n" }
      }
    }
  }

  private static func history(_ generator: inout Generator) -> Rows {
    (0..<Int.random(in: 20...60, using: &generator)).map { _ in
      // The first apps are opened most.
      let app = min(
        Int.random(in: 0..<12, using: &generator), Int.random(in: 0..<12, using: &generator))
      return (Int.random(in: 0..<8 * 86_400, using: &generator), apps[app])
    }
  }

  /// What a client may have done instead.
  private enum Change: CaseIterable {
    case otherApp, dayLater, yearLater, manyApps, otherHistory, nothing

    func applied(to rows: Rows, _ generator: inout Generator) -> Rows {
      var rows = rows
      let index = Int.random(in: rows.indices, using: &generator)
      switch self {
      case .otherApp: rows[index].app = "unheard of"
      case .dayLater: rows.append((9 * 86_400, rows[index].app))
      case .yearLater: rows.append((400 * 86_400, rows[index].app))
      case .manyApps: rows += (0..<10_000).map { (60 * $0, "own\($0)") }
      case .otherHistory: rows = NeighbourTests.history(&generator)
      case .nothing: rows = []
      }
      return rows
    }

    /// Clipping bounds: without the client, or with something else in its place.
    var bounds: Double { self == .nothing ? 1 : 2 }
  }

  private struct Combination: CustomStringConvertible, Sendable {
    var sampling: String
    var privacy: String
    var more = ""
    /// Clipping bounds of one client with what rounding adds.
    var sensitivity = 1.0001

    var description: String { "\(sampling) \(privacy) \(more)" }
  }

  private static let separated = "sampling: min_separation, min_separation: 1"
  private static let combinations = [
    Combination(sampling: "sampling: fixed_size", privacy: "mechanism: gaussian"),
    Combination(sampling: "sampling: poisson", privacy: "mechanism: gaussian"),
    Combination(sampling: "sampling: poisson, capacity: 13", privacy: "mechanism: gaussian"),
    Combination(
      sampling: "sampling: poisson",
      privacy: "mechanism: gaussian, clipping: adaptive, adaptive: {count_deviation: 20}"),
    Combination(sampling: separated, privacy: "mechanism: gaussian"),
    Combination(
      sampling: "sampling: cyclic, min_separation: 1", privacy: "mechanism: banded"),
    Combination(sampling: separated, privacy: "mechanism: tree"),
    Combination(sampling: separated, privacy: "mechanism: blt"),
    Combination(
      sampling: "sampling: poisson", privacy: "mechanism: gaussian",
      more: "secure_aggregation: {protocol: secagg_plus}"),
    Combination(
      sampling: "sampling: fixed_size", privacy: "mechanism: skellam", sensitivity: 1.05),
    Combination(
      sampling: separated, privacy: "mechanism: discrete_gaussian",
      more: "secure_aggregation: {protocol: secagg_plus}", sensitivity: 1.05),
    Combination(sampling: "sampling: fixed_size", privacy: "mechanism: local_gaussian"),
  ]

  @Test(arguments: combinations)
  private func oneClientMovesTheSumByNoMoreThanTheClaimAllows(_ combination: Combination) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = Generator(state: seed)
    let folder = try TemporaryFolder()
    let names = (0..<Self.clients).map { "user\($0)" }
    let base = Log(
      rows: Dictionary(uniqueKeysWithValues: names.map { ($0, Self.history(&generator)) }))
    try folder.write(names.joined(separator: "\n"), to: "registered")
    // Not in the order of this log, and not all of its apps.
    try folder.write(Self.apps.reversed().dropFirst(2).joined(separator: "\n"), to: "vocabulary")
    try folder.write(String(repeating: "0123456789abcdef", count: 4), to: "key")
    try folder.write(
      """
      name: neighbours
      seed: \(UInt32.random(in: 0...UInt32.max, using: &generator))
      population:
        {source: file, path: log.sqlite, new_client_share: 0, vocabulary_file: vocabulary, training_end: 2026-01-13}
      model: {kind: lstm_ranker, vocabulary: 8, embedding: 4, hidden: 4, sequence_length: 3}
      training: {rounds: 1, cohort_size: \(Self.cohort), \(combination.sampling), local: {learning_rate: 1}}
      privacy: {clipping_bound: \(Self.bound), noise_multiplier: 1, \(combination.privacy)}
      evaluation: {every: 0}
      \(combination.more)
      """, to: "experiment.yaml")
    let expected = try model(of: base, in: folder)
    for change in Change.allCases.shuffled(using: &generator).prefix(3) {
      var other = base
      let client = names.randomElement(using: &generator) ?? ""
      other.rows[client] = change.applied(to: base.rows[client] ?? [], &generator)
      let distance = distance(try model(of: other, in: folder), expected)
      #expect(
        distance <= change.bounds * combination.sensitivity,
        "\(distance) clipping bounds: \(change) of \(client), seed \(seed)")
    }
  }

  /// The measure finds what it is for: ranks from everybody's data, which a run without a claim has.
  @Test func oneClientMovesEverybodysRanks() throws {
    let folder = try TemporaryFolder()
    let names = (0..<Self.clients).map { "user\($0)" }
    var log = Log(rows: [:])
    for name in names {
      // 28 opens on the first day, which trains, and two on the next. Of all but one client 27 opens
      // are of `a`, so that `b` has one user more and `a` by far the most opens.
      log.rows[name] = (0..<30).map { index in
        let time = (index < 28 ? 0 : 90_000) + 3_000 * index
        return (time, name == "user3" || index == 5 ? "b" : "a")
      }
    }
    try folder.write(names.joined(separator: "\n"), to: "registered")
    try folder.write(String(repeating: "0123456789abcdef", count: 4), to: "key")
    try folder.write(
      """
      name: neighbours
      population: {source: file, path: log.sqlite, new_client_share: 0}
      model: {kind: lstm, vocabulary: 8, embedding: 4, hidden: 4, sequence_length: 3}
      training: {rounds: 1, cohort_size: \(Self.cohort), local: {learning_rate: 1}}
      privacy: {clipping_bound: \(Self.bound)}
      evaluation: {every: 0, test_days: 1}
      """, to: "experiment.yaml")
    let expected = try model(of: log, in: folder)
    log.rows["user3"]?[0].app = "a"
    #expect(distance(try model(of: log, in: folder), expected) > 10)
    let refused = try CommandLineProgram.run(
      [
        "run", "experiment.yaml", "--set", "privacy.mechanism=gaussian", "--set",
        "privacy.noise_multiplier=1",
      ], in: folder.url)
    #expect(refused.exitCode == 78)
    #expect(refused.message.contains("population.vocabulary_file and population.training_end must"))
    #expect(refused.message.contains("or set privacy.selection.noise_multiplier"))
  }

  // MARK: - Measuring

  /// The model after one round on a log.
  private func model(of log: Log, in folder: TemporaryFolder) throws -> [Float] {
    try folder.write(log.csv, to: "log.csv")
    let imported = try CommandLineProgram.run(
      [
        "data", "import", "log.csv", "--out", "log.sqlite", "--overwrite", "--key-file", "key",
        "--keep-all-times", "--clients", "registered",
      ], in: folder.url)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    let name = UUID().uuidString
    let run = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--workers", "1", "--out", name, "--quiet"], in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
    let data = try Data(contentsOf: folder.file("\(name)/model.safetensors"))
    // A 64-bit length, a header of that length, and little-endian floats.
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return data.dropFirst(8 + header).withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  /// Between two sums, in clipping bounds.
  private func distance(_ left: [Float], _ right: [Float]) -> Double {
    #expect(left.count == right.count)
    let square = zip(left, right).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    return Double(Self.cohort) * square.squareRoot() / Self.bound
  }
}

/// SplitMix64, so that a seed that a failure prints gives the same logs again.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
