import LinearAlgebra
import SecureAggregation

extension Configuration {
  /// Whether a client that is made again and told the same things is the same client.
  package var remakesClients: Bool { privacy.randomness == .reproducible || secret != nil }

  /// Where a session's secrets come from, by `privacy.randomness`.
  ///
  /// Where noise protects the clients a round that is repeated after a crash must be the same round, so
  /// its secrets follow from the run's key.
  package func secrets(
    _ purpose: SecretPurpose, round: Int, client: Int = 0, context: [UInt8] = []
  ) -> SecretSource {
    switch privacy.randomness {
    case .system where secret == nil: .system(SystemRandomSource())
    case .reproducible, .system:
      .keyed(keyedSource(purpose, round: round, client: client, context: context))
    }
  }

  /// What client and server of a session draw again whenever they need it.
  func keyedSource(
    _ purpose: SecretPurpose, round: Int = 0, client: Int = 0, context: [UInt8] = []
  ) -> KeyedRandomSource {
    guard let secret else {
      return KeyedRandomSource(
        seed: seed, purpose: purpose, round: round, client: client, context: context)
    }
    let words = secret.key(
      .secrets, purpose: UInt64(purpose.rawValue), round: round, client: client)
    let bytes = (0..<4).flatMap { index in
      (0..<8).map { UInt8(truncatingIfNeeded: words[index] >> UInt64(8 * $0)) }
    }
    return KeyedRandomSource(
      secret: bytes, purpose: purpose, round: round, client: client, context: context)
  }
}
