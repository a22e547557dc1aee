import Federation
import Privacy

/// A privacy claim in the words of a disclosure.
struct DisclosureWords {
  private let configuration: Configuration
  private let claim: PrivacyClaim
  private let isLifecycle: Bool
  private let isLaunch: Bool

  /// - Parameters:
  ///   - isLifecycle: which decides by what came before how often it trains.
  ///   - isLaunch: that a run has simulated.
  init(
    _ configuration: Configuration, claim: PrivacyClaim, isLifecycle: Bool, isLaunch: Bool = false
  ) {
    self.isLaunch = isLaunch
    self.configuration = configuration
    self.claim = claim
    self.isLifecycle = isLifecycle
  }

  private var privacy: PrivacyConfiguration { configuration.privacy }
  private var isLocal: Bool { privacy.mechanism == .localGaussian }
  private var hidesUpdates: Bool { configuration.secureAggregation.protocol != .none }

  /// central, distributed or local.
  var setting: String {
    if isLocal { return "local" }
    // Shares of the noise that the server sees one by one protect from others alone.
    return configuration.distributedNoise != nil && hidesUpdates ? "distributed" : "central"
  }

  /// - Parameter restsOnSecretCohorts: what the claim does.
  func parties(restsOnSecretCohorts: Bool) -> [Disclosure.Party] {
    let adversary = configuration.secureAggregation.adversary.rawValue
    let corrupt = NumberRange.shown(configuration.secureAggregation.corruptFraction)
    let server: (sees: String, trust: String)
    switch (isLocal, configuration.distributedNoise != nil, hidesUpdates) {
    case (true, _, _):
      server = ("each client's update with all of its noise", "nothing")
    case (_, true, true):
      server = (
        "sums of at least \(configuration.fewestReporting) clients with their noise, and who took part",
        "to keep to the protocol (adversary: \(adversary)), with at most a fraction of \(corrupt) of a "
          + "cohort colluding with it"
      )
    case (_, true, false):
      server = (
        "each client's update with its small share of the noise",
        "every update: there is no secure aggregation"
      )
    case (_, false, true):
      server = (
        "sums without noise, of at least \(configuration.fewestReporting) clients"
          + "\(isLaunch ? " (what secure_aggregation.dropout_fraction leaves of a cohort)" : ""), and who "
          + "took part", "every sum, to add the noise, and to keep to the protocol"
      )
    case (_, false, false):
      server = ("each client's update without noise", "every update, and to add the noise")
    }
    return [
      Disclosure.Party(
        who: "the client", sees: "its own history", trustedWith: "its own history"),
      Disclosure.Party(who: "the server", sees: server.sees, trustedWith: server.trust),
      Disclosure.Party(
        who: "other clients, and whoever gets a model",
        sees: "the model after every round",
        trustedWith:
          "nothing: the claim is against them, whatever else they know"
          + (restsOnSecretCohorts ? ", except who took part in which round" : "")
          + ", under its assumptions"),
    ]
      + (isLaunch
        ? []
        : [
          Disclosure.Party(
            who: "whoever runs the simulation",
            sees: "everything, all columns that start with sim_ included",
            trustedWith: "everything: all clients are one program on one machine")
        ])
  }

  func parameters(rounds: Int) -> [Disclosure.Fact] {
    func fact(_ name: String, _ value: String) -> Disclosure.Fact {
      Disclosure.Fact(name: name, value: value)
    }
    let bound = privacy.initialClippingBound.map(NumberRange.shown) ?? "none"
    var facts = [
      fact("mechanism", claim.mechanism),
      fact(
        "noise multiplier",
        "\(ShownBound.setting(claim.noiseMultiplier)) clipping bounds, on the clients' sum"),
      fact(
        "clipping bound",
        privacy.clipping == .adaptive
          ? "adaptive, from \(bound) on; the count it follows is noised within the same budget"
          : bound),
      fact("rounds", "\(rounds)"),
      fact("cohort", "\(configuration.training.cohortSize) clients per round"),
      fact(
        "sampler",
        claim.sampler + (claim.samplingRate.map { ", rate \(ShownBound.setting($0))" } ?? "")),
      fact("participations", participations),
      fact("denominator", "the cohort size of the file, whoever reported"),
      fact("randomness", randomness),
    ]
    if let budget = privacy.budget.epsilon.value {
      facts.append(fact("budget", budgetStatement(budget)))
    }
    return facts
  }

  private var participations: String {
    guard configuration.training.sampling != .randomAllocation else {
      return "once in every block of rounds, in one that the client draws"
    }
    guard let separation = configuration.training.minSeparation.value else {
      return "not bounded: any client may take part in any round"
    }
    return "at most once in any \(separation) consecutive rounds"
  }

  private var randomness: String {
    guard !isLaunch else {
      return "a secret source that nobody can repeat; the simulation had \(claim.randomness)"
    }
    return switch privacy.randomness {
    case .reproducible:
      "reproducible: noise and cohorts follow from the seed, which nobody may know: for experiments only"
    case .system:
      "system: noise and cohorts follow from a key that the operating system's generator has drawn"
    }
  }

  /// Whether what the rounds cost depends on what happened in them.
  private var countsWhatHappened: Bool { configuration.distributedNoise != nil }

  private func budgetStatement(_ budget: Double) -> String {
    guard !isLifecycle else {
      return
        "epsilon \(budget): no training and no night of the monitor begins that would exceed it"
    }
    return "epsilon \(budget): "
      + (countsWhatHappened
        ? "the run ends before it would exceed that, whatever happens, so that is what may be claimed; "
          + "the smaller epsilon counts the clients that really reported"
        : "the run ends before it would exceed that; the round at which it does follows from the file")
  }

  /// What an epsilon of realised counts rests on; nil where every round's cost follows from the file.
  var countingStatement: String? {
    guard !isLifecycle else {
      return
        "How often it trained followed from what earlier versions did, so this epsilon is what was "
        + "spent and no bound that was fixed beforehand; "
        + (privacy.budget.epsilon.value.map { "privacy.budget.epsilon (\($0)) is one." }
          ?? "there is none without privacy.budget.epsilon.")
    }
    guard countsWhatHappened else { return nil }
    return privacy.budget.epsilon.value == nil
      ? "This epsilon counts the clients whose noise was really in each sum. It assumes that dropouts do not "
        + "depend on what the rounds released; the epsilon of `fedsim plan` holds without that assumption."
      : "This epsilon counts the clients whose noise was really in each sum, and assumes that dropouts do not "
        + "depend on what the rounds released; privacy.budget.epsilon holds without that assumption."
  }

  var adjacency: String {
    switch claim.adjacency {
    case .addOrRemove:
      "add_or_remove: two populations of the same registered clients, in one of which one client has an "
        + "empty history and sends zeros"
    case .zeroOut:
      "zero_out: two runs in one of which one client sends zeros in place of its updates, in the same "
        + "rounds"
    case .replaceOne:
      "replace_one: two populations in which one registered client has other data; a sum moves by up to "
        + "two clipping bounds"
    }
  }

  var accountant: String {
    switch claim.accountant {
    case .analytic:
      "analytic: the exact curve of one Gaussian (Balle and Wang 2018, https://arxiv.org/abs/1805.06530)"
    case .pld:
      "pld: privacy loss distributions, an upper bound (Doroshenko et al. 2022, "
        + "https://arxiv.org/abs/2207.04380)"
    case .rdp:
      "rdp: Rényi differential privacy (Mironov 2017, https://arxiv.org/abs/1702.07476), converted by "
        + "Canonne, Kamath and Steinke 2020 (https://arxiv.org/abs/2004.00010)"
    case .zcdp:
      "zcdp: zero-concentrated differential privacy (Bun and Steinke 2016, "
        + "https://arxiv.org/abs/1605.02065), converted at the best order"
    case .automatic: "auto"
    }
  }

  /// One kind of release and how often it was made.
  static func sentence(_ event: PrivacyEvent) -> String {
    func number(_ value: Double) -> String { NumberRange.shown(value) }
    let what =
      switch event.release {
      case .gaussian(let noise): "a Gaussian of noise multiplier \(number(noise))"
      case .correlatedGaussian(let noise, let sensitivity):
        "correlated Gaussian noise of multiplier \(number(noise)), sensitivity \(number(sensitivity)) "
          + "clipping bounds over all rounds"
      case .poissonGaussian(let rate, let noise):
        "a Gaussian of noise multiplier \(number(noise)), each client sampled with probability "
          + number(rate)
      case .truncatedPoissonGaussian(let rate, let noise, let population, let capacity):
        "a Gaussian of noise multiplier \(number(noise)), each of \(population) clients sampled with "
          + "probability \(number(rate)), at most \(capacity) kept"
      case .fixedSizeGaussian(let rate, let noise):
        "a Gaussian of noise multiplier \(number(noise)) on a random set of fixed size, a share of "
          + "\(number(rate)) of all clients"
      case .allocatedGaussian(let bins, let noise, let common):
        "a Gaussian of noise multiplier \(number(noise)) in each of \(bins) rounds, in one of which, drawn "
          + "at random, a client takes part"
          + (common.map { ", and one of noise multiplier \(number($0)) that it always moves" } ?? "")
      case .discreteGaussian(let deviation, let sensitivity):
        "a discrete Gaussian of standard deviation \(number(deviation)) on an integer of sensitivity "
          + "\(sensitivity)"
      case .distributedDiscreteGaussian(let noise):
        "discrete Gaussian noise of \(noise.clients) clients on \(noise.dimension) integers"
      case .distributedSkellam(let noise):
        "Skellam noise of \(noise.clients) clients on \(noise.dimension) integers"
      case .zeroConcentrated(let rho): "a release with \(number(rho))-zCDP"
      }
    return "\(event.count) × \(what)"
  }
}
