/// The server's step along the mean update of a round.
///
/// Reddi et al., "Adaptive Federated Optimization", ICLR 2021 (https://arxiv.org/abs/2003.00295),
/// Algorithm 2; `momentum` is FedAvgM (Hsu et al. 2019, https://arxiv.org/abs/1909.06335).
/// Moments are kept in double precision; the model stays in single.
package struct ServerOptimizer: Codable, Equatable, Sendable {
  private let configuration: ServerConfiguration
  private var firstMoment: DoubleVector
  private var secondMoment: DoubleVector

  package init(_ configuration: ServerConfiguration, parameters: Int) {
    self.configuration = configuration
    let keepsFirst = [.momentum, .adam, .yogi].contains(configuration.optimizer)
    let keepsSecond = [.adagrad, .adam, .yogi].contains(configuration.optimizer)
    firstMoment = DoubleVector([Double](repeating: 0, count: keepsFirst ? parameters : 0))
    // The paper starts the second moment at τ² so that the first steps are no larger than later.
    let floor = configuration.epsilon * configuration.epsilon
    secondMoment = DoubleVector([Double](repeating: floor, count: keepsSecond ? parameters : 0))
  }

  /// Moves `parameters` along `update` (mean of local − global).
  package mutating func step(_ parameters: inout [Float], along update: [Double]) {
    precondition(parameters.count == update.count)
    let rate = configuration.learningRate
    let (beta1, beta2) = (configuration.beta1, configuration.beta2)
    let epsilon = configuration.epsilon
    for index in parameters.indices {
      let delta = update[index]
      let square = delta * delta
      let change: Double
      switch configuration.optimizer {
      case .sgd:
        change = delta
      case .momentum:
        firstMoment.elements[index] = beta1 * firstMoment.elements[index] + delta
        change = firstMoment.elements[index]
      case .adagrad:
        secondMoment.elements[index] += square
        change = delta / (secondMoment.elements[index].squareRoot() + epsilon)
      case .adam, .yogi:
        let first = beta1 * firstMoment.elements[index] + (1 - beta1) * delta
        var second = secondMoment.elements[index]
        if configuration.optimizer == .adam {
          second = beta2 * second + (1 - beta2) * square
        } else if second > square {
          second -= (1 - beta2) * square
        } else if second < square {
          second += (1 - beta2) * square
        }
        firstMoment.elements[index] = first
        secondMoment.elements[index] = second
        change = first / (second.squareRoot() + epsilon)
      }
      parameters[index] = Float(Double(parameters[index]) + rate * change)
    }
  }
}
