import LinearAlgebra
import Models

/// A hostile client reports noise instead of an update.
///
/// Knows the number of parameters alone. Blanchard et al., "Machine Learning with Adversaries: Byzantine
/// Tolerant Gradient Descent", NeurIPS 2017 (https://arxiv.org/abs/1703.02757).
package struct GaussianUpdates: Attack {
  package static let name = "gaussian"

  /// Standard deviation of each coordinate.
  package var deviation = 1.0

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "deviation", .positive(1e-9...1e6), of: Self.self, \.deviation,
      "Standard deviation of every coordinate of the noise.")
  ]

  package func alter(_ report: UnsafeMutableBufferPointer<Float>, _ context: AttackContext) {
    var stream = context.stream()
    for index in report.indices { report[index] = Float(deviation * stream.normal()) }
  }
}
