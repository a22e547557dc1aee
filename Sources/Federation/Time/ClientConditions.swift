/// What the time of a client's work depends on, of what its phone alone knows.
///
/// The same in every round, for any worker.
package struct ClientConditions: Equatable, Sendable {
  package var client: Int
  /// Examples that it trains on in one round.
  package var examples: Int
  /// When the phone lay idle on a charger and on Wi-Fi, in order and apart; empty where that decides nothing.
  ///
  /// In seconds since the second midnight of the population: of the first day nobody knows who had rested before.
  package var rests: [Range<Int>]

  /// Of a simulated person, an index into `Archetype.all`.
  package var archetype: Int?

  package init(client: Int, examples: Int, rests: [Range<Int>] = []) {
    self.client = client
    self.examples = examples
    self.rests = rests
  }
}
