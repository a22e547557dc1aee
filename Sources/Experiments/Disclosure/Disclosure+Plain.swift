import Privacy
import Tables

extension Disclosure {
  /// What anybody may publish as it stands: no path, no option and no advice.
  var plainLines: [String] {
    [
      [trainedSentence, plainMeaning.belief, protectedSentence, againstSentence, limits].joined(
        separator: " ")
    ]
  }

  private var plainMeaning: EpsilonMeaning {
    guard let budget = statements.budget else { return meaning }
    return EpsilonMeaning(epsilon: budget, delta: claim.delta, adjacency: claim.adjacency)
  }

  private var trainedSentence: String {
    let promise = "differential privacy of \(plainMeaning.claim) for each client"
    if let launch = simulated?.claim.launch {
      return "A model will be trained by federated learning among "
        + "\(counted(launch.clients, "client")) in \(counted(rounds, "round")), with \(promise)."
    }
    let who =
      tuning.isSimulated
      ? claim.clients.map { counted($0, "simulated client") } ?? "simulated clients"
      : claim.clients.map { counted($0, "client") } ?? "the clients of a log"
    return "A model was trained by federated learning among \(who) in \(counted(rounds, "round")), "
      + "with \(promise)."
  }

  private var protectedSentence: String {
    "A client is one phone with its entire history"
      + (meaning.twoClients.map {
        $0.epsilon.isFinite
          ? "; for a person with two phones it is ε = \(ShownBound.epsilon($0.epsilon))." : "."
      } ?? ".")
  }

  private var againstSentence: String {
    let models =
      setting == "local"
      ? "everybody, the server included" : "everybody who sees the model of any round"
    let secret =
      restsOnSecretCohorts ? " and does not know which clients take part in which round" : ""
    let known =
      meaning.knownCohorts.map {
        "; against somebody who knows it, ε = \(ShownBound.epsilon($0.epsilon)) for a client in at most "
          + counted($0.participations, "round")
      } ?? ""
    let server =
      switch setting {
      case "central": " The server is trusted: against it there is no differential privacy."
      case "distributed": " The server is trusted to keep to the protocol of secure aggregation."
      default: ""
      }
    return "This holds against \(models)\(secret)\(known).\(server)"
  }

  private var limits: String {
    "It rests on the assumptions of the full disclosure, and does not cover evaluations, nor a choice of "
      + "settings by other trainings."
  }
}
