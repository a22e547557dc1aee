import Federation

/// What a run says of its hostile clients.
enum AttackNote {
  /// At the beginning of a run; nil without an attack.
  static func planned(_ configuration: Configuration, clients: Int) -> String? {
    guard let attack = configuration.attack.attack,
      let hostile = HostileClients(configuration, clients: clients)
    else { return nil }
    let training = ClientPartition(
      seed: configuration.populationSeed, clients: clients,
      newClientShare: configuration.population.newClientShare
    ).trainingCount
    let start = configuration.attack.shared.fromRound
    let knowledge =
      switch type(of: attack).knowledge {
      case .ownData: "its own data"
      case .honestUpdates: "every honest update of a round"
      }
    return
      "Attack \(type(of: attack).name): \(hostile.count) of the \(training) clients that may train are "
      + "hostile" + (start > 1 ? " from round \(start) on" : "") + "; each knows \(knowledge)."
      + (configuration.privacy.mechanism == .none ? "" : " Epsilon is that of honest clients.")
  }

  /// Why clients may have sent what is no update; nil without an attack.
  static func cause(_ configuration: Configuration) -> String? {
    configuration.attack.attack.map {
      "attack.kind \(type(of: $0).name) makes such updates, or honest training diverged"
    }
  }
}
