/// How strong an ε is commonly held to be.
///
/// The tiers of Ponomareva et al. 2023, "How to DP-fy ML" (https://arxiv.org/abs/2303.00654).
/// docs/what-epsilon-means.md has other sources and what others have deployed.
package enum EpsilonBand: String, Codable, Sendable, CaseIterable {
  /// ε ≤ 1.
  case strong
  /// ε ≤ 10.
  case reasonable
  /// Above.
  case weak

  /// Above it an ε by itself promises little.
  package static let warningLimit = 10.0

  package init(epsilon: Double) {
    self = epsilon <= 1 ? .strong : epsilon <= Self.warningLimit ? .reasonable : .weak
  }

  /// As part of a sentence.
  package var name: String {
    switch self {
    case .strong: "a strong guarantee (ε ≤ 1)"
    case .reasonable: "a reasonable guarantee (1 < ε ≤ 10)"
    case .weak: "a weak guarantee or none (ε > 10)"
    }
  }

  /// The band and where it comes from, in one sentence.
  package var sentence: String {
    let source = "\"How to DP-fy ML\", Ponomareva et al. 2023"
    return switch self {
    case .strong: "This is a strong guarantee (ε ≤ 1: tier 1 of \(source))."
    case .reasonable: "This is a reasonable guarantee (1 < ε ≤ 10: tier 2 of \(source))."
    case .weak: "This is a weak guarantee or none (ε > 10: tier 3 of \(source))."
    }
  }
}
