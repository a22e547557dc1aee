import Foundation
import Privacy
import Tables

extension Disclosure {
  /// The disclosure as a text that people read as it stands, in Markdown.
  package func markdown() -> String {
    let sections: [(heading: String, lines: [String])] = [
      ("The claim", claimLines), ("Setting and trust", settingLines),
      ("What is protected", unitLines), ("What touches the data", touchLines),
      ("Mechanism", parameterLines), ("Accounting", accountingLines),
      ("Privacy profile", profileLines), ("What an attacker can learn", attackerLines),
      ("Choice of settings", tuningLines), ("Audit", auditLines),
      ("What it rests on", bullets(claim.assumptions.map(sentence))),
      ("Where it comes from", provenanceLines),
    ]
    let title = "# Privacy disclosure: \(PrintableText.line(name))\n"
    let body = sections.map { "## \($0.heading)\n\n\($0.lines.joined(separator: "\n"))\n" }
    return ([title] + body).joined(separator: "\n")
  }

  // MARK: - Sections

  private var claimLines: [String] {
    let epsilon = statements.budget ?? claim.epsilon
    var lines = [
      "(ε, δ)-differential privacy with **ε = \(epsilon) at δ = \(claim.delta)** for "
        + "one \(claim.unit) of the population, over the whole \(kind): between neighbours, no set of "
        + "outcomes becomes more than e^ε = \(number(exp(epsilon))) times as likely plus δ.",
      "", "It is about the \(kind) in `\(PrintableText.line(folder))`.",
    ]
    if statements.budget != nil {
      lines += [
        "",
        "That is its budget, which holds whatever happened. All that follows is of what was spent: "
          + "ε = \(claim.epsilon) at δ = \(claim.delta).",
      ]
    }
    if let counts = statements.realisedCounts { lines += ["", counts] }
    if let note { lines += ["", "**Not checked:** \(note)"] }
    return lines
  }

  private var settingLines: [String] {
    [
      "The setting is **\(setting)** differential privacy.", "",
      "| who | sees | is trusted with |", "|---|---|---|",
    ] + parties.map { "| \($0.who) | \($0.sees) | \($0.trustedWith) |" }
  }

  private var unitLines: [String] {
    let day =
      claim.adjacency == .replaceOne
      ? "the update becomes another one, which is what replace_one is about"
      : "the update becomes another one, as if one client were replaced"
    return [
      "The unit of privacy is one \(claim.unit): one device with its whole history. Neighbours are "
        + "\(statements.adjacency).", "",
      "A person with several devices is protected less:", "", "| devices | ε | δ | computed by |",
      "|---|---|---|---|",
    ]
      + devices.map {
        "| \($0.clients) | \(number($0.epsilon)) | \(number($0.delta)) | \(method($0.method)) |"
      } + [
        "",
        "One day of one device more or less may change the device's update in every round that it takes "
          + "part in, and the update is clipped as a whole: \(day). So for a device-day ε = "
          + "\(number(deviceDay.epsilon)) at δ = \(number(deviceDay.delta)) (\(method(deviceDay.method))); "
          + "nothing smaller is claimed.",
      ]
  }

  private func method(_ method: GroupPrivacy.Method) -> String {
    switch method {
    case .accountant: "the accountant"
    case .groupProperty: "the group-privacy property"
    }
  }

  private var touchLines: [String] {
    ["The epsilon covers \(claim.covers).", "", "It does not cover:", ""]
      + bullets(
        claim.doesNotCover.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) })
  }

  private var parameterLines: [String] {
    ["| parameter | value |", "|---|---|"]
      + parameters.map { "| \($0.name) | \($0.value) |" }
      + ["", "The noisy releases, all of which the accountant has counted:", ""] + bullets(releases)
  }

  private var accountingLines: [String] {
    ["The accountant is \(statements.accountant)."]
  }

  private var profileLines: [String] {
    var lines = ["From the same accountant, upper bounds all:", "", "| δ | ε |", "|---|---|"]
    lines += epsilons.map { "| \(number($0.delta)) | \(number($0.epsilon)) |" }
    lines += ["", "| ε | δ |", "|---|---|"]
    lines += deltas.map { "| \(number($0.epsilon)) | \(number($0.delta)) |" }
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
      "Somebody who knows everything but which of two neighbours it was, and holds both for equally "
        + "likely, comes to be more than \(percent(attacker.posterior)) sure (e^ε / (1 + e^ε)) with a "
        + "probability of at most \(number(attacker.probabilityOfMore)), and over all outcomes guesses "
        + "right at most \(percent(attacker.largestShareOfRightGuesses)) of the time.", "",
      "From the whole profile, the best test for one \(claim.unit):", "",
      "| wrongly accused | found at most |", "|---|---|",
    ]
      + attacker.testPower.map {
        "| \(percent($0.falsePositiveRate)) | \(percent($0.largestTruePositiveRate)) |"
      }
  }

  private var tuningLines: [String] {
    var lines: [String] = []
    if let sweep = tuning.sweep {
      lines.append(
        "The run is one of \(sweep.points) points of a sweep. Its ε is of this run alone: "
          + "the choice of this point by its results is "
          + (sweep.randomStopping == nil
            ? "**not paid** in it." : "paid by random stopping as follows."))
      lines += [""] + sweep.lines
    } else {
      lines.append(
        "The files tell of no other run from which these settings were chosen. If they were chosen by "
          + "looking at runs on the same people, that is **not paid** here.")
    }
    guard let ledger = tuning.ledger else {
      return lines + [
        "",
        "There is no ledger (privacy.ledger), so what else was released about the same people is "
          + "unknown here.",
      ]
    }
    lines += [
      "",
      "The ledger `\(PrintableText.line(ledger.file))` of these people has "
        + (ledger.entries == 1 ? "1 entry: " : "\(ledger.entries) entries: ")
        + "together ε = \(number(ledger.basic.epsilon)) at δ = \(number(ledger.basic.delta)) "
        + "(\(ledger.basic.adjacency.rawValue), basic composition)"
        + (ledger.joint.map {
          "; ε = \(number($0.epsilon)) at δ = \(number($0.delta)) by one \($0.accountant.rawValue) "
            + "accountant, if the runs were fixed beforehand"
        } ?? "") + "." + (ledger.deltaNote.map { " \($0)" } ?? ""),
    ]
    return lines
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

  private var provenanceLines: [String] {
    ["| | |", "|---|---|"] + provenance.map { "| \($0.name) | `\($0.value)` |" } + [
      "",
      "`fedsim verify` checks the files; the program is one simulator on one machine, in which the "
        + "devices are not apart from the server. Floating-point noise is rounded to a fixed grid before it "
        + "leaves the mechanism; the time that sampling takes is not hidden.",
    ]
  }

  // MARK: - Words

  private func bullets(_ lines: [String]) -> [String] { lines.map { "* \($0)" } }

  private func sentence(_ text: String) -> String {
    let text = text.trimmingCharacters(in: .whitespaces)
    return text.prefix(1).uppercased() + text.dropFirst() + "."
  }

  /// A bound in four digits, rounded up; what has no more digits stays as it is.
  private func number(_ value: Double) -> String {
    guard value.isFinite else { return "∞" }
    let near = String(format: "%.4g", value)
    guard value > 0, let shown = Double(near), shown < value * (1 - 1e-12) else { return near }
    return String(format: "%.4g", shown + pow(10, (log10(shown)).rounded(.down) - 3))
  }

  /// Rounded up; near 100 by as many digits as tell it from that.
  private func percent(_ share: Double) -> String {
    guard share > 0.999, share < 1 else { return "\(number(100 * share)) %" }
    let rest = 100 * (1 - share)
    let digits = max(2, Int(-log10(rest).rounded(.down)) + 2)
    guard digits < 12 else { return "100 %" }
    let unit = pow(10, Double(-digits))
    return String(format: "%.\(digits)f %%", 100 - (rest / unit).rounded(.down) * unit)
  }
}
