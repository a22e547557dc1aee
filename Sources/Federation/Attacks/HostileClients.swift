/// Which clients are hostile: a fixed share of those that may train.
///
/// A keyed permutation of the training clients puts them last, so that no list is kept. Cohorts have more
/// or fewer of them. Canaries of an audit are never hostile.
package struct HostileClients: Sendable {
  private let registered: ClientPartition
  private let chosen: ClientPartition

  /// Nil without an attack.
  ///
  /// - Parameter clients: registered clients of the population.
  package init?(_ configuration: Configuration, clients: Int) {
    guard configuration.attack.attack != nil else { return nil }
    registered = ClientPartition(
      seed: configuration.populationSeed, clients: clients,
      newClientShare: configuration.population.newClientShare)
    chosen = ClientPartition(
      seed: configuration.seed, clients: registered.trainingCount,
      newClientShare: configuration.attack.shared.share, purpose: .hostileClients)
  }

  /// Hostile clients of the whole population.
  package var count: Int { chosen.newCount }

  package func contains(_ client: Int) -> Bool {
    registered.trainingPosition(of: client).map(chosen.isHeldOut) ?? false
  }
}
