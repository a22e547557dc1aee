import Privacy
import Tables

/// Where a claim comes from: the choice of its settings, the files, and what has simulated it.
extension Disclosure {
  func annexLines(_ simulation: Simulation) -> [String] {
    [
      "**Nothing above holds for the clients of this run.** It added the noise of the launch to the mean of "
        + "much smaller cohorts, so its own guarantee is another one:", "",
      "* The run: \(simulation.claim.simulatedSentence)",
      simulation.clients.map {
        "* Population of the simulation: \(counted($0, "simulated client")), nobody's data."
      }
        ?? "* Population of the simulation: the clients of a log, whose data that guarantee is about.",
    ] + simulation.releases.map { "* Its releases: \($0)." } + [
      "",
      "privacy.csv, the ledger and the summary of the run hold this ε as `epsilon`, and that of the launch "
        + "as `launch_epsilon` in the summary. Of the simulated run:", "",
    ] + ["| | |", "|---|---|"] + hashes.map { "| \($0.name) | `\($0.value)` |" }
  }

  var tuningLines: [String] {
    var lines: [String] = []
    let training = simulated == nil ? "this run" : "the training"
    if let sweep = tuning.sweep {
      lines.append(
        "The run is one of \(sweep.points) points of a sweep. The ε above covers only \(training)"
          + (sweep.isSimulated
            ? "."
            : ": the choice of this point by its results is "
              + (sweep.randomStopping == nil
                ? "**not paid** in it." : "paid by random stopping as follows."))
      )
      lines += [""] + sweep.lines
    } else if let above = tuning.pointOf {
      lines.append(
        "The run is a point of the sweep in `\(PrintableText.line(above))`, of which no other run on these "
          + "people has finished with noise yet. The ε above is of \(training) alone. "
          + (tuning.isSimulated
            ? "The clients are simulated, so choosing this point by its results has no privacy cost."
            : "The choice of this point by its results is **not paid** in it."))
    } else {
      lines.append(
        "The files tell of no other run from which these settings were chosen. If they were chosen by "
          + "looking at runs on "
          + (tuning.isSimulated
            ? "simulated clients, that has no privacy cost; if by runs on the people whom a claim is about, "
              + "it is **not paid** here."
            : "the same people, that is **not paid** here."))
    }
    if simulated != nil {
      lines += [
        "",
        "The ε is that of one training at the launch. ε adds up: training again on the launch's clients, and "
          + "every earlier or later model that was or is trained on them, comes on top of it, so keep a ledger "
          + "of all of them.",
      ]
      if tuning.ledger == nil { return lines }
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
        + "together ε = \(ShownBound.epsilon(ledger.basic.epsilon)) at δ = \(ShownBound.delta(ledger.basic.delta)) "
        + "(\(ledger.basic.adjacency.rawValue), basic composition)"
        + (ledger.joint.map {
          "; ε = \(ShownBound.epsilon($0.epsilon)) at δ = \(ShownBound.delta($0.delta)) by one \($0.accountant.rawValue) "
            + "accountant, if the runs were fixed beforehand"
        } ?? "") + "." + (ledger.deltaNote.map { " \($0)" } ?? ""),
    ]
    return lines
  }

  private static let hash = "SHA-256"
  private var hashes: [Fact] { provenance.filter { $0.name.hasPrefix(Self.hash) } }

  var provenanceLines: [String] {
    let facts =
      simulated == nil ? provenance : provenance.filter { !$0.name.hasPrefix(Self.hash) }
    return ["| | |", "|---|---|"] + facts.map { "| \($0.name) | `\($0.value)` |" } + [
      "",
      (simulated == nil
        ? "" : "The launch has no files yet; the hashes of the simulated run's are in the annex. ")
        + "`fedsim verify` checks the files; the program is one simulator on one machine, in which the "
        + "devices are not apart from the server. Floating-point noise is rounded to a fixed grid before it "
        + "leaves the mechanism; the time that sampling takes is not hidden.",
    ]
  }
}
