import Federation
import Foundation
import Privacy
import Storage
import Tables
import Yams

/// A random number of trials, each with settings that are drawn anew.
extension Sweep {
  static let trialColumn = "trial"

  /// The trials, which follow from the file and its seed.
  ///
  /// Each has a seed of its own, and so its own cohorts and noise; the people are the same.
  ///
  /// - Parameter candidates: the points of the sweep without this.
  static func trials(
    of candidates: [SweepPoint], _ stopping: RandomStopping, _ keyPaths: [String],
    _ loader: ConfigurationLoader
  ) throws -> [SweepPoint] {
    func wrong(_ problem: String) -> ExperimentError {
      ExperimentError(
        .invalidConfiguration,
        "\(loader.place(of: "sweep")): sweep.tuning.random_stopping \(problem).")
    }
    guard !keyPaths.contains("seed") else {
      throw wrong("gives every trial a seed of its own, so sweep.seed must go")
    }
    guard candidates.allSatisfy({ $0.configuration.privacy.mechanism != .none }) else {
      throw wrong("bounds what a choice costs, and without privacy.mechanism there is no bound")
    }
    guard candidates.allSatisfy({ $0.configuration.privacy.randomness == .reproducible }) else {
      throw wrong(
        "draws the trials from the seed, which with privacy.randomness: system nothing private may "
          + "follow from; tune with reproducible randomness on simulated phones")
    }
    let seed = candidates[0].configuration.seed
    let count = stopping.trials(uniform(seed, 0))
    guard (1...ConfigurationLoader.largestSweep).contains(count) else {
      throw wrong(
        count == 0
          ? "has drawn no trial at all, as a poisson number may be; take geometric, or another seed "
            + "before anybody has seen a result"
          : "has drawn \(count) trials, more than the \(ConfigurationLoader.largestSweep) of a sweep"
      )
    }
    return (1...count).map { trial in
      let index = Int(uniform(seed, trial) * Double(candidates.count))
      var point = candidates[min(index, candidates.count - 1)]
      let people = point.configuration.populationSeed
      point.configuration.seed = seed &+ UInt64(trial) &* 1_000_003
      point.configuration.population.seed = Setting(people)
      point.number = trial
      point.label = "\(trialColumn)=\(trial), \(point.label)"
      point.cells = [.integer(trial)] + point.cells
      point.run = "runs/\(padded(trial, count: count))-\(folderName(point.label))"
      return point
    }
  }

  /// A number in 0..<1 that nobody knows who does not know the seed.
  private static func uniform(_ seed: UInt64, _ index: Int) -> Double {
    let digest = Digest.of(Data("fedsim sweep trials \(seed) \(index)".utf8))
    return Double(UInt64(digest.prefix(13), radix: 16) ?? 0) * 0x1p-52
  }
}

extension ConfigurationLoader {
  private static let tuning = "tuning"
  private static let tuningKeys = [
    "tuning.random_stopping.distribution", "tuning.random_stopping.mean",
  ]

  /// Whether a key of the sweep says how it is tuned, and is no axis.
  static func isOfTuning(_ key: String?) -> Bool {
    key == tuning || key?.hasPrefix("\(tuning).") == true
  }

  /// What `sweep.tuning` says; nil where it says nothing.
  func randomStopping() throws -> RandomStopping? {
    let group = user["sweep"]?.mapping?.filter { Self.isOfTuning($0.key.string) } ?? []
    guard !group.isEmpty else { return nil }
    for (key, node) in group where !Self.tuningKeys.contains(key.string ?? "") {
      throw wrong(
        "sweep.\(key.string ?? "")", node,
        "is unknown; write tuning: {random_stopping: {distribution: geometric, mean: 10}}")
    }
    func node(_ index: Int) -> Node? {
      group.first { $0.key.string == Self.tuningKeys[index] }?.value
    }
    let words = RandomStopping.Distribution.allCases.map(\.rawValue).joined(separator: ", ")
    let distribution = node(0)?.string ?? RandomStopping.Distribution.geometric.rawValue
    guard let known = RandomStopping.Distribution(rawValue: distribution) else {
      throw wrong(
        "sweep.\(Self.tuningKeys[0])", node(0) ?? Node(""),
        "must be one of \(words), not '\(distribution)'")
    }
    guard let value = node(1) else {
      throw wrong(
        "sweep.\(Self.tuningKeys[1])", node(0) ?? Node(""),
        "is missing: give the expected number of trials, such as 10")
    }
    guard let mean = value.string.flatMap(Double.init), (1...1_000).contains(mean) else {
      throw wrong(
        "sweep.\(Self.tuningKeys[1])", value,
        "must lie in 1…1000, not '\(value.string ?? "a list")'")
    }
    return RandomStopping(known, mean: mean)
  }
}
