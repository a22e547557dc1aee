import Models

/// Local steps with the momentum of the server, which stays as it is while clients train.
///
/// Karimireddy et al., "Breaking the centralized barrier for cross-device federated learning", NeurIPS
/// 2021 (https://arxiv.org/abs/2008.03606), MimeLite with SGD and momentum: y ← y − η (g + β m), and
/// m ← β m + mean of the clients' gradients at x, which travel as a second vector.
package struct MimeLite: Algorithm {
  package static let name = "mimelite"

  /// Momentum β.
  package var beta = 0.9

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number("beta", .halfOpen(0..<1), of: Self.self, \.beta, "Momentum of the server.")
  ]

  package func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts {
    var layouts = AlgorithmLayouts(model: settings.model)
    layouts.broadcast.append(settings.model, as: "momentum")
    layouts.report.append(settings.model, as: "gradient")
    layouts.serverState.append(settings.model, as: "momentum")
    return layouts
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.requirePlainSteps(for: Self.name)
  }

  package func broadcast(_ model: [Float], _ vectors: [Double]) -> [Float] {
    model + vectors.map { Float($0) }
  }

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    let (count, beta) = (client.settings.count, Float(beta))
    _ = client.gradient(
      on: examples, into: UnsafeMutableBufferPointer(rebasing: report[count...]))
    return client.descend(on: examples, into: report) { drift, broadcast, _ in
      for index in drift.indices { drift[index] = beta * broadcast[count + index] }
    }
  }

  package func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double] {
    let count = server.settings.count
    for index in 0..<count {
      server.vectors[index] = beta * server.vectors[index] + mean[count + index]
    }
    return Array(mean[..<count])
  }
}
