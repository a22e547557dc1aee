import SecureAggregation

extension Configuration {
  /// Whether a client that is made again and told the same things is the same client.
  package var remakesClients: Bool { privacy.randomness == .reproducible }

  /// Where a session's secrets come from, by `privacy.randomness`.
  package func secrets(
    _ purpose: SecretPurpose, round: Int, client: Int = 0
  ) -> SecretSource {
    switch privacy.randomness {
    case .reproducible:
      .keyed(KeyedRandomSource(seed: seed, purpose: purpose, round: round, client: client))
    case .system: .system(SystemRandomSource())
    }
  }
}
