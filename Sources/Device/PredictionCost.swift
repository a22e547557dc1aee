import Federation
import Models
import UsageData

/// What one prediction costs in operations, energy and money.
///
/// An upper end, from stated figures, not a measurement: arithmetic at the energy of a whole
/// processor instruction, and every parameter read from main memory for each prediction.
package struct PredictionCost: Equatable, Sendable {
  /// Joules of an instruction with its fetch and control, 45 nm (Horowitz, "Computing's energy
  /// problem", ISSCC 2014, https://doi.org/10.1109/ISSCC.2014.6757323: 70 pJ).
  package static let joulesPerOperation = 70e-12
  /// Joules to read 64 bits from DRAM (the same source, upper end: 2.6 nJ).
  package static let joulesPerWord = 2.6e-9
  /// Of the energy from the socket, what reaches the processor: charger, battery, converters.
  package static let efficiency = 0.6
  /// Assumed prices: a household's electricity in India, and the currency.
  package static let rupeesPerKilowattHour = 8.0
  package static let rupeesPerDollar = 85.0
  /// Of one candidate's features: 16 sources, their logarithms (20 each), 8 indicators.
  package static let featureOperationsPerCandidate = 450.0

  package let operations: Double
  package let joules: Double

  package var rupees: Double { joules / 3.6e6 * Self.rupeesPerKilowattHour }
  package var dollars: Double { rupees / Self.rupeesPerDollar }

  /// - Parameter candidates: how many there are on average.
  package init(of configuration: Configuration, parameters: Int, candidates: Double) {
    operations =
      Self.modelOperations(of: configuration, candidates: candidates)
      + Self.featureOperationsPerCandidate * candidates
    joules =
      (operations * Self.joulesPerOperation + Double(parameters) / 2 * Self.joulesPerWord)
      / Self.efficiency
  }

  /// Multiplications and additions of the forward pass.
  private static func modelOperations(
    of configuration: Configuration, candidates: Double
  ) -> Double {
    let shape = configuration.exampleShape
    let model = configuration.model
    let linear = 2 * Double(shape.candidateWidth) * candidates
    let hidden = Double(model.hidden)
    let steps = Double(shape.sequenceLength)
    let input = Double(model.embedding + shape.stepWidth)
    let network =
      2
      * (4 * hidden * (steps * input + (steps - 1) * hidden) + hidden * Double(shape.vocabulary))
    switch model.kind {
    case .logistic: return linear
    case .softmax: return 2 * Double(shape.contextWidth * shape.vocabulary)
    case .lstm: return network
    case .lstmRanker: return network + linear
    case .worker: return 0
    }
  }
}
