/// Which participants mask against which.
package enum AggregationScheme: String, Codable, Sendable, CaseIterable {
  /// Everybody against everybody: Bonawitz et al. 2017 (https://eprint.iacr.org/2017/281).
  case secagg
  /// Everybody against k neighbours: Bell et al. 2020 (https://eprint.iacr.org/2020/704).
  case secaggPlus = "secagg_plus"
}

/// What the server is assumed to be capable of.
package enum Adversary: String, Codable, Sendable, CaseIterable {
  /// Follows the protocol and reads everything, together with the corrupt participants.
  case curious
  /// Also lies in its messages: identities are signed, participants choose their own neighbours and
  /// disclose shares for one set of survivors only, which enough of them have signed.
  case active
}
