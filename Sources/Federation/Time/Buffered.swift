import Glibc

/// What a schedule without rounds counts on: phones train without a barrier, and the server moves the model
/// whenever its buffer is full.
package struct Buffering: Equatable, Sendable {
  /// Updates of a buffer.
  package var goal: Int
  /// Phones that train at a time.
  package var concurrency: Int
  /// An update that is staler by more than this is thrown away; nil for no limit.
  package var maximumStaleness: Int?

  package init(goal: Int, concurrency: Int, maximumStaleness: Int? = nil) {
    self.goal = goal
    self.concurrency = concurrency
    self.maximumStaleness = maximumStaleness
  }
}

/// A schedule without rounds: what it does with updates of older versions.
package protocol WithoutRounds: Schedule {
  var concurrency: Int { get }
  var stalenessExponent: Double { get }
  var maximumStaleness: Setting<Int> { get }
}

extension WithoutRounds {
  fileprivate static var concurrencyKey: ConfigurationKey {
    .integer(
      "concurrency", 1...1_000_000, unit: "clients", of: Self.self, { $0.concurrency },
      "Clients that train at a time.")
  }

  fileprivate static var stalenessKeys: [ConfigurationKey] {
    [
      .number(
        "staleness_exponent", .closed(0...10), of: Self.self, { $0.stalenessExponent },
        "An update that is τ versions old counts (1 + τ)^−exponent times."),
      .optionalInteger(
        "maximum_staleness", 0...1_000_000, unit: "versions", of: Self.self,
        { $0.maximumStaleness },
        "Updates that are older are thrown away. null means no limit."),
    ]
  }

  /// (1 + τ)^−exponent.
  fileprivate func decay(_ staleness: Int) -> Double {
    staleness == 0 ? 1 : pow(Double(1 + staleness), -stalenessExponent)
  }
}

/// FedBuff: x ← x + rate · Σ s(τ) Δ ÷ goal with s(τ) = (1 + τ)^−exponent.
///
/// τ counts the versions since the phone downloaded the model. Nguyen et al. 2022
/// (https://arxiv.org/abs/2106.06639).
package struct Buffered: WithoutRounds {
  package static let name = "buffered"

  package var goal = 10
  package var concurrency = 100
  package var stalenessExponent = 0.5
  package var maximumStaleness = Setting<Int>()

  package init() {}

  package static let keys: [ConfigurationKey] =
    [
      .integer(
        "goal", 1...1_000_000, unit: "updates", of: Self.self, \.goal,
        "Updates in the buffer at which the server moves the model; training.cohort_size is the same "
          + "number."),
      concurrencyKey,
    ] + stalenessKeys

  package var buffering: Buffering? {
    Buffering(
      goal: goal, concurrency: concurrency, maximumStaleness: maximumStaleness.value)
  }

  package func weight(staleness: Int) -> Double { decay(staleness) }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.validateBuffering(self)
  }
}

/// FedAsync: every update moves the model, x ← (1 − α) x + α y with α = mixing · (1 + τ)^−exponent.
///
/// Xie et al. 2019 (https://arxiv.org/abs/1903.03934), without its proximal term.
package struct FedAsync: WithoutRounds {
  package static let name = "fedasync"

  package var concurrency = 100
  package var mixing = 0.6
  package var stalenessExponent = 0.5
  package var maximumStaleness = Setting<Int>()

  package init() {}

  package static let keys: [ConfigurationKey] =
    [
      concurrencyKey,
      .number(
        "mixing", .positive(1e-6...1), of: Self.self, \.mixing,
        "Share of a fresh client's model in the new one."),
    ] + stalenessKeys

  package var buffering: Buffering? {
    Buffering(goal: 1, concurrency: concurrency, maximumStaleness: maximumStaleness.value)
  }

  package func mixing(staleness: Int) -> Double? { mixing * decay(staleness) }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.validateBuffering(self)
    let server = configuration.training.server
    try configuration.require(
      server.optimizer == .sgd && server.learningRate == 1, "training.server.optimizer",
      "must be sgd with a learning rate of 1 with schedule.mode: fedasync, which mixes models itself"
    )
    try configuration.require(
      configuration.privacy.mechanism == .none, "privacy.mechanism",
      "must be none with schedule.mode: fedasync: a release of one client's model is no sum that noise "
        + "could be made for; take buffered")
    try configuration.require(
      !configuration.encodesUpdates, "schedule.mode",
      "must not be fedasync with \(configuration.whatLeavesSums): a sum of one client's update hides "
        + "nothing; take buffered")
  }
}

extension Configuration {
  /// Refuses what no analysis or paper covers without a barrier between rounds.
  func validateBuffering(_ schedule: some Schedule) throws(SettingError) {
    guard let buffering = schedule.buffering else { return }
    let mode = "schedule.mode: \(type(of: schedule).name)"
    try require(
      training.cohortSize == buffering.goal, "training.cohort_size",
      "(\(training.cohortSize)) must be the number of updates in the buffer (\(buffering.goal)) with "
        + "\(mode); leave it out")
    try require(
      algorithm.algorithm is FedAvg || algorithm.algorithm is FedProx, "algorithm.name",
      "must be fedavg or fedprox with \(mode): \(algorithm.name) counts on clients that all train from "
        + "the same model")
    try require(
      personalisation.method.map { $0 is FineTune } ?? true, "personalisation.method",
      "must be none or fine_tune with \(mode): \(personalisation.name) counts on rounds")
    try require(
      aggregation == .sum, "aggregator.name",
      "must be mean with \(mode), without an attack that knows the honest updates: other rules compare "
        + "updates of one model")
    try require(
      training.weighting == .uniform, "training.weighting",
      "must be uniform with \(mode), whose weights are those of staleness")
    try require(
      [.fixedSize, .minSeparation].contains(training.sampling), "training.sampling",
      "must be fixed_size or min_separation with \(mode), which draws one client after the other")
    try require(
      distributedNoise == nil && privacy.mechanism != .localGaussian, "privacy.mechanism",
      "must be none, gaussian, tree, banded or blt with \(mode): stale updates, and the noise in them, "
        + "count for less")
    try require(
      privacy.mechanism == .none || training.sampling == .minSeparation, "training.sampling",
      "must be min_separation with \(mode) and privacy.mechanism: \(privacy.mechanism.rawValue): who "
        + "arrives is no random sample, so the accounting counts on the releases from one participation "
        + "of a client to its next alone")
    try require(
      availability.model == nil || availability.shared.selection == .available,
      "availability.selection",
      "must be available with \(mode), which draws a client when there is room for it")
    guard population.source != .file else { return }
    try requireEnoughClients(
      for: buffering,
      of: ClientPartition(
        seed: populationSeed, clients: population.clients,
        newClientShare: population.newClientShare
      ).trainingCount)
  }

  /// Refuses more clients at a time than there are beside those that may not yet return.
  package func requireEnoughClients(
    for buffering: Buffering, of trainingClients: Int
  ) throws(SettingError) {
    let resting = (training.minSeparation.value ?? 1) * buffering.goal
    try require(
      buffering.concurrency + resting <= trainingClients, "schedule.concurrency",
      "(\(buffering.concurrency)) leaves too few clients: with \(resting) whose update has just been "
        + "counted they are more than the \(trainingClients) that train")
  }
}
