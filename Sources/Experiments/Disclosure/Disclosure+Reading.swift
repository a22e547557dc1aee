import Federation
import Foundation
import Privacy
import RunResults
import Storage
import Tables

extension Disclosure {
  /// Reads the folder of a finished run, whose files must be as they were written.
  package static func ofRun(_ folder: String) throws -> Disclosure {
    let files = try recorded(folder)
    let above = URL(fileURLWithPath: folder).standardizedFileURL.deletingLastPathComponent()
    if above.lastPathComponent == "trainings",
      try RunFolder.isLifecycle(above.deletingLastPathComponent().path)
    {
      throw ExperimentError(
        .badData,
        "\(folder): is a training of a lifecycle, all versions of which share one epsilon; see `fedsim "
          + "privacy report \(above.deletingLastPathComponent().path)`.")
    }
    let configuration = try RunFolder.configuration(in: files)
    let manifest = try Manifest.read(from: folder)
    try requireClaim(configuration, manifest, in: folder)
    guard manifest.exitReason == .finished else {
      throw ExperimentError(.badData, try unfinished(manifest, files))
    }
    // What is told of them by their hashes must be so.
    for name in [ModelFile.name, "rounds.csv", "evaluation.csv"] { _ = try files.required(name) }
    var (state, claim) = try checkedState(manifest, files)
    var source = Source(
      folder: folder, kind: "run", note: files.note, configuration: configuration,
      manifest: manifest, claim: claim, ledger: state.ledger, rounds: manifest.roundsFinished,
      tuning: try Tuning(of: folder, configuration), audit: try audit(files))
    source.beside = SpentPrivacy.beside(configuration, delta: claim.delta)
    // Files of earlier versions do not have it.
    claim.cohortSize = configuration.training.cohortSize
    guard let launch = claim.launch, let launched = claim.atLaunch else {
      return try Disclosure(source)
    }
    guard let spent = SpentReleases(launch, configuration) else {
      throw ExperimentError(
        .badData,
        "\(folder)/manifest.json: does not go with the other files of the run; restore the folder from a "
          + "copy, or make the run again.")
    }
    source.simulated = Disclosure.Simulation(
      claim: claim, cohortSize: configuration.training.cohortSize,
      clients: configuration.knownClients,
      releases: state.ledger.events.filter { $0.count > 0 }.map(DisclosureWords.sentence))
    source.configuration = configuration.launched(launch)
    (source.claim, source.ledger, source.rounds) = (launched, spent.ledger, launch.rounds)
    source.beside = PrivacyProfile.Point(epsilon: 0, delta: 0)
    return try Disclosure(source)
  }

  /// The run that has simulated a launch, which is what all the rest is about.
  package struct Simulation: Encodable, Sendable {
    package var claim: PrivacyClaim
    package var cohortSize: Int
    package var clients: Int?
    package var releases: [String]
  }

  /// Opens a folder, of which it is told what it is.
  package static func recorded(_ folder: String) throws -> RecordedFolder {
    let kind = try FileKind.of(folder)
    guard kind == .folder || kind == nil else {
      throw ExperimentError(
        .badData, "\(folder): is a file; name the folder of a run, sweep or lifecycle.")
    }
    guard kind == .folder else {
      throw ExperimentError(
        .missingInput, "\(folder): there is no such folder; `fedsim list` shows which there are.")
    }
    let marks = [RunFolder.configName, SealedManifest.name, ChecksumList.name]
    guard try marks.contains(where: { try FileKind.exists("\(folder)/\($0)") }) else {
      throw ExperimentError(
        .missingInput,
        "\(folder): is the folder of no run, sweep or lifecycle (it has no config.yaml); see `fedsim "
          + "list`.")
    }
    return try RecordedFolder(folder)
  }

  /// Throws for what has nothing to disclose.
  package static func requireClaim(
    _ configuration: Configuration, _ manifest: Manifest, in folder: String
  ) throws {
    let noise = configuration.privacy.noiseMultiplier.value
    // Without a noise multiplier an infinite target asks for none.
    let isFree = noise == nil && configuration.privacy.targetEpsilon.value == .infinity
    guard configuration.privacy.mechanism == .none || noise == 0 || isFree else {
      guard manifest.privacy?.epsilon == .infinity else { return }
      throw ExperimentError(
        .badData,
        "\(folder): no finite epsilon holds at delta \(manifest.privacy?.delta ?? 0), so nothing is claimed "
          + "and there is nothing to report.")
    }
    throw ExperimentError(
      .badData,
      "\(folder): no noise protected anybody (privacy.mechanism "
        + "\(configuration.privacy.mechanism.rawValue)"
        + "\(noise == 0 ? ", noise_multiplier 0" : isFree ? ", target_epsilon infinite" : "")), so "
        + "nothing is claimed and there is nothing to report.")
  }

  /// What to tell of a run that has not finished.
  private static func unfinished(_ manifest: Manifest, _ files: RecordedFolder) throws -> String {
    let folder = files.path
    let state =
      switch manifest.exitReason {
      case .interrupted: "was interrupted"
      case .failed: "has failed"
      case .running, .finished: RunFolder.isHeld(folder) ? "is running" : "was killed"
      }
    let advice =
      "the report is of a finished run, so go on with `fedsim resume \(folder)`, or start again"
    let table = try files.table("privacy.csv")
    guard table.rowCount > 0, let epsilon = try table.numbers("epsilon")[table.rowCount - 1],
      let delta = try table.numbers("delta")[table.rowCount - 1]
    else {
      return "\(folder): \(state) before round 1 was on record and has no epsilon yet; \(advice)."
    }
    let round = try table.texts("round")[table.rowCount - 1]
    return
      "\(folder): \(state) after round \(round) of \(try rounds(files)), with epsilon \(epsilon) at delta "
      + "\(CSVCell.number(delta).rendered) spent so far; \(advice)."
  }

  private static func rounds(_ files: RecordedFolder) throws -> Int {
    try RunFolder.configuration(in: files).training.rounds
  }

  /// What the run remembers of its noise, and its claim: all files must say the same.
  private static func checkedState(
    _ manifest: Manifest, _ files: RecordedFolder
  ) throws -> (PrivacyState, PrivacyClaim) {
    func disagreement(_ name: String) -> ExperimentError {
      ExperimentError(
        .badData,
        "\(files.path)/\(name): does not go with the other files of the run; restore the folder from a "
          + "copy, or make the run again.")
    }
    _ = try files.required(Checkpoint.name)
    guard let claim = manifest.privacy, claim.epsilon.isFinite else {
      throw disagreement("manifest.json")
    }
    guard let state = try Checkpoint.read(from: files.path).state.privacy else {
      throw disagreement(Checkpoint.name)
    }
    let summary = try? SummaryFile(ofFinished: files)
    guard summary?.metrics["epsilon"] == claim.epsilon else { throw disagreement(Summary.name) }
    let table = try files.table("privacy.csv")
    guard table.rowCount > 0, try table.numbers("epsilon")[table.rowCount - 1] == claim.epsilon
    else { throw disagreement("privacy.csv") }
    return (state, claim)
  }

  /// What canaries showed at the end, by the columns of privacy.csv; empty without an audit.
  private static func audit(_ files: RecordedFolder) throws -> [Fact] {
    let table = try files.table("privacy.csv")
    guard table.rowCount > 0 else { return [] }
    return try table.columns.filter { $0.hasPrefix("sim_") }.compactMap { column in
      let value = try table.texts(column)[table.rowCount - 1]
      return value.isEmpty ? nil : Fact(name: column, value: value)
    }
  }
}

extension Configuration {
  /// Nil where they are counted when a log is opened.
  var knownClients: Int? { population.source == .file ? nil : population.clients }

  /// The experiment as it would be launched, for its words.
  func launched(_ launch: LaunchClaim) -> Configuration {
    var configuration = self
    configuration.training.cohortSize = launch.cohortSize
    configuration.training.rounds = launch.rounds
    if population.source != .file { configuration.population.clients = launch.clients }
    // Of the small cohorts that were simulated.
    configuration.secureAggregation.minimumSurvivors = Setting()
    return configuration
  }
}
