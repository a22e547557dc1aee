import LinearAlgebra
import Models

/// Steps that are corrected by the difference between the mean gradient of all clients and the client's
/// own, so that heterogeneous clients do not drift apart.
///
/// Karimireddy et al., "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning", ICML 2020
/// (https://arxiv.org/abs/1910.06378), Algorithm 1: y ← y − η (g + c − cᵢ), cᵢ⁺ = cᵢ − c + (x − y)/(K η)
/// (option 2) or the gradient at x (option 1), c ← c + (1/N) Σ (cᵢ⁺ − cᵢ).
///
/// The increment cᵢ⁺ − cᵢ = −c − (y − x)/(K η) does not contain cᵢ. Where all clients take the same
/// number of steps (`training.local.steps`) the server therefore makes c of the sum of the updates that
/// it has anyway; else the increment travels as a second vector, scaled to the size of an update. Both
/// sides use the report as it was after clipping, so that c is the mean of all cᵢ.
package struct Scaffold: Algorithm {
  package static let name = "scaffold"

  /// How a client renews its control variate: 1, the gradient at the model that was sent; 2, the mean
  /// gradient of its steps.
  package var option = 2

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .integer(
      "option", oneOf: [1, 2], of: Self.self, \.option,
      "How a client updates its control variate: 1 by its gradient at the model it "
        + "received, 2 by the mean of its local steps.")
  ]

  private func hasSecondVector(_ settings: AlgorithmSettings) -> Bool {
    option == 1 || settings.local.steps.value == nil
  }

  package func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts {
    var layouts = AlgorithmLayouts(model: settings.model)
    layouts.broadcast.append(settings.model, as: "control")
    if hasSecondVector(settings) { layouts.report.append(settings.model, as: "control") }
    layouts.clientState.append(settings.model, as: "control")
    layouts.serverState.append(settings.model, as: "control")
    return layouts
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.requirePlainSteps(for: Self.name)
    try configuration.requireUniformWeights(for: Self.name)
  }

  package func broadcast(_ model: [Float], _ vectors: [Double]) -> [Float] {
    model + vectors.map { Float($0) }
  }

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    let count = client.settings.count
    let scale = Float(Double(client.settings.mostSteps) * Double(client.rate))
    let second = UnsafeMutableBufferPointer(rebasing: report[(report.count - count)...])
    if option == 1 {
      _ = client.gradient(on: examples, into: second)
      for index in 0..<count {
        let increment = second[index] - client.state[index]
        second[index] = -(increment + client.broadcast[count + index]) * scale
      }
    }
    let training = client.descend(on: examples, into: report) { drift, broadcast, state in
      drift.replaceSubrange(0..<count, with: broadcast[count...])
      Elementwise.subtract(count, state, from: &drift)
    }
    if option == 2, hasSecondVector(client.settings) {
      let share = Float(client.settings.mostSteps) / Float(training.steps)
      for index in 0..<count { second[index] = share * report[index] }
    }
    return training
  }

  package func keep<M: Model>(
    _ client: inout ClientRound<M>, _ report: UnsafeBufferPointer<Float>
  ) {
    let count = client.settings.count
    let scale = Float(1 / (Double(client.settings.mostSteps) * Double(client.rate)))
    let second = UnsafeBufferPointer(rebasing: report[(report.count - count)...])
    let broadcast = client.broadcast
    broadcast.withUnsafeBufferPointer { broadcast in
      let control = UnsafeBufferPointer(rebasing: broadcast[count...])
      client.state.withUnsafeMutableBufferPointer { state in
        for index in 0..<count { state[index] -= control[index] + scale * second[index] }
      }
    }
  }

  package func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double] {
    let count = server.settings.count
    let rate = Double(Float(server.settings.local.learningRate))
    let scale = 1 / (Double(server.settings.mostSteps) * rate)
    let share = server.reported / server.population
    for index in 0..<count {
      // Clients took off what they were sent, in single precision.
      let sent = Double(Float(server.vectors[index]))
      server.vectors[index] -= share * (sent + scale * mean[mean.count - count + index])
    }
    return mean.count == count ? mean : Array(mean[..<count])
  }
}
