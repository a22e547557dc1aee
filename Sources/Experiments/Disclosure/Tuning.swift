import Federation
import Foundation
import Privacy
import Tables

/// Whether the settings of a run may have been chosen by looking at other runs on the same people, and
/// what that costs.
package struct Tuning: Encodable, Sendable {
  /// The sweep that the run is a point of.
  package var sweep: SweepCost?
  /// The ledger that the run is on.
  package var ledger: LedgerTotals?
  /// Whether the people are simulated, so that no choice has a privacy cost.
  package var isSimulated = false
  /// The sweep that the run is a point of, where no choice among runs with noise has been told yet.
  package var pointOf: String?

  package init(
    sweep: SweepCost? = nil, ledger: LedgerTotals? = nil, isSimulated: Bool = false
  ) {
    self.sweep = sweep
    self.ledger = ledger
    self.isSimulated = sweep?.isSimulated ?? isSimulated
  }

  /// Of the run in this folder.
  init(of folder: String, _ configuration: Configuration) throws {
    let url = URL(fileURLWithPath: folder).standardizedFileURL
    let above = url.deletingLastPathComponent().deletingLastPathComponent().path
    let isPoint = url.deletingLastPathComponent().lastPathComponent == "runs"
    isSimulated = configuration.population.source != .file
    if isPoint, try SweepFolder.isSweep(above) {
      pointOf = above
      sweep = try SweepCost(
        SweepFolder.sweep(in: above), in: above,
        people: People.name(
          of: configuration, contentHash: Manifest.read(from: folder).contentHash))
    }
    ledger = try LedgerTotals(of: Manifest.read(from: folder), folder)
  }
}

/// What the runs of a sweep on the same people cost together: the price of choosing one by its results.
package struct SweepCost: Encodable, Sendable {
  package var points: Int
  /// Runs that have finished, each with noise.
  package var runs: Int
  /// Runs without noise, which no ε bounds; of runs that have not finished nothing is known.
  package var withoutNoise: Int
  package var unfinished: Int
  /// The largest ε of a run by itself.
  package var largestEpsilon: Double
  package var basic: Composition.Total
  /// Nil where the runs have no adjacency or accountant in common.
  package var joint: PrivacyGuarantee?
  package var randomStopping: PaidChoice?
  /// Whether the people are simulated, so that the choice has no privacy cost.
  package var isSimulated: Bool
  /// Whether runs have simulated the noise of a launch, whose cost is another one.
  package var isOfLaunch: Bool
  /// Whether runs have the same noise, because their seed is the same.
  package var sharesNoise: Bool

  /// The best of a random number of trials, if nothing is told of the others.
  package struct PaidChoice: Encodable, Sendable {
    package var trials: RandomStopping
    package var epsilon: Double
    package var delta: Double
  }

  /// Nil where there is no choice among runs with noise on the same people.
  ///
  /// - Parameter people: whose runs count; nil for those that have the most.
  init?(_ sweep: Sweep, in folder: String, people: String?) throws {
    var parts: [String: [Composition.Part]] = [:]
    var withoutNoise: [String: Int] = [:]
    var unfinished = 0
    for point in sweep.runs {
      let run = "\(folder)/\(point.run)"
      guard (try? FinishedRun.exists(in: run)) == true else {
        unfinished += 1
        continue
      }
      let isLog = point.configuration.population.source == .file
      let own = People.name(
        of: point.configuration,
        contentHash: isLog ? try Manifest.read(from: run).contentHash : nil)
      if let part = try SpentPrivacy.ofRun(run, point.configuration) {
        parts[own, default: []].append(part)
      } else {
        withoutNoise[own, default: 0] += 1
      }
    }
    let chosen = people ?? parts.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
    // Of a random number of trials even a single one is the best of what might have been many.
    let fewest = sweep.randomStopping == nil ? 2 : 1
    guard let chosen, let own = parts[chosen], own.count >= fewest else { return nil }
    let composition = Composition(own)
    let configurations = sweep.runs.map(\.configuration)
    isSimulated = configurations.allSatisfy { $0.population.source != .file }
    isOfLaunch = configurations.contains { $0.privacy.noiseCohortSize.value != nil }
    points = sweep.points.count
    runs = own.count
    self.withoutNoise = withoutNoise[chosen] ?? 0
    self.unfinished = unfinished
    sharesNoise = composition.sharedNoiseSeed != nil
    largestEpsilon = own.map(\.epsilon).reduce(0, max)
    basic = composition.basic
    let delta = own.map(\.delta).reduce(0, max)
    joint = composition.joint(delta: delta)
    if let trials = sweep.randomStopping {
      randomStopping = try Self.paid(trials, sweep, delta: delta)
    }
  }

  /// What telling only the best trial costs, by the most expensive setting that might have been tried.
  private static func paid(
    _ trials: RandomStopping, _ sweep: Sweep, delta: Double
  ) throws -> PaidChoice? {
    var plans: [PrivacyPlan] = []
    for candidate in sweep.candidates {
      guard let plan = try ExperimentCheck.prepare(candidate).privacy else { return nil }
      plans.append(plan)
    }
    guard let adjacency = plans.first?.schedule.adjacency,
      plans.allSatisfy({
        $0.schedule.adjacency == adjacency && $0.noiseMultiplier > 0 && $0.selection == nil
      })
    else { return nil }
    let events = plans.map {
      $0.schedule.events(rounds: $0.rounds, noiseMultiplier: $0.noiseMultiplier)
    }
    guard
      let epsilon = try? trials.epsilon(trials: events, adjacency: adjacency, delta: delta)
    else { return nil }
    return PaidChoice(trials: trials, epsilon: epsilon, delta: delta)
  }
}

extension SweepCost {
  /// What to tell whoever is about to choose, in one sentence or two.
  package var lines: [String] {
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    var lines: [String] = []
    if isSimulated {
      lines.append(
        "These clients are simulated, so choosing a run by its results has no privacy cost."
          + (isOfLaunch
            ? " On the clients of a launch it would have one."
            : " On real clients it would have one:"))
      if isOfLaunch { return lines }
    } else if isOfLaunch {
      lines.append(
        "The runs have simulated the noise of a launch. The following is the cost for the clients whose data "
          + "they used.")
    }
    if runs > 1 {
      var text =
        "Choosing one of these \(runs) runs by its results costs more than one run. Together they "
        + "spend "
      if let joint {
        text +=
          "epsilon \(number(joint.epsilon)) at delta \(ShownBound.delta(joint.delta)) "
          + "(\(joint.accountant.rawValue), \(joint.adjacency.rawValue)"
          + (joint.epsilon < largestEpsilon
            ? "; this is less than the ε of one run, because another accountant has bounded that one less tightly"
            : "")
          + "); the plain sum is "
      }
      text +=
        "epsilon \(number(basic.epsilon)) at delta \(ShownBound.delta(basic.delta)) "
        + "(\(basic.adjacency.rawValue))."
      lines.append(text)
    }
    if sharesNoise {
      lines.append(
        "This assumes that every run draws its own noise (privacy.randomness: system, or a different seed). "
          + "These runs have the same seed and therefore the same noise, which may cancel in the difference "
          + "of two runs."
      )
    }
    if withoutNoise > 0 {
      lines.append(
        "\(counted(withoutNoise, "other run")) \(withoutNoise == 1 ? "has" : "have") no noise, so no ε bounds "
          + "what \(withoutNoise == 1 ? "it reveals" : "they reveal") about the same clients."
      )
    }
    if let choice = randomStopping {
      lines.append(
        "If only the best trial is published, and neither the other trials nor their number, the cost is "
          + "epsilon \(number(choice.epsilon)) at delta \(ShownBound.delta(choice.delta)) "
          + "(rdp, \(choice.trials.distribution.rawValue) number of trials, "
          + "\(number(choice.trials.mean)) on average). Its score must not depend on data without noise."
      )
    }
    return lines
  }
}
