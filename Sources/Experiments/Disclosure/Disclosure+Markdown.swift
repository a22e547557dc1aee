import Foundation
import Privacy
import Tables

extension Disclosure {
  /// The disclosure as a text that people read as it stands, in Markdown.
  package func markdown() -> String {
    let sections: [(heading: String, lines: [String])] =
      [
        ("In plain words", plainLines), ("The claim", claimLines),
        ("Setting and trust", settingLines),
        ("What is protected", unitLines), ("What touches the data", touchLines),
        ("Mechanism", parameterLines), ("Accounting", accountingLines),
        ("Privacy profile", profileLines), ("What an attacker can learn", attackerLines),
        ("Choice of settings", tuningLines), ("Audit", auditLines),
        ("What ε rests on", bullets(claim.assumptions.map(PrivacyClaim.sentence))),
      ]
      + (claim.accuracyAssumptions.map {
        [("What the accuracy estimate rests on", bullets($0.map(PrivacyClaim.sentence)))]
      } ?? []) + [
        (
          "Checklist of \"How to DP-fy ML\", Section 5.3.3", Self.table("item", "answer", checklist)
        ),
        ("Where it comes from", provenanceLines), ("Notes for engineers", noteLines),
      ]
    let annex = simulated.map { [("Annex: the run that simulated it", annexLines($0))] } ?? []
    let title =
      "# Privacy disclosure\(simulated == nil ? "" : " of a launch"): \(PrintableText.line(name))\n"
    let body = (sections + annex).map {
      "## \($0.heading)\n\n\($0.lines.joined(separator: "\n"))\n"
    }
    return ([title] + body).joined(separator: "\n")
  }

  // MARK: - Sections

  private var claimLines: [String] {
    let epsilon = statements.budget ?? claim.epsilon
    let told =
      statements.budget == nil
      ? meaning
      : EpsilonMeaning(epsilon: epsilon, delta: claim.delta, adjacency: claim.adjacency)
    var lines = [
      "(ε, δ)-differential privacy with **ε = \(ShownBound.epsilon(epsilon)) at δ = "
        + "\(ShownBound.delta(claim.delta))** for one \(claim.unit) of the population, over the whole "
        + "\(simulated == nil ? kind : "training"). \(told.promise) Precisely, for all neighbouring "
        + "populations D, D′ and all sets S of outcomes: P(S given D) ≤ e^ε P(S given D′) + δ.",
      "", told.belief, "", told.band.sentence,
    ]
    if let secrecy = told.knownCohorts?.sentence { lines += ["", secrecy] }
    lines += warnings.flatMap { ["", "**\($0)**"] }
    if let launch = simulated?.claim.launch {
      lines += ["", "It is about a launch that has not happened: \(launch.size)."]
    }
    if statements.budget != nil {
      lines += [
        "",
        "That is its budget, which holds whatever happened. All that follows is of what was spent: "
          + "\(meaning.claim).",
      ]
    }
    if let counts = statements.realisedCounts { lines += ["", counts] }
    if let note { lines += ["", "**Not checked:** \(note)"] }
    return lines
  }

  /// What is of use to whoever made it, and to nobody else.
  private var noteLines: [String] {
    let place = "`\(PrintableText.line(folder))`"
    var lines = [
      simulated.map {
        "The \(kind) in \(place) has simulated the noise of the launch with cohorts of \($0.cohortSize); what "
          + "holds for that run itself is in the annex. ε is rounded up; --json has all digits."
      }
        ?? "This is about the \(kind) in \(place); ε is rounded up, privacy.csv has all digits."
    ]
    if let caveat = claim.caveat {
      lines.append("**Accuracy.** \(PrivacyClaim.sentence(caveat))")
    }
    return bullets(lines)
  }

  private var settingLines: [String] {
    [
      "The setting is **\(setting)** differential privacy."
        + (setting == "central"
          ? " **Against the server there is no differential privacy:** it sees what the table says before it "
            + "adds the noise. Secure aggregation hides single updates in a sum, and adds no noise to it."
          : ""),
      "",
      "| who | sees | is trusted with |", "|---|---|---|",
    ] + parties.map { "| \($0.who) | \($0.sees) | \($0.trustedWith) |" }
  }

  private var unitLines: [String] {
    let day =
      claim.adjacency == .replaceOne
      ? "the update becomes another one, which is what replace_one is about"
      : "the update becomes another one, as if one client were replaced"
    // Not of the unit: a part of a client cannot need more protection than all of it.
    let why =
      claim.adjacency != .replaceOne && deviceDay.epsilon > claim.epsilon
      ? " It is larger than the ε of the whole client because its neighbours are others: a history that is "
        + "replaced moves the sum by up to two clipping bounds, one that is removed by up to one."
      : ""
    return [
      "The unit of privacy is one \(claim.unit): a phone with its entire history (user-level differential "
        + "privacy). Neighbours are \(statements.adjacency).", "",
      "A person with several phones is several clients, and is protected less:", "",
      "| clients | ε | δ | computed by |",
      "|---|---|---|---|",
    ]
      + devices.map {
        "| \($0.clients) | \(ShownBound.epsilon($0.epsilon)) | \(ShownBound.delta($0.delta)) | "
          + "\(method($0.method)) |"
      }
      + (devices.contains { $0.epsilon == .infinity }
        ? ["", "∞ means that the conversion finds no finite ε at this δ, not that there is none."]
        : [])
      + [
        "", meaning.unit, "",
        "One day of one client more or less may change the client's update in every round in which it takes "
          + "part, and the update is clipped as a whole: \(day). So for a client-day ε = "
          + "\(ShownBound.epsilon(deviceDay.epsilon)) at δ = \(ShownBound.delta(deviceDay.delta)) "
          + "(\(method(deviceDay.method))); nothing smaller is claimed.\(why)",
      ]
  }

  private func method(_ method: GroupPrivacy.Method) -> String {
    switch method {
    case .accountant: "the accountant"
    case .groupProperty: "the group-privacy property"
    case .jointSampling: "the accountant, as if all took part whenever one does"
    }
  }

  private var touchLines: [String] {
    ["The epsilon covers \(claim.covers).", "", "It does not cover:", ""]
      + bullets(claim.exceptions)
  }

  private var parameterLines: [String] {
    Self.table("parameter", "value", parameters)
      + [
        "",
        simulated == nil
          ? "The noisy releases, all of which the accountant has counted:"
          : "The noisy releases that the launch would make, all of which the accountant has counted:",
        "",
      ] + bullets(releases)
      + (claim.noise.map { noise in
        ["", (simulated == nil ? "" : "In the simulation: ") + noise.sentence]
          + (simulated?.claim.launch.flatMap { launch in
            noise.ratio == nil
              ? nil : [launch.signalNote(cohort: simulated?.cohortSize ?? 0)]
          } ?? [])
      } ?? [])
  }

  private var accountingLines: [String] {
    ["The accountant is \(statements.accountant)."]
  }

  private var profileLines: [String] {
    var lines = [
      "From the same accountant, all of them upper bounds:", "", "| δ | ε |", "|---|---|",
    ]
    lines += epsilons.map {
      "| \(ShownBound.delta($0.delta)) | \(ShownBound.epsilon($0.epsilon)) |"
    }
    lines += ["", "| ε | δ |", "|---|---|"]
    lines += deltas.map { "| \(ShownBound.number($0.epsilon)) | \(ShownBound.delta($0.delta)) |" }
    lines.append("")
    guard let gaussian else {
      return lines + ["No Gaussian bounds this profile."]
    }
    guard !gaussian.isExact else {
      return lines + [
        "All releases together are exactly one Gaussian: μ-GDP with **μ = \(number(gaussian.mu))**."
      ]
    }
    return lines + [
      "μ-GDP: at most **μ = \(number(gaussian.mu))**, the smallest μ whose Gaussian curve lies nowhere "
        + "below this profile for δ from \(number(gaussian.smallestDelta)) to "
        + "\(number(gaussian.largestDelta)) (https://arxiv.org/abs/2503.10945); it is an upper bound on "
        + "that range and says nothing about smaller δ."
    ]
  }

  private var attackerLines: [String] {
    [
      restsOnSecretCohorts
        ? "An attacker who knows everything except which of the two neighbours it was and who took part in "
          + "which round:"
        : "An attacker who knows everything except which of the two neighbours it was:", "",
    ] + bullets([meaning.belief, meaning.attack]) + [
      "",
      "From the whole profile, the best membership test for one \(claim.unit):", "",
      "| false positive rate | true positive rate, at most |", "|---|---|",
    ]
      + attacker.testPower.map {
        "| \(ShownBound.percent($0.falsePositiveRate)) | "
          + "\(ShownBound.percent($0.largestTruePositiveRate)) |"
      }
  }

  private var auditLines: [String] {
    guard !audit.isEmpty else { return ["No audit was part of this \(kind)."] }
    return [
      "What canaries showed after the last round (`fedsim audit`):", "", "| | |", "|---|---|",
    ]
      + audit.map { "| `\($0.name)` | \($0.value) |" } + [
        "", "An audit that stays below the claim does not prove it.",
      ]
  }

  // MARK: - Words

  private func bullets(_ lines: [String]) -> [String] { lines.map { "* \($0)" } }

  static func table(_ first: String, _ second: String, _ facts: [Fact]) -> [String] {
    ["| \(first) | \(second) |", "|---|---|"] + facts.map { "| \($0.name) | \($0.value) |" }
  }

  private func number(_ value: Double) -> String { ShownBound.number(value) }
}
