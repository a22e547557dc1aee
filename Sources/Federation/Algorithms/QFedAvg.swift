import Glibc
import Models

/// FedAvg that gives clients with a large loss more weight, for accuracy that is more alike.
///
/// Li et al., "Fair Resource Allocation in Federated Learning", ICLR 2020
/// (https://arxiv.org/abs/1905.10497): Δᵢ = Fᵢ^q (x − yᵢ)/η and hᵢ = q Fᵢ^(q−1) ‖(x − yᵢ)/η‖² + Fᵢ^q/η,
/// x ← x − Σ Δᵢ / Σ hᵢ, with Fᵢ the loss of the model that was sent on all of the client's examples.
/// Clients report both times η, in units of 8 nats to the power of q: the quotient is the same, and
/// numbers stay small. With q = 0 it is FedAvg to the bit.
package struct QFedAvg: Algorithm {
  package static let name = "qfedavg"

  /// How much more weight; 0 for none.
  package var q = 0.1

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "q", .closed(0...10), of: Self.self, \.q,
      "Fairness: the larger, the more weight clients with a large loss get. 0 is FedAvg.")
  ]

  /// Losses are in this unit (nats).
  private static let unit = 8.0

  package func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts {
    var layouts = AlgorithmLayouts(model: settings.model)
    if q > 0 { layouts.reportScalar("weight") }
    return layouts
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.requireSGD(for: Self.name)
  }

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    guard q > 0 else { return client.descend(on: examples, into: report) }
    let count = client.settings.count
    let update = UnsafeMutableBufferPointer(rebasing: report[..<count])
    let loss = (client.gradient(on: examples, into: update) + 1e-10) / Self.unit
    let training = client.descend(on: examples, into: report)
    let square = update.reduce(0.0) { $0 + Double($1) * Double($1) }
    let weight = pow(loss, q)
    for index in 0..<count { report[index] = Float(weight * Double(report[index])) }
    report[count] = Float(
      q * pow(loss, q - 1) * square / (Self.unit * Double(client.rate)) + weight)
    return training
  }

  package func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double] {
    guard q > 0 else { return mean }
    let count = server.settings.count
    // Noise may leave a weight that no clients have.
    let weight = mean[count]
    guard weight > 0 else { return [Double](repeating: 0, count: count) }
    return mean[..<count].map { $0 / weight }
  }
}
