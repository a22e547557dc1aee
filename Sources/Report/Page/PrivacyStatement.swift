import Foundation
import Privacy
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
  /// The launch that the numbers above are of; nil where they are the run's own.
  var launch: ManifestFacts.Launch?
  /// What the run that simulated a launch promises itself.
  var simulated: Simulated?
  var tail: PrivacyLedger.LossTail?
  var knownCohorts: KnownCohorts?
  var signalToNoise: Double?
  /// Whether the mean update could not be told from its noise.
  var isHiddenByNoise = false
  var caveat: String?

  struct Simulated: Equatable {
    var epsilon: Double?
    var delta: Double?
    var noiseMultiplier: Double?
    var cohortSize: String
  }

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
    (tail, knownCohorts) = (run.manifest?.tail, run.manifest?.knownCohorts)
    if isClaimed, let launch = run.manifest?.launch {
      self.launch = launch
      simulated = Simulated(
        epsilon: epsilon, delta: delta, noiseMultiplier: noiseMultiplier,
        cohortSize: setting("training.cohort_size", "2"))
      (epsilon, delta, noiseMultiplier) = (launch.epsilon, launch.delta, launch.noiseMultiplier)
      (samplingRate, accountant) = (launch.samplingRate, launch.accountant)
      (adjacency, tail, knownCohorts) = (launch.adjacency, launch.tail, launch.knownCohorts)
      assumptions = LaunchScope.assumptions(of: assumptions, randomness: randomness)
      (covered, exceptions) = (LaunchScope.covers, LaunchScope.doesNotCover)
      fewestClients = whole(Double(launch.cohortSize) * (1 - min(max(mayDrop, 0), 1)))
    }
    signalToNoise = run.manifest?.signalToNoise
    // With other algorithms and rules update_norm is not that of the mean.
    let isMean =
      ["fedavg", "fedprox"].contains(setting("algorithm.name", "fedavg"))
      && setting("aggregator.name", "mean") == "mean"
    isHiddenByNoise = signalToNoise == nil && run.manifest?.knowsNoise == true && isMean
    caveat = run.manifest?.caveat
  }

  /// Whether an (ε, δ) is claimed at all.
  var isClaimed: Bool { mechanism != "none" && epsilon != nil }

  /// How much is lost at most; infinite without a claim.
  var promised: Double { isClaimed ? epsilon ?? .infinity : .infinity }

  /// What ε and δ mean; nil without a claim.
  var meaning: EpsilonMeaning? {
    guard isClaimed, let epsilon, let delta else { return nil }
    return EpsilonMeaning(
      epsilon: epsilon, delta: delta, adjacency: Adjacency(rawValue: adjacency) ?? .addOrRemove,
      tail: tail, knownCohorts: knownCohorts)
  }

  /// What the words depend on; claims that agree in it share one statement.
  var kind: [String] {
    [
      isClaimed ? mechanism : "none", isClaimed ? adjacency : "", isClaimed ? sampler : "",
      isClaimed ? accountant : "", isClaimed ? randomness : "", aggregation,
    ]
  }

  var usesSecureAggregation: Bool { aggregation != "none" }
}
