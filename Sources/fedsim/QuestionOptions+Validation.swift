import ArgumentParser
import Federation
import Privacy

/// What cannot be asked.
extension QuestionOptions {
  /// Samplers of which --min-separation says how many rounds belong together.
  private static let takeBlocks: [PrivacyQuestion.Sampler] = [
    .minSeparation, .cyclic, .randomAllocation,
  ]

  /// More than any training; what the accountants count stays exact.
  private static let mostRounds = 1_000_000_000

  func validate() throws {
    guard (1...Self.mostRounds).contains(rounds) else {
      throw ValidationError(
        "--rounds must be at least 1 and at most \(Self.mostRounds), not \(rounds).")
    }
    guard delta > 0, delta < 1 else {
      throw ValidationError("--delta must lie between 0 and 1, not \(delta).")
    }
    try validateSampling()
    try validatePopulation()
    try validateMechanism()
  }

  private func validateSampling() throws {
    switch (sampler, samplingRate) {
    case (.none, nil), (.none, 1), (.minSeparation, nil), (.randomAllocation, nil): break
    case (.none, _), (.minSeparation, _), (.randomAllocation, _):
      throw ValidationError(
        "--sampling-rate has no effect with --sampler \(sampler.rawValue); remove it.")
    case (_, nil):
      throw ValidationError("--sampling-rate is missing: --sampler \(sampler.rawValue) needs it.")
    case (_, let rate?):
      guard rate > 0, rate <= 1 else {
        throw ValidationError("--sampling-rate must be above 0 and at most 1, not \(rate).")
      }
    }
    if Self.takeBlocks.contains(sampler), minSeparation == nil {
      throw ValidationError(
        "--min-separation is missing: --sampler \(sampler.rawValue) needs it.")
    }
    if mechanism == .zcdp || sensitivity != nil, sampler != .none {
      throw ValidationError(
        "--sampler \(sampler.rawValue) does not go with --mechanism \(mechanism.rawValue)"
          + (mechanism == .zcdp ? "" : " --sensitivity")
          + ", of which every release counts: use --sampler none.")
    }
    if sampler == .randomAllocation, ![.gaussian, .banded, .blt].contains(mechanism) {
      throw ValidationError(
        "--sampler random_allocation is analysed with --mechanism gaussian, banded and blt, not with "
          + "\(mechanism.rawValue).")
    }
    guard ![.gaussian, .localGaussian].contains(mechanism),
      sampler != .none, !Self.takeBlocks.contains(sampler)
    else { return }
    throw ValidationError(
      "--sampler \(sampler.rawValue) does not go with --mechanism \(mechanism.rawValue), whose "
        + "privacy is not amplified by sampling: use --sampler none, or --mechanism gaussian.")
  }

  private func validatePopulation() throws {
    if let capacity {
      guard sampler == .poisson, let population else {
        throw ValidationError("--capacity takes --sampler poisson and --population.")
      }
      guard (1...population).contains(capacity) else {
        throw ValidationError("--capacity must lie in 1…\(population), not \(capacity).")
      }
    }
    guard let population else { return }
    guard (1...1 << 40).contains(population) else {
      throw ValidationError("--population must lie in 1…\(1 << 40), not \(population).")
    }
    guard delta * Double(population) < 1 else {
      throw ValidationError(
        "--delta must be below 1 / population (\(1 / Double(population))), not \(delta): a "
          + "mechanism that publishes the data of "
          + "\(max(1, Int(delta * Double(population)))) clients outright would keep it.")
    }
  }

  /// An option of some mechanisms, and what it may be.
  private struct MechanismOption {
    enum Range {
      /// That of a key of experiment files.
      case key(String)
      case own(ClosedRange<Int>)
    }

    let name: String
    let value: Int?
    let users: [QuestionMechanism]
    let range: Range
  }

  private var mechanismOptions: [MechanismOption] {
    let correlated: [QuestionMechanism] = [.tree, .banded, .blt]
    let distributed: [QuestionMechanism] = [.discreteGaussian, .skellam]
    return [
      MechanismOption(
        name: "min-separation", value: minSeparation,
        users: Self.takeBlocks.contains(sampler) ? QuestionMechanism.allCases : correlated,
        range: .key("training.min_separation")),
      MechanismOption(
        name: "restart-rounds", value: restartRounds, users: [.tree],
        range: .key("privacy.tree.restart_rounds")),
      MechanismOption(
        name: "bands", value: bands, users: [.banded],
        range: .own(1...(sampler == .randomAllocation ? max(separation, rounds) : separation))),
      MechanismOption(
        name: "buffers", value: buffers, users: [.blt], range: .key("privacy.blt.buffers")),
      MechanismOption(
        name: "clients", value: clients, users: distributed, range: .own(1...1 << 20)),
      MechanismOption(
        name: "dimension", value: dimension, users: distributed, range: .own(1...1 << 30)),
      MechanismOption(
        name: "bits", value: bits, users: distributed,
        range: .key("secure_aggregation.encoding.bits")),
      MechanismOption(
        name: "sensitivity", value: sensitivity, users: [.discreteGaussian],
        range: .own(1...1 << 20)),
    ]
  }

  private func validateMechanism() throws {
    for option in mechanismOptions {
      guard let value = option.value else { continue }
      guard option.users.contains(mechanism) else {
        throw ValidationError(
          "--\(option.name) has no effect with --mechanism \(mechanism.rawValue); remove it.")
      }
      switch option.range {
      case .key(let keyPath): try check(value, of: "--\(option.name)", as: keyPath)
      case .own(let range):
        guard !range.contains(value) else { continue }
        throw ValidationError(
          "--\(option.name) must lie in \(range.lowerBound)…\(range.upperBound), not \(value).")
      }
    }
    try validateNumbers()
    if mechanism.isDistributed, sensitivity == nil, clients == nil || dimension == nil {
      throw ValidationError(
        "--\(clients == nil ? "clients" : "dimension") is missing: --mechanism "
          + "\(mechanism.rawValue) needs it, because the noise is shared and rounded.")
    }
    let mostRounds = Configuration.mostCorrelatedRounds
    if mechanism.isCorrelated, rounds > mostRounds {
      throw ValidationError(
        "--rounds must lie in 1…\(mostRounds) with --mechanism \(mechanism.rawValue), not \(rounds)."
      )
    }
  }

  private func validateNumbers() throws {
    if let grid {
      guard mechanism.isDistributed else {
        throw ValidationError(
          "--grid has no effect with --mechanism \(mechanism.rawValue); remove it.")
      }
      guard grid >= 1e-12, grid <= 1e6 else {
        throw ValidationError("--grid must lie in 1e-12…1000000, not \(grid).")
      }
    }
    if sensitivity != nil, clients != nil || dimension != nil || bits != nil || grid != nil {
      throw ValidationError(
        "--sensitivity is of one integer: --clients, --dimension, --bits and --grid do not go with "
          + "it.")
    }
    guard (mechanism == .zcdp) == (rho != nil) else {
      throw ValidationError(
        rho == nil
          ? "--rho is missing: --mechanism zcdp needs it."
          : "--rho has no effect with --mechanism \(mechanism.rawValue); remove it.")
    }
    if let rho, !(rho > 0 && rho <= 1e9) {
      throw ValidationError("--rho must be above 0 and at most 1e9, not \(rho).")
    }
  }
}
