/// Everything that must survive between rounds; this value is the checkpoint.
package struct ServerState: Codable, Equatable, Sendable {
  /// Rounds finished.
  package private(set) var round = 0
  private var model: FloatVector
  private var optimizer: ServerOptimizer
  /// Rows of the predictors that no round changes, measured once.
  package var constantRows: [MeasuredRow] = []

  package init(parameters: [Float], server: ServerConfiguration) {
    model = FloatVector(parameters)
    optimizer = ServerOptimizer(server, parameters: parameters.count)
  }

  package var parameters: [Float] { model.elements }

  /// Steps along the weighted mean of the reported updates and returns its Euclidean norm.
  ///
  /// A round in which nobody reported leaves the model as it was.
  package mutating func finishRound(with sum: UpdateSum) -> Double {
    round += 1
    guard sum.count > 0 else { return 0 }
    let mean = sum.mean()
    optimizer.step(&model.elements, along: mean)
    return mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
