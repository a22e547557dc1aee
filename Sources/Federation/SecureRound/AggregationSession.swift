import Foundation
import SecureAggregation
import Synchronization

/// One round's session as one side sees it; server and clients build it from what they know.
package struct AggregationSession: Sendable {
  package let configuration: Configuration
  package let round: Int
  /// Client ids, ascending; a client's place is its number as a participant.
  package let cohort: [Int]
  package let codec: any UpdateCodec
  let identifier: [UInt8]
  /// Which of the sums of the round it is for.
  package let step: Int
  package let parameters: AggregationParameters
  private let identities: IdentityDirectory

  /// - Parameters:
  ///   - told: what the round says; it has a session.
  ///   - model: what the cohort starts from: all that the server sends.
  package init(
    _ configuration: Configuration, scheme: AggregationScheme, round: Int,
    _ told: RoundParameters, model: [Float]
  ) throws(SecureAggregationError) {
    guard let session = told.session else { preconditionFailure("a round with a session") }
    let cohort = session.cohort
    self.configuration = configuration
    self.round = round
    self.cohort = cohort
    identifier = session.identifier
    step = session.step
    let secure = configuration.secureAggregation
    let requirements = configuration.requirements(cohortSize: cohort.count)
    let neighbourhood = try requirements.neighbourhood(for: scheme)
    let layouts = configuration.algorithmLayouts
    codec = try configuration.codec(
      round: round, cohortSize: cohort.count, length: layouts.report.count, told)
    let slices = layouts.report.slices.map { "\($0.name) \($0.shape)" }
    let layout = (slices + [codec.description]).joined(separator: "\n")
    parameters = try AggregationParameters(
      scheme: scheme, adversary: secure.adversary, cohortSize: cohort.count,
      neighbourhood: neighbourhood, modulus: codec.modulus ?? .bits64,
      vectorLength: codec.length,
      minimumSurvivors: configuration.fewestReporting(of: cohort.count),
      corrupt: requirements.corrupt, session: session.identifier, round: round,
      modelHash: (session.point.isEmpty ? model : model + session.point).withUnsafeBytes {
        Cryptography.hash($0)
      },
      layoutHash: Cryptography.hash(layout.utf8))
    identities = IdentityDirectory(configuration, cohort: cohort)
  }

  /// An identifier for the session of a round.
  ///
  /// - Parameters:
  ///   - attempt: above 0 for a session that is begun again.
  ///   - part: which of the groups, or of the sums, of the round has it.
  package static func identifier(
    _ configuration: Configuration, round: Int, attempt: Int = 0, part: Int = 0
  ) -> [UInt8] {
    // No session is begun again nearly as often.
    precondition(attempt < 1 << 20)
    var source = configuration.secrets(.session, round: round, client: part << 20 | attempt)
    return source.bytes(AggregationParameters.hashLength)
  }

  /// Ed25519 keys by participant; nil against a curious adversary, who needs none.
  package var publicKeys: (@Sendable (_ participant: Int) -> [UInt8]?)? {
    guard parameters.adversary == .active else { return nil }
    return { [identities] in identities.publicKey(of: $0) }
  }

  func credentials(of participant: Int) -> Credentials? {
    publicKeys.map {
      Credentials(identity: identities.identity(of: participant), publicKey: $0)
    }
  }
}

/// Stands for the public-key infrastructure that an active adversary calls for: long-lived keys,
/// known to everybody from a source that the server does not control.
///
/// Keyed by the run's key or the seed: the keys have to be the same in all processes and all rounds.
private final class IdentityDirectory: Sendable {
  private let configuration: Configuration
  private let cohort: [Int]
  private let known = Mutex<[Int: [UInt8]]>([:])

  init(_ configuration: Configuration, cohort: [Int]) {
    self.configuration = configuration
    self.cohort = cohort
  }

  func identity(of participant: Int) -> SigningIdentity {
    var source = configuration.keyedSource(.identity, client: cohort[participant])
    return SigningIdentity(using: &source)
  }

  func publicKey(of participant: Int) -> [UInt8]? {
    guard cohort.indices.contains(participant) else { return nil }
    if let key = known.withLock({ $0[participant] }) { return key }
    let key = identity(of: participant).publicKey
    known.withLock { $0[participant] = key }
    return key
  }
}
