import Federation
import Foundation
import Privacy

/// What a reviewer of a privacy claim asks for, about one finished run or lifecycle.
///
/// The list is that of NIST SP 800-226 (https://doi.org/10.6028/NIST.SP.800-226) and of Ponomareva et
/// al. 2023, "How to DP-fy ML", Section 5.3.3 (https://arxiv.org/abs/2303.00654).
package struct Disclosure: Encodable, Sendable {
  /// A term and what it is here.
  package struct Fact: Encodable, Equatable, Sendable {
    package var name: String
    package var value: String
  }

  /// Somebody who could learn something.
  package struct Party: Encodable, Equatable, Sendable {
    package var who: String
    package var sees: String
    package var trustedWith: String
  }

  package struct Rate: Encodable, Equatable, Sendable {
    package var falsePositiveRate: Double
    package var largestTruePositiveRate: Double
  }

  /// What somebody learns who holds two neighbours for equally likely.
  package struct Attacker: Encodable, Equatable, Sendable {
    /// e^ε ÷ (1 + e^ε).
    package var posterior: Double
    /// A bound of the probability of an outcome that makes an attacker surer than `posterior`.
    package var probabilityOfMore: Double
    /// Share of right guesses, over all outcomes.
    package var largestShareOfRightGuesses: Double
    package var testPower: [Rate]
  }

  package var folder: String
  /// `run` or `lifecycle`.
  package var kind: String
  package var name: String
  /// Nil where the files have no checksums, so that they could not be checked.
  package var note: String?
  /// Of the launch, where the run has simulated one.
  package var claim: PrivacyClaim
  /// What simulated a launch; nil where the claim is the run's own.
  package var simulated: Simulation?
  /// central, distributed or local.
  package var setting: String
  package var parties: [Party]
  /// Whether ε holds only against those who do not know who took part in which round.
  package var restsOnSecretCohorts: Bool
  package var rounds: Int
  /// Several devices of one person.
  package var devices: [GroupPrivacy]
  /// One day of a device more or less.
  package var deviceDay: GroupPrivacy
  package var parameters: [Fact]
  /// Every kind of noisy release and how often it was made.
  package var releases: [String]
  /// ε at powers of ten of δ.
  package var epsilons: [PrivacyProfile.Point]
  /// δ at whole ε.
  package var deltas: [PrivacyProfile.Point]
  package var gaussian: PrivacyProfile.GaussianBound?
  package var attacker: Attacker
  /// What the claim means for one person.
  package var meaning: EpsilonMeaning
  package var warnings: [String]
  /// The answers to Section 5.3.3 of "How to DP-fy ML", one by one.
  package var checklist: [Fact]
  package var tuning: Tuning
  /// Columns of privacy.csv that an audit fills; empty without one.
  package var audit: [Fact]
  package var provenance: [Fact]
  /// The words that follow from the configuration.
  package var statements: Statements

  package struct Statements: Encodable, Equatable, Sendable {
    package var adjacency: String
    package var accountant: String
    /// Nil where every round's cost follows from the file.
    package var realisedCounts: String?
    /// privacy.budget.epsilon where it, and not what was spent, is what may be claimed.
    package var budget: Double?
  }

  /// What a finished run or lifecycle has left.
  package struct Source {
    package var folder: String
    package var kind: String
    package var note: String?
    package var configuration: Configuration
    package var manifest: Manifest
    package var claim: PrivacyClaim
    package var ledger: PrivacyLedger
    package var beside = PrivacyProfile.Point(epsilon: 0, delta: 0)
    package var rounds: Int
    package var tuning: Tuning
    package var audit: [Fact]
    package var simulated: Simulation?
    package init(
      folder: String, kind: String, note: String?, configuration: Configuration,
      manifest: Manifest, claim: PrivacyClaim, ledger: PrivacyLedger, rounds: Int, tuning: Tuning,
      audit: [Fact] = []
    ) {
      self.folder = folder
      self.kind = kind
      self.note = note
      self.configuration = configuration
      self.manifest = manifest
      self.claim = claim
      self.ledger = ledger
      self.rounds = rounds
      self.tuning = tuning
      self.audit = audit
    }
  }

  private static let groups = [2, 3, 5]
  private static let falsePositiveRates = [0.001, 0.01, 0.1]
  private static let wholeEpsilons = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16]

  package init(_ source: Source) throws {
    (folder, kind, note) = (source.folder, source.kind, source.note)
    (claim, tuning, audit) = (source.claim, source.tuning, source.audit)
    name = source.manifest.name
    simulated = source.simulated
    let configuration = source.configuration
    let (epsilon, delta) = (source.claim.epsilon, source.claim.delta)
    let words = DisclosureWords(
      configuration, claim: source.claim, isLifecycle: source.kind == "lifecycle",
      isLaunch: source.simulated != nil)
    setting = words.setting
    parties = words.parties(restsOnSecretCohorts: source.ledger.restsOnSecretCohorts)
    restsOnSecretCohorts = source.ledger.restsOnSecretCohorts
    rounds = source.rounds
    releases = source.ledger.events.filter { $0.count > 0 }.map(DisclosureWords.sentence)
    parameters = words.parameters(rounds: source.rounds)
    provenance = Self.provenance(source.manifest)
    statements = Statements(
      adjacency: words.adjacency, accountant: words.accountant,
      realisedCounts: words.countingStatement,
      budget: words.countingStatement.flatMap { _ in configuration.privacy.budget.epsilon.value })
    do {
      // Where ε promises nothing, its whole curve takes minutes and says nothing.
      let profile =
        epsilon < EpsilonMeaning.largestTold
        ? try PrivacyProfile(
          of: source.ledger, beside: source.beside, smallestDelta: min(1e-10, delta))
        : try PrivacyProfile(of: source.ledger, beside: source.beside, coarseTo: delta)
      epsilons = profile.points.filter { Self.isPowerOfTen($0.delta) && $0.delta < 0.05 }
      deltas = Self.wholeEpsilons.compactMap { whole in
        profile.delta(epsilon: whole).map { PrivacyProfile.Point(epsilon: whole, delta: $0) }
      }
      gaussian = profile.gaussianBound
      devices = try Self.groups.map {
        try GroupPrivacy(
          clients: $0, of: source.ledger, accountant: configuration.privacy.accountant,
          beside: source.beside, delta: delta)
      }
      meaning = EpsilonMeaning(
        PrivacyGuarantee(
          epsilon: epsilon, delta: delta, accountant: claim.accountant, adjacency: claim.adjacency,
          assumptions: claim.assumptions), of: source.ledger, beside: source.beside,
        profile: profile, twoClients: devices.first, clients: claim.clients)
      attacker = Attacker(
        posterior: 1 / (1 + exp(-epsilon)), probabilityOfMore: meaning.probabilityOfMore ?? 1,
        largestShareOfRightGuesses: profile.largestShareOfRightGuesses,
        testPower: Self.falsePositiveRates.map {
          Rate(
            falsePositiveRate: $0,
            largestTruePositiveRate: profile.largestTruePositiveRate(falsePositiveRate: $0))
        })
      deviceDay = try GroupPrivacy(
        replacementIn: source.ledger, beside: source.beside, delta: delta)
      warnings = meaning.warnings(clients: claim.clients)
      checklist =
        Checklist(
          words, claim: claim, tuning: tuning, manifest: source.manifest, gaussian: gaussian,
          kind: simulated == nil ? kind : "launch", isAudited: !audit.isEmpty
        ).facts
    } catch {
      throw ExperimentError(.badData, "\(source.folder): cannot be accounted again: \(error).")
    }
  }

  private static func isPowerOfTen(_ value: Double) -> Bool {
    let exponent = log10(value)
    return abs(exponent - exponent.rounded()) < 1e-9
  }

  private static func provenance(_ manifest: Manifest) -> [Fact] {
    var facts = [
      Fact(name: "fedsim version", value: manifest.version),
      Fact(name: "source revision", value: manifest.sourceRevision ?? "unknown"),
      Fact(name: "SHA-256 of the configuration", value: manifest.configHash),
    ]
    if let hash = manifest.contentHash {
      facts.append(Fact(name: "SHA-256 of the imported log", value: hash))
    }
    for name in ["SHA256SUMS", ModelFile.name, "privacy.csv", "lifecycle.csv", Summary.name] {
      guard let digest = manifest.files?[name] else { continue }
      facts.append(Fact(name: "SHA-256 of \(name)", value: digest))
    }
    return facts
  }
}
