import Foundation
import Privacy
import Tables

extension PrivacyStatement {
  /// The statement in plain words: headings, each with a line or several.
  var statement: [(heading: String, lines: [String])] {
    guard isClaimed else {
      return [
        (
          "Claim",
          [
            "No claim. No noise protects the clients (or no finite ε holds), so nothing bounds what the "
              + "model tells about any of them."
          ]
        ),
        ("What the server sees", [serverView]), ("Not covered", notCovered),
      ]
    }
    var parts = [
      (
        "Who is protected",
        [
          "Each \(unit)'s entire history (user-level differential privacy). A person with two phones is two "
            + "clients and protected less."
        ]
      ),
      ("Against whom", [adversary]), ("What is promised", [promise]),
      ("What it means", meaningLines), ("Neighbours", [neighbours]), ("Noise", [noise]),
      ("Cohorts", [cohorts]), ("Accountant", [accounting]), ("What the server sees", [serverView]),
    ]
    if let launch { parts.insert(("Which training", [Self.text(launch)]), at: 0) }
    if !assumptions.isEmpty { parts.append(("What ε rests on", assumptions.map(Self.sentence))) }
    if let covered { parts.append(("Covered", ["\(covered)."])) }
    parts.append(("Not covered", notCovered))
    if let simulated { parts.append(("The simulated run", [Self.text(simulated)])) }
    if let caveat { parts.append(("Accuracy beside this ε", [Self.sentence(caveat)])) }
    return parts
  }

  private static func text(_ launch: ManifestFacts.Launch) -> String {
    "A launch that has not happened, with cohorts of \(launch.cohortSize) of \(launch.clients) clients and "
      + "\(counted(launch.rounds, "round")) (privacy.noise_cohort_size). The run has simulated its noise. All "
      + "that follows is about the launch. The accuracies are about it as well if the people, the norms of their "
      + "updates and the share of clipped updates are as here; ε does not rest on that."
  }

  private static func text(_ simulated: Simulated) -> String {
    let epsilon = simulated.epsilon.map(ShownBound.epsilon) ?? "∞"
    let delta = simulated.delta.map(ShownBound.delta) ?? "unknown"
    let noise = simulated.noiseMultiplier.map(ShownBound.setting) ?? "unknown"
    return
      "Cohorts of \(simulated.cohortSize), noise of \(noise) clipping bounds: by itself it has ε = \(epsilon) at "
      + "δ = \(delta), \(EpsilonBand(epsilon: simulated.epsilon ?? .infinity).name). The ε of the launch "
      + "protects nobody whose data were in the simulation."
  }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + "."
  }

  private var meaningLines: [String] {
    guard let meaning else { return [] }
    return meaning.warnings(clients: launch?.clients) + [meaning.belief]
      + [meaning.knownCohorts?.sentence].compactMap(\.self) + [meaning.band.sentence]
  }

  private var adversary: String {
    switch mechanism {
    case "local_gaussian":
      "Against everybody, the server included: each client adds all of the noise itself, before "
        + "anything leaves it."
    case "discrete_gaussian", "skellam":
      "Against everybody who sees the model of every round. Each client adds its part of the noise "
        + "and the whole is in the sum"
        + (usesSecureAggregation
          ? "; secure aggregation shows the server that sum and who is in it, nothing else. The "
            + "server need not be trusted with the updates, as long as it keeps to the protocol and "
            + "the clients counted on for noise are honest."
          : ", but without secure aggregation the server sees each update with its small part of "
            + "the noise: the server must be trusted.")
    default:
      "Against everybody who sees the model of every round. The server that adds the noise is "
        + "trusted: it sees \(usesSecureAggregation ? "sums" : "updates") without noise, so against it there "
        + "is no differential privacy."
    }
  }

  private var promise: String {
    guard let meaning else { return "ε or δ is unknown." }
    return
      "\(meaning.claim) for the whole \(launch == nil ? "run" : "training"). \(meaning.promise)"
  }

  private var noise: String {
    "Updates are clipped to a Euclidean norm"
      + (clippingBound == "null" ? "" : " of \(clippingBound)")
      + "; the noise multiplier is "
      + "\(noiseMultiplier.map(ShownBound.setting) ?? "unknown")."
      + (signalToNoise.map {
        " The mean update was \(String(format: "%.3g", $0)) times as large as its noise"
          + (launch == nil
            ? "."
            : " in the simulation, whose mean over fewer clients is longer than the launch's.")
      } ?? "")
  }

  private var neighbours: String {
    switch adjacency {
    case "add_or_remove":
      "Two populations are neighbours when one \(unit) is added or removed (add_or_remove): the \(unit) is "
        + "registered in both, since the list of clients is public, but in one of them has an empty history "
        + "and sends zeros."
    case "zero_out":
      "Two runs are neighbours when one \(unit) sends zeros instead of its updates, in the same "
        + "rounds (zero_out)."
    case "replace_one":
      "Two populations are neighbours when the data of one \(unit) are replaced by others (replace_one)."
    default: "Neighbouring populations: \(adjacency)."
    }
  }

  private var isNoiseOfClients: Bool {
    ["discrete_gaussian", "skellam", "local_gaussian"].contains(mechanism)
  }

  private var cohorts: String {
    let rate = samplingRate.map { String(format: "%.4g", $0) } ?? "unknown"
    return switch sampler {
    case "fixed_size" where isNoiseOfClients:
      "A fresh random set of clients every round, a fraction of \(rate) of the population; the accountant "
        + "makes no use of it and counts every client as if it were in every round."
    case "poisson":
      "Each client joins each round independently with probability \(rate) (Poisson subsampling); cohorts "
        + "have to stay secret."
    case "truncated_poisson":
      "Each client joins independently with probability \(rate); of too many a random subset is kept."
    case "fixed_size":
      "A fresh random set of clients every round, a fraction of \(rate) of the population; cohorts have to "
        + "stay secret."
    case "min_separation":
      "A client that took part is not eligible again for a number of rounds; there is no amplification by "
        + "sampling."
    case "random_allocation":
      "Each client takes part in one round of every block, a fraction of \(rate) of all rounds, which it "
        + "draws at random; the draw has to stay secret."
    case "cyclic":
      "Groups of clients take turns; a client joins with probability \(rate) in its group's turn."
    case "", "none": "Every client may be in every round; there is no amplification by sampling."
    default: "Sampler: \(sampler), rate \(rate)."
    }
  }

  private var accounting: String {
    switch accountant {
    case "pld": "PLD accountant: privacy loss distributions, a pessimistic estimate (pld)."
    case "rdp": "RDP accountant: Rényi differential privacy, converted to (ε, δ) (rdp)."
    case "analytic": "The exact curve of one Gaussian mechanism (analytic)."
    case "zcdp":
      "zCDP accountant: zero-concentrated differential privacy, converted to (ε, δ) (zcdp)."
    default: accountant
    }
  }

  private var serverView: String {
    guard usesSecureAggregation else {
      return "Each individual update: there is no secure aggregation."
    }
    return
      "Only sums over at least \(fewestClients) clients (\(aggregation)), as long as at most a fraction of "
      + "\(corruptFraction) of a cohort colludes with it. Here all clients are one program on one machine: "
      + "the protocol is executed and its cost is real, but it protects nobody here."
  }

  private var notCovered: [String] {
    var parts =
      exceptions.map { text in
        text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
      } ?? [
        "columns that begin with sim_, evaluation.csv, clients.csv and segments.csv, which only a simulator "
          + "can write"
      ]
    if isClaimed, launch == nil {
      parts.append("the choice of settings by looking at several runs on the same clients")
      parts.append("whatever else is published about the same people")
      parts.append(
        randomness == "reproducible"
          ? "an attacker who knows the seed: in reproducible mode noise and cohorts follow from it, so set "
            + "privacy.randomness to system where real people are concerned"
          : "an attacker who reads the checkpoint of an unfinished run, which holds the key that noise and "
            + "cohorts follow from")
    }
    return parts
  }
}
