import Models

/// Local epochs from the global model, then the difference.
///
/// McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
/// AISTATS 2017 (https://arxiv.org/abs/1602.05629).
package struct FedAvg: Algorithm {
  package static let name = "fedavg"

  package init() {}

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    client.descend(on: examples, into: report)
  }
}
