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
    switch configuration.optimizer {
    case .sgd:
      Self.move(&parameters, along: update, rate: rate) { _, delta in delta }
    case .momentum:
      Self.move(&parameters, along: update, rate: rate) { index, delta in
        firstMoment.elements[index] = beta1 * firstMoment.elements[index] + delta
        return firstMoment.elements[index]
      }
    case .adagrad:
      Self.move(&parameters, along: update, rate: rate) { index, delta in
        secondMoment.elements[index] += delta * delta
        return delta / (secondMoment.elements[index].squareRoot() + epsilon)
      }
    case .adam, .yogi:
      Self.move(&parameters, along: update, rate: rate) { index, delta in
        let square = delta * delta
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
        return first / (second.squareRoot() + epsilon)
      }
    }
  }

  /// Workers wait for this loop: whatever can be is decided before it.
  @inline(__always)
  private static func move(
    _ parameters: inout [Float], along update: [Double], rate: Double,
    _ change: (_ index: Int, _ delta: Double) -> Double
  ) {
    for index in parameters.indices {
      parameters[index] = Float(Double(parameters[index]) + rate * change(index, update[index]))
    }
  }
}
