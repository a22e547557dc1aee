import Device
import Experiments
import Federation
import Foundation
import ModelRegistry

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
      record.note("rolled back", of: candidate)
      tell(
        "day \(day): version \(candidate) is rolled back from \(percent(stageShare(stage))) of the "
          + "phones: worse than the one in production")
    }
  }

  private func stageShare(_ stage: Int) -> Double { state.rollout?.stages[stage].share ?? 0 }

  private mutating func endRollout() {
    state.candidate = nil
    state.rollout = nil
    state.fleet.endComparison()
  }

  // MARK: - Training

  private mutating func decideTraining(after day: Int, _ record: inout DayRecord) throws {
    guard day + 1 < configuration.population.days, let production = state.production else { return }
    let wished = configuration.lifecycle.candidate
    let isWished = wished.day.value == day
    if state.monitor.isBelow {
      record.note("below threshold", of: production)
      tell("day \(day): accuracy has been below the threshold")
    }
    guard isWished || state.monitor.isBelow else { return }
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
    try train(number, configuration, on: day)
    record.note("version \(number) trained", of: production)
    tell("day \(day): version \(number) is trained and goes to the first phones")
    try setStage(of: number, to: .canary, on: day)
    state.candidate = number
    state.rollout = Rollout(
      rollBackErrorRate: self.configuration.lifecycle.rollout.rollbackErrorRate,
      promotionErrorRate: self.configuration.lifecycle.rollout.promotionErrorRate)
    state.fleet.beginComparison()
    state.monitor.coolDown()
  }

  /// The first version, which goes to all phones at once.
  mutating func trainFirst() throws {
    let day = configuration.lifecycle.firstDay - 1
    let configuration = plan.training(number: 1, endOf: day)
    _ = try pay(for: configuration)
    try train(1, configuration, on: day)
    try setStage(of: 1, to: .production, on: day)
    state.production = 1
    state.monitor.release()
    tell("day \(day): version 1 is trained and goes to all phones")
  }

  /// Puts a training on the ledger, unless the budget does not allow it.
  private mutating func pay(for configuration: Configuration) throws -> Bool {
    guard var ledger = state.ledger, let delta = plan.delta else { return true }
    try PreparedLifecycle.charge(ExperimentCheck.prepare(configuration), to: &ledger)
    if let budget = self.configuration.privacy.budget.epsilon.value,
      try ledger.guarantee(delta: delta).epsilon > budget
    {
      return false
    }
    state.ledger = ledger
    return true
  }

  /// Trains a version in a run folder of its own and registers it.
  private mutating func train(_ number: Int, _ configuration: Configuration, on day: Int) throws {
    let path = trainingFolder(number)
    try removeUnfinishedFolders(of: number)
    let parent = state.production
    let result: RunResult
    do {
      result = try trained(configuration, in: path, from: parent.flatMap { models[$0] })
    } catch let error as ExperimentError where error.code == .interrupted {
      throw ExperimentError(
        .interrupted,
        "Interrupted in the training of version \(number); continue with `fedsim resume "
          + "\(folder.path)`.")
    }
    state.rounds += result.rounds
    state.versions.append(
      LifecycleVersion(
        number: number, parent: parent, trainedDay: day, stage: .candidate,
        epsilon: try state.epsilon(delta: plan.delta)))
    try register(number, from: path, parent: parent)
    models[number] = try storedModel(number)
  }

  /// Runs a training, or goes on where it was interrupted.
  private func trained(
    _ configuration: Configuration, in path: String, from parameters: [Float]?
  ) throws -> RunResult {
    let observer = RunObserver(noted: observer.noted, isInterrupted: observer.isInterrupted)
    if FileManager.default.fileExists(atPath: path) {
      return try ExperimentRun.resume(path, workers: workers, launch: launch, observer: observer)
    }
    return try ExperimentRun.start(
      ExperimentCheck.prepare(configuration), out: path, workers: workers, launch: launch,
      observer: observer, from: parameters)
  }

  private func trainingFolder(_ number: Int) -> String { "\(folder.path)/trainings/\(number)" }

  /// What a killed process left of a folder that it was about to make.
  private func removeUnfinishedFolders(of number: Int) throws {
    let trainings = "\(folder.path)/trainings"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: trainings)) ?? []
    where name.hasPrefix("\(number).") {
      try FileManager.default.removeItem(atPath: "\(trainings)/\(name)")
    }
  }

  // MARK: - Registry

  /// Each change of the registry is made once, also when a killed process had made it already.
  private func register(_ number: Int, from path: String, parent: Int?) throws {
    let known = try registry.versions()
    guard known.count < number else { return }
    let details = try RunDetails(of: path)
    _ = try registry.add(
      ModelDetails(
        name: details.name, run: path, configHash: details.configHash,
        dataVersion: details.dataVersion, metrics: details.metrics, epsilon: details.epsilon,
        delta: details.delta), parent: parent)
  }

  private mutating func setStage(of number: Int, to stage: Stage, on day: Int) throws {
    state.versions[number - 1].stage = stage
    let registered = try registry.version(named: "\(number)")
    guard registered.stage != stage else { return }
    // A killed process may have been further than the checkpoint it left.
    if registered.stage == .production || registered.stage == .retired { return }
    if stage == .retired {
      _ = try registry.rollBackCanary(reason: "day \(day): worse than the version in production")
    } else {
      _ = try registry.promote(number, to: stage, reason: "day \(day)")
    }
  }

  func storedModel(_ number: Int) throws -> [Float] {
    let path = try registry.verifiedFolder(of: registry.version(named: "\(number)"))
    return try TrainedRun.load(path).parameters
  }

  private func tell(_ line: String) {
    folder.log(line)
    observer.noted(line)
  }

  private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}
