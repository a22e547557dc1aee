import Models

/// A hostile client reports its own update reversed, and so many times as long.
///
/// Knows its own data. Li et al., "RSA: Byzantine-Robust Stochastic Aggregation Methods for Distributed
/// Learning from Heterogeneous Datasets", AAAI 2019 (https://arxiv.org/abs/1811.03761), reverses with a scale
/// of 4; 1 is the plain reversal.
package struct SignFlip: Attack {
  package static let name = "sign_flip"

  /// Length of what is sent over that of the own update.
  package var scale = 1.0

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "scale", .positive(1e-6...1e6), of: Self.self, \.scale,
      "Length of the sent update, in lengths of the client's own update; the direction is "
        + "the opposite one.")
  ]

  package func alter(_ report: UnsafeMutableBufferPointer<Float>, _ context: AttackContext) {
    let factor = -Float(scale)
    for index in report.indices { report[index] *= factor }
  }
}
