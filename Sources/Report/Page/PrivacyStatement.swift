import Foundation
import Tables

/// What a run claims about privacy at its end: the last row of privacy.csv and its configuration.
struct PrivacyStatement: Equatable {
  var mechanism: String
  var unit: String
  var adjacency: String
  var sampler: String
  var samplingRate: Double?
  var noiseMultiplier: Double?
  var accountant: String
  var epsilon: Double?
  var delta: Double?
  var clippingBound: String
  var randomness: String
  var aggregation: String
  /// Fewest clients whose sum is opened.
  var fewestClients: Int
  var corruptFraction: String
  /// From manifest.json.
  var assumptions: [String]
  var covered: String?
  var exceptions: String?

  /// Nil where the run kept no privacy.csv.
  init?(_ run: Run) throws {
    guard let table = try run.table("privacy.csv"), table.rowCount > 0 else { return nil }
    let last = table.rowCount - 1
    mechanism = try table.texts("mechanism")[last]
    unit = try table.texts("unit")[last]
    adjacency = try table.texts("adjacency")[last]
    sampler = try table.texts("sampler")[last]
    samplingRate = try table.numbers("sampling_rate")[last]
    noiseMultiplier = try table.numbers("noise_multiplier")[last]
    accountant = try table.texts("accountant")[last]
    epsilon = try table.numbers("epsilon")[last].flatMap { $0.isFinite ? $0 : nil }
    delta = try table.numbers("delta")[last]
    func setting(_ key: String, _ standard: String) -> String { run.settings[key] ?? standard }
    clippingBound = setting("privacy.clipping_bound", "null")
    randomness = setting("privacy.randomness", "reproducible")
    aggregation = setting("secure_aggregation.protocol", "none")
    func number(_ key: String, _ standard: Double) -> Double {
      Double(setting(key, "")) ?? standard
    }
    let cohort = number("training.cohort_size", 2)
    let mayDrop = number("secure_aggregation.dropout_fraction", 0)
    // A file from elsewhere may say anything.
    func whole(_ value: Double) -> Int { Int(min(max(value.isNaN ? 0 : value, 0), 1e15)) }
    let remaining = whole(cohort) - whole(mayDrop * cohort)
    let minimumKey = "secure_aggregation.minimum_survivors"
    let standard = setting(minimumKey, "") == "null" ? max(2, remaining) : 2
    let minimum = whole(number(minimumKey, Double(standard)))
    // Noise of clients is made for no more dropouts than these.
    fewestClients =
      ["discrete_gaussian", "skellam"].contains(mechanism) ? max(minimum, remaining) : minimum
    corruptFraction = setting("secure_aggregation.corrupt_fraction", "0")
    assumptions = run.manifest?.assumptions ?? []
    covered = run.manifest?.covered
    exceptions = run.manifest?.notCovered
  }

  /// Whether an (ε, δ) is claimed at all.
  var isClaimed: Bool { mechanism != "none" && epsilon != nil }

  /// What the words depend on; claims that agree in it share one statement.
  var kind: [String] {
    [
      isClaimed ? mechanism : "none", isClaimed ? adjacency : "", isClaimed ? sampler : "",
      isClaimed ? accountant : "", isClaimed ? randomness : "", aggregation,
    ]
  }

  var usesSecureAggregation: Bool { aggregation != "none" }
}

extension PrivacyStatement {
  /// The statement in plain words, heading and text.
  var statement: [(heading: String, text: String)] {
    guard isClaimed else {
      return [
        (
          "Claim",
          "No claim. No noise protects the clients (or no finite ε holds), so nothing bounds what "
            + "the model tells about any of them."
        ),
        ("What the server sees", serverView), ("Not covered", notCovered),
      ]
    }
    var parts = [
      ("Who is protected", "Every \(unit) of the population by itself, with its whole history."),
      ("Against whom", adversary), ("What is promised", promise), ("Neighbours", neighbours),
      ("Cohorts", cohorts), ("Accountant", accounting), ("What the server sees", serverView),
    ]
    if !assumptions.isEmpty {
      parts.append(("What it rests on", "\(assumptions.joined(separator: "; "))."))
    }
    if let covered { parts.append(("Covered", "\(covered).")) }
    return parts + [("Not covered", notCovered)]
  }

  private var adversary: String {
    switch mechanism {
    case "local_gaussian":
      "Against everybody, the server included: each client adds all of the noise itself, before "
        + "anything leaves it."
    case "discrete_gaussian", "skellam":
      "Against everybody who sees the model of every round. Each client adds its part of the noise "
        + "and the whole is in the sum"
        + (usesSecureAggregation
          ? "; secure aggregation shows the server that sum and who is in it, nothing else. The "
            + "server need not be trusted with the updates, as long as it keeps to the protocol and "
            + "the clients counted on for noise are honest."
          : ", but without secure aggregation the server sees each update with its small part of "
            + "the noise: the server must be trusted.")
    default:
      "Against everybody who sees the model of every round. The server that adds the noise is "
        + "trusted."
    }
  }

  private var promise: String {
    let delta = delta.map { CSVCell.number($0).rendered } ?? "unknown"
    let epsilon = epsilon.map { CSVCell.number($0).rendered } ?? "unknown"
    return
      "(ε, δ)-differential privacy with ε = \(epsilon) and δ = \(delta) for the whole run: "
      + "between neighbours, which one \(unit) sets apart, no outcome becomes more than e^ε times as "
      + "likely, but for a probability of δ. Updates are clipped to a Euclidean norm"
      + (clippingBound == "null" ? "" : " of \(clippingBound)")
      + "; the noise multiplier is \(noiseMultiplier.map { CSVCell.number($0).rendered } ?? "unknown")."
  }

  private var neighbours: String {
    switch adjacency {
    case "add_or_remove":
      "Two populations are neighbours when one has one \(unit) more (add_or_remove): the \(unit) is "
        + "registered in both, since who is registered is public, and has no history in one."
    case "zero_out":
      "Two runs are neighbours when one \(unit) sends zeros instead of its updates, in the same "
        + "rounds (zero_out)."
    case "replace_one":
      "Two populations are neighbours when one \(unit) is swapped for another (replace_one)."
    default: "Neighbouring populations: \(adjacency)."
    }
  }

  private var isNoiseOfClients: Bool {
    ["discrete_gaussian", "skellam", "local_gaussian"].contains(mechanism)
  }

  private var cohorts: String {
    let rate = samplingRate.map { String(format: "%.4g", $0) } ?? "unknown"
    return switch sampler {
    case "fixed_size" where isNoiseOfClients:
      "A fresh random set of clients every round, \(rate) of the population; nothing is gained from "
        + "that: the accountant counts every client as if it were in every round."
    case "poisson":
      "Every client joins every round by itself with probability \(rate); the accountant counts on "
        + "nobody knowing who did."
    case "truncated_poisson":
      "Every client joins by itself with probability \(rate); of too many a random part is kept."
    case "fixed_size":
      "A fresh random set of clients every round, \(rate) of the population; the accountant counts "
        + "on nobody knowing which."
    case "min_separation":
      "A client that took part sits out for a number of rounds; nothing is gained from chance."
    case "random_allocation":
      "Every client takes part in one round of every block, \(rate) of all rounds, which it draws by "
        + "itself; the accountant counts on nobody knowing which."
    case "cyclic":
      "Groups of clients take turns; a client joins with probability \(rate) when it is its group's."
    case "", "none": "Every client may be in every round; nothing is gained from chance."
    default: "Sampler: \(sampler), rate \(rate)."
    }
  }

  private var accounting: String {
    switch accountant {
    case "pld": "Privacy loss distributions, rounded up (pld)."
    case "rdp": "Rényi differential privacy, converted to (ε, δ) (rdp)."
    case "analytic": "The exact curve of one Gaussian mechanism (analytic)."
    case "zcdp": "Zero-concentrated differential privacy, converted to (ε, δ) (zcdp)."
    default: accountant
    }
  }

  private var serverView: String {
    guard usesSecureAggregation else {
      return "Every update by itself: there is no secure aggregation."
    }
    return
      "Only sums over at least \(fewestClients) clients (\(aggregation)), as long as at most "
      + "\(corruptFraction) of a cohort are in league with it. Here all clients are one program on "
      + "one machine: the protocol is run and its cost is real, but it protects nobody here."
  }

  private var notCovered: String {
    var parts = [
      exceptions
        ?? "columns that begin with sim_, evaluation.csv, clients.csv and segments.csv, which only a "
        + "simulator can write"
    ]
    if isClaimed {
      parts.append("the choice of settings by looking at several runs on the same clients")
      parts.append("whatever else is published about the same people")
      parts.append(
        randomness == "reproducible"
          ? "an attacker who knows the seed: in reproducible mode noise and cohorts follow from it, so "
            + "set privacy.randomness to system where real people are concerned"
          : "an attacker who reads the checkpoint of an unfinished run, which holds the key that noise "
            + "and cohorts follow from")
    }
    return parts.joined(separator: "; ") + "."
  }
}
