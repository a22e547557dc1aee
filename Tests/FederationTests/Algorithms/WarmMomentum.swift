import Federation
import Models

/// FedAvg with a momentum of the server's own that grows over the first rounds.
package struct WarmMomentum: Algorithm {
  package static let name = "warm_momentum"

  package var momentum = 0.9
  package var warmUpRounds = 10

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "momentum", .halfOpen(0..<1), of: Self.self, \.momentum,
      "Share of the previous direction that is kept."),
    .integer(
      "warm_up_rounds", 0...1_000_000, unit: "rounds", of: Self.self, \.warmUpRounds,
      "Rounds in which the momentum grows to this value."),
  ]

  package func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts {
    var layouts = AlgorithmLayouts(model: settings.model)
    layouts.serverState.append(settings.model, as: "direction")
    layouts.serverState.append("rounds", 1)
    return layouts
  }

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining { client.descend(on: examples, into: report) }

  package func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double] {
    let kept = momentum * min(1, server.vectors[mean.count] / Double(max(1, warmUpRounds)))
    server.vectors[mean.count] += 1
    for index in mean.indices { server.vectors[index] = kept * server.vectors[index] + mean[index] }
    return Array(server.vectors[..<mean.count])
  }
}
