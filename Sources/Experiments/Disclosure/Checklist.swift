import Privacy

/// What "How to DP-fy ML" (https://arxiv.org/abs/2303.00654), Section 5.3.3, asks every report of a
/// privacy guarantee to state, with the answers of one claim.
struct Checklist {
  private let words: DisclosureWords
  private let claim: PrivacyClaim
  private let tuning: Tuning
  private let manifest: Manifest
  private let gaussian: PrivacyProfile.GaussianBound?
  private let kind: String
  private let isAudited: Bool
  /// Whether it stands in the text of a sweep, which has other sections.
  private let isOfSweep: Bool

  /// - Parameter gaussian: nil where it is unknown, or no Gaussian bounds the profile.
  init(
    _ words: DisclosureWords, claim: PrivacyClaim, tuning: Tuning, manifest: Manifest,
    gaussian: PrivacyProfile.GaussianBound?, kind: String, isAudited: Bool,
    isOfSweep: Bool = false
  ) {
    self.isOfSweep = isOfSweep
    (self.words, self.claim, self.tuning, self.manifest) = (words, claim, tuning, manifest)
    (self.gaussian, self.kind, self.isAudited) = (gaussian, kind, isAudited)
  }

  var facts: [Disclosure.Fact] {
    func fact(_ name: String, _ value: String) -> Disclosure.Fact {
      Disclosure.Fact(name: name, value: value)
    }
    return [
      fact(
        "1. DP setting",
        "\(words.setting) DP in cross-device federated learning; who is trusted with what: "
          + (isOfSweep ? "the report of a run" : "Setting and trust")
      ),
      fact(
        "2a. data accesses covered",
        "only the training of this \(kind); evaluations are not covered, and the choice of settings "
          + (isOfNobody
            ? "was made on simulated clients, which has no privacy cost"
            : tuning.sweep?.randomStopping == nil ? "is not paid" : "is paid by random stopping")
          + ": \(isOfSweep ? "Not covered" : "What touches the data"), Choice of settings"),
      fact("2b. output of the mechanism", claim.covers),
      fact("2c. unit of privacy", "one \(claim.unit) with its entire history (user-level DP)"),
      fact("2d. adjacency", words.adjacency),
      fact("3a. type of accounting", words.accountant),
      fact(
        "3b. accounting assumptions",
        "\(sampling); the simulation draws its cohorts so, and the accountant is told by the sampler what it "
          + "draws; a deployment has to show it: What ε rests on"),
      fact(
        "3c. formal statement",
        "(\(ShownBound.epsilon(claim.epsilon)), \(ShownBound.delta(claim.delta)))-DP"
          + (gaussian.map {
            "; μ-GDP with μ = \(ShownBound.number($0.mu)); all ε and δ: Privacy profile"
          } ?? "")),
      fact(
        "4. transparency and verifiability",
        "fedsim \(manifest.version), source revision \(manifest.sourceRevision ?? "unknown"); "
          + (kind == "launch"
            ? "the launch has no files yet; configuration, model and all files of the simulated run by SHA-256 "
            : "configuration, model and all files by SHA-256 ") + "(`fedsim verify`)"
          + (isAudited ? "; audited with canaries" : "; no empirical audit")),
    ]
  }

  /// Whether the settings were chosen by runs on nobody's data, as far as the files tell.
  private var isOfNobody: Bool { tuning.sweep?.isSimulated ?? tuning.isSimulated }

  private var sampling: String {
    let rate = claim.samplingRate.map { " with rate \(ShownBound.setting($0))" } ?? ""
    return
      "\(claim.sampler) sampling\(rate), clipping, fresh noise, secret cohorts where sampling counts"
  }
}
