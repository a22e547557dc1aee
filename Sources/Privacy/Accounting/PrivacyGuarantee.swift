/// How an ε was computed.
package enum Accountant: String, Codable, Sendable, CaseIterable {
  /// The tightest of the others that is valid.
  case automatic = "auto"
  /// The exact (ε, δ) curve of one Gaussian (Balle and Wang 2018).
  case analytic
  /// Privacy loss distributions, an upper bound (Doroshenko et al. 2022).
  case pld
  /// Rényi differential privacy with the tight conversion (Canonne, Kamath and Steinke 2020).
  case rdp
  /// Zero-concentrated differential privacy, by the same conversion at the best real order.
  case zcdp
}

/// An (ε, δ) claim and everything it rests on.
package struct PrivacyGuarantee: Codable, Equatable, Sendable {
  /// Infinite when no finite ε holds at this δ.
  package var epsilon: Double
  package var delta: Double
  package var accountant: Accountant
  package var adjacency: Adjacency
  /// What must be true of the run, one sentence each.
  package var assumptions: [String]

  package init(
    epsilon: Double, delta: Double, accountant: Accountant, adjacency: Adjacency,
    assumptions: [String] = []
  ) {
    (self.epsilon, self.delta) = (epsilon, delta)
    (self.accountant, self.adjacency) = (accountant, adjacency)
    self.assumptions = assumptions
  }
}
