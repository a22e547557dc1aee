import Federation

/// An experiment as `fedsim audit` runs it: with canaries, and with the noise and the rounds that
/// it has without them.
package struct AuditedExperiment: Sendable {
  package let configuration: Configuration
  /// What the experiment claims without canaries; nil without noise.
  ///
  /// In the audited run the canaries count as clients, which makes every one a little less likely
  /// to be drawn: where sampling amplifies, that run claims a little less.
  package let epsilonWithoutCanaries: Double?

  private static let usualCanaries = 200

  /// - Parameter canaries: nil for those of the file, or 200.
  package init(path: String, overrides: [String], canaries: Int?) throws {
    let given = try ConfigurationLoader.load(path: path, overrides: overrides)
    let own = given.privacy.audit.canaries
    let count = canaries ?? (own == 0 ? Self.usualCanaries : own)
    let withCanaries = overrides + ["privacy.audit.canaries=\(count)"]
    guard given.privacy.mechanism != .none else {
      // Nothing is claimed, which the loader says better.
      configuration = try ConfigurationLoader.load(path: path, overrides: withCanaries)
      epsilonWithoutCanaries = nil
      return
    }
    let plan = try ExperimentCheck.plan(
      path: path, overrides: overrides + ["privacy.audit.canaries=0"])
    epsilonWithoutCanaries = plan.epsilon
    configuration = try ConfigurationLoader.load(
      path: path,
      overrides: withCanaries + [
        "privacy.target_epsilon=null", "privacy.noise_multiplier=\(plan.noiseMultiplier)",
        "training.rounds=\(plan.rounds)",
      ])
  }
}
