import Device
import Experiments
import Federation
import Foundation
import ModelRegistry
import Storage

/// What is decided at the end of a day: a rollout goes on or ends, a retraining begins.
extension LifecycleRun {
  mutating func decide(after day: Int, _ record: inout DayRecord) throws {
    if state.rollout != nil {
      try decideRollout(after: day, &record)
    } else {
      try decideTraining(after: day, &record)
    }
    record.epsilon = try state.epsilon(delta: plan.delta)
  }

  // MARK: - Rollout

  private mutating func decideRollout(after day: Int, _ record: inout DayRecord) throws {
    guard var rollout = state.rollout, let candidate = state.candidate else { return }
    let stage = rollout.stage
    rollout.beginDay()
    for client in 0..<state.fleet.count {
      guard let gain = state.fleet.gain(of: client) else { continue }
      rollout.report(gain, isTreated: state.fleet.version(of: client) == candidate)
    }
    rollout.endDay()
    state.rollout = rollout
    switch rollout.decision {
    case .proceed:
      guard rollout.stage > stage else { return }
      record.note("share \(rollout.share)", of: candidate)
      tell("day \(day): version \(candidate) goes to \(percent(rollout.share)) of the phones")
    case .promote:
      try setStage(of: candidate, to: .production, on: day)
      if let before = state.production { state.versions[before - 1].stage = .retired }
      state.production = candidate
      endRollout()
      state.monitor.release()
      record.note("promoted", of: candidate)
      tell("day \(day): version \(candidate) is promoted: no worse than the one before it")
    case .rollBack:
      try setStage(of: candidate, to: .retired, on: day)
      endRollout()
      state.monitor.coolDown()
      record.note(rollout.isUndecided ? "rolled back undecided" : "rolled back", of: candidate)
      tell(
        "day \(day): version \(candidate) is rolled back from \(percent(rollout.stages[stage].share)) of "
          + "the phones: "
          + (rollout.isUndecided
            ? "not shown to be as good for too long" : "worse than the one in production"))
    }
  }

  private mutating func endRollout() {
    state.candidate = nil
    state.rollout = nil
    state.fleet.endComparison()
  }

  // MARK: - Training

  private mutating func decideTraining(after day: Int, _ record: inout DayRecord) throws {
    guard day + 1 < configuration.population.days, let production = state.production else { return }
    let wished = configuration.lifecycle.candidate
    // A day on which it cannot be trained only puts it off.
    let isWished = !state.isWishGranted && wished.day.value.map { $0 <= day } ?? false
    if state.monitor.isBelow {
      record.note("below threshold", of: production)
      tell("day \(day): accuracy has been below the threshold")
    }
    guard isWished || state.monitor.isBelow else { return }
    guard record.phones > record.offlinePhones, record.restedPhones > 0 else {
      record.note("no phone could train", of: production)
      tell("day \(day): no retraining, as no phone could take part")
      return
    }
    let number = state.versions.count + 1
    // A night's work: phones without a connection, or that are not left alone on a charger, miss it.
    let ready =
      Double(max(0, record.phones - record.offlinePhones)) / Double(record.phones)
      * Double(record.restedPhones) / Double(record.phones)
    let configuration = plan.training(
      number: number, endOf: day, dropoutRate: 1 - ready,
      shuffledLabelRate: isWished && wished.shuffledLabelRate > 0 ? wished.shuffledLabelRate : nil)
    guard try pay(for: configuration) else {
      record.note("no budget left to retrain", of: production)
      tell("day \(day): no retraining, which would exceed privacy.budget.epsilon")
      state.monitor.coolDown()
      return
    }
    let hasLearned = try train(number, configuration, on: day)
    if isWished { state.isWishGranted = true }
    record.note("version \(number) trained", of: production)
    guard hasLearned, models[number] != models[production] else {
      // Nobody reported, and noise may have moved it, or all together left no trace.
      record.note("it learned nothing", of: production)
      tell("day \(day): version \(number) is trained, has learned nothing and goes to no phone")
      state.monitor.coolDown()
      return
    }
    tell("day \(day): version \(number) is trained and goes to the first phones")
    try setStage(of: number, to: .canary, on: day)
    state.candidate = number
    state.rollout = Rollout(
      rollBackErrorRate: self.configuration.lifecycle.rollout.rollbackErrorRate,
      promotionErrorRate: self.configuration.lifecycle.rollout.promotionErrorRate)
    state.fleet.beginComparison(of: number, seed: self.configuration.seed)
    state.monitor.coolDown()
  }

  /// The first version, which goes to all phones at once.
  mutating func trainFirst() throws {
    let day = configuration.lifecycle.firstDay - 1
    let configuration = plan.training(number: 1, endOf: day)
    _ = try pay(for: configuration)
    _ = try train(1, configuration, on: day)
    try setStage(of: 1, to: .production, on: day)
    state.production = 1
    state.monitor.release()
    tell("day \(day): version 1 is trained and goes to all phones")
  }

  /// Puts a training on the ledger, unless the budget does not allow it.
  private mutating func pay(for configuration: Configuration) throws -> Bool {
    guard var ledger = state.ledger else { return true }
    try PreparedLifecycle.charge(ExperimentCheck.prepare(configuration), to: &ledger)
    guard try isAffordable(&ledger) else { return false }
    state.ledger = ledger
    return true
  }

  /// Trains a version in a run folder of its own and registers it; false when nobody took part
  /// who had something to learn from.
  private mutating func train(
    _ number: Int, _ configuration: Configuration, on day: Int
  ) throws -> Bool {
    let path = trainingFolder(number)
    removeUnfinishedFolders()
    let parent = state.production
    let result: RunResult
    do {
      result = try trained(
        configuration, in: path, from: parent.flatMap { models[$0] },
        comment: Self.comment(on: number, after: parent))
    } catch let error as ExperimentError where error.code == .interrupted {
      throw ExperimentError(
        .interrupted,
        "Interrupted in the training of version \(number); continue with `fedsim resume "
          + "\(folder.path)`.")
    } catch let error as ExperimentError {
      throw ExperimentError(error.code, "training of version \(number): \(error)")
    }
    state.rounds += result.rounds
    let epsilon = try state.epsilon(delta: plan.delta)
    state.versions.append(
      LifecycleVersion(
        number: number, parent: parent, trainedDay: day, stage: .candidate, epsilon: epsilon))
    try register(number, from: path, parent: parent, epsilon: epsilon)
    models[number] = try storedModel(number)
    return result.hasLearned
  }

  /// Heads the configuration of a training, which does not say all by itself.
  private static func comment(on number: Int, after parent: Int?) -> String {
    guard let parent else {
      return "# Version \(number) of a lifecycle, trained from a fresh model.\n"
    }
    return """
      # Version \(number) of a lifecycle, trained on from version \(parent): run by itself this file starts
      # from a fresh model. An epsilon in this folder is of these rounds alone; lifecycle.csv has the sum.

      """
  }

  /// Runs a training, or goes on where it was interrupted.
  private func trained(
    _ configuration: Configuration, in path: String, from parameters: [Float]?, comment: String
  ) throws -> RunResult {
    let observer = RunObserver(
      progressed: observer.trained, entered: observer.entered, noted: observer.noted,
      isInterrupted: observer.isInterrupted)
    if try FileKind.exists(path) {
      try requireOwn(configuration, in: path)
      return try ExperimentRun.resume(
        path, workers: workers, launch: launch, observer: observer,
        mayLearnNothing: parameters != nil)
    }
    return try ExperimentRun.start(
      ExperimentCheck.prepare(configuration), out: path, workers: workers, launch: launch,
      observer: observer, from: parameters, comment: comment)
  }

  /// Throws unless the folder's training is the one that is wanted now.
  private func requireOwn(_ configuration: Configuration, in path: String) throws {
    let wanted = try RunFolder.hash(of: ExperimentCheck.prepare(configuration).configuration)
    guard try Manifest.read(from: path).configHash == wanted else {
      throw ExperimentError(
        .badData,
        "\(path): is not the training that this lifecycle began; remove the folder and resume.")
    }
  }

  func trainingFolder(_ number: Int) -> String { "\(folder.path)/trainings/\(number)" }

  /// What a killed process left of a folder that it was about to make.
  private func removeUnfinishedFolders() {
    Leftovers.clear(in: "\(folder.path)/trainings")
  }

  func tell(_ line: String) {
    folder.log(line)
    observer.noted(line)
  }

  private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}
