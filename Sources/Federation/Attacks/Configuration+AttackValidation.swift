extension Configuration {
  /// Refuses attacks that cannot be, and those with which a claim would be wrong.
  func validateAttack() throws(SettingError) {
    guard let attack = attack.attack else { return }
    let kind = "\(type(of: attack).name)"
    try attack.validate(self)
    if type(of: attack).knowledge == .honestUpdates {
      try require(
        secureAggregation.protocol == .none, "attack.kind",
        "must not be \(kind) with secure_aggregation.protocol: \(secureAggregation.protocol.rawValue): "
          + "it needs the honest updates one by one, which nobody sees there")
      try require(
        secureAggregation.encoding.clip.value == nil, "attack.kind",
        "must not be \(kind) with secure_aggregation.encoding.clip: it needs the honest updates one by one, "
          + "and what is encoded is only seen as a sum")
      try require(
        privacy.mechanism == .none, "attack.kind",
        "must not be \(kind) with privacy.mechanism: \(privacy.mechanism.rawValue): hostile updates would "
          + "repeat what honest clients sent, so that epsilon would not hold")
      try require(
        training.weighting == .uniform, "training.weighting",
        "must be uniform with attack.kind: \(kind), which reckons with the mean of the honest updates"
      )
    }
    try require(
      self.attack.shared.fromRound <= training.rounds, "attack.from_round",
      "(\(self.attack.shared.fromRound)) is after the last round (training.rounds is "
        + "\(training.rounds)), so nothing would be attacked")
    // How many clients a log has is known when it is read.
    if population.source != .file { try requireHostileClients(of: population.clients) }
  }

  /// Refuses a share of the clients that is none of them.
  ///
  /// - Parameter clients: registered clients of the population.
  package func requireHostileClients(of clients: Int) throws(SettingError) {
    guard let hostile = HostileClients(self, clients: clients)?.count else { return }
    try require(
      hostile > 0 || self.attack.shared.share == 0, "attack.share",
      "(\(self.attack.shared.share)) makes none of the clients that train hostile; raise it, or set it "
        + "to 0")
  }
}
