/// Why secure aggregation was refused or stopped.
package enum SecureAggregationError: Error, Equatable, CustomStringConvertible {
  /// The request cannot be met by any setting of the protocol or the encoding.
  case infeasible(String)
  /// A number that cannot be encoded, or a sum that cannot be decoded.
  case unencodable(String)
  /// Bytes that are not the message they should be.
  case malformed(String)
  /// A message of another session, another participant or another moment.
  case unexpected(String)
  /// A public key that is of low order, repeated, or one's own.
  case refusedKey(participant: Int)
  /// A ciphertext, a share or a signature that was not made by whom it names.
  case notAuthentic(participant: Int)
  /// Shares that their owners sealed for this participant, and that do not open.
  case unopenedShares(from: [Int])
  /// Who spoils the session for others; it can be begun again without them.
  case spoiled(by: [Int])
  /// Too few participants are left; nothing was revealed.
  case belowThreshold(remaining: Int, required: Int)
  /// The shares of one participant do not lead to the secret it committed to.
  case inconsistentShares(participant: Int)
  /// Masks did not cancel: participants were told different things, or one of them lied.
  case inconsistentSum

  package var description: String {
    switch self {
    case .infeasible(let reason): reason
    case .unencodable(let reason): reason
    case .malformed(let what): "a malformed secure-aggregation message: \(what)"
    case .unexpected(let what): "an unexpected secure-aggregation message: \(what)"
    case .refusedKey(let participant):
      "participant \(participant) presented a public key that is of low order or used twice"
    case .notAuthentic(let participant):
      "a message in the name of participant \(participant) is not authentic"
    case .unopenedShares(let owners):
      "the shares of participant \(owners.map(String.init).joined(separator: ", ")) do not open"
    case .spoiled(let participants):
      "participant \(participants.map(String.init).joined(separator: ", ")) sent shares that do not"
        + " open, or says so of too many others"
    case .belowThreshold(let remaining, let required):
      "\(remaining) participants are left where secure aggregation needs \(required)"
    case .inconsistentShares(let participant):
      "the shares of participant \(participant) do not reconstruct its secret"
    case .inconsistentSum:
      "the masks did not cancel: the participants do not agree on the session"
    }
  }
}
