import Federation
import Foundation
import Testing

/// Twenty steps of every optimizer against Vectors/server_optimizers.py (NumPy, double precision).
struct ServerOptimizerTests {
  struct Vectors: Decodable {
    let rate: Double
    let beta1: Double
    let beta2: Double
    let epsilon: Double
    let start: [Float]
    let updates: [[Double]]
    let parameters: [String: [[Double]]]

    func configuration(_ optimizer: ServerConfiguration.Optimizer) -> ServerConfiguration {
      var configuration = Configuration().training.server
      configuration.optimizer = optimizer
      configuration.learningRate = rate
      configuration.beta1 = beta1
      configuration.beta2 = beta2
      configuration.epsilon = epsilon
      return configuration
    }
  }

  static func load() throws -> Vectors { try vectors("server_optimizers.json", as: Vectors.self) }

  @Test(arguments: ServerConfiguration.Optimizer.allCases)
  func stepsEqualNumPy(name: ServerConfiguration.Optimizer) throws {
    let vectors = try Self.load()
    let expected = try #require(vectors.parameters[name.rawValue])
    #expect(expected.count == 20)
    var optimizer = ServerOptimizer(
      vectors.configuration(name), parameters: vectors.start.count)
    var parameters = vectors.start
    for (step, update) in vectors.updates.enumerated() {
      optimizer.step(&parameters, along: update)
      for (actual, expected) in zip(parameters, expected[step]) {
        // The model is in single precision: half a unit in the last place per step.
        let tolerance = Double(step + 1) * Double(max(1, actual.magnitude).ulp)
        #expect(abs(Double(actual) - expected) < tolerance, "step \(step)")
      }
    }
  }

  /// A stored optimizer goes on exactly where it was.
  @Test(arguments: ServerConfiguration.Optimizer.allCases)
  func survivesCoding(name: ServerConfiguration.Optimizer) throws {
    let vectors = try Self.load()
    var optimizer = ServerOptimizer(
      vectors.configuration(name), parameters: vectors.start.count)
    var parameters = vectors.start
    for update in vectors.updates.prefix(10) { optimizer.step(&parameters, along: update) }
    let data = try PropertyListEncoder().encode(optimizer)
    var restored = try PropertyListDecoder().decode(ServerOptimizer.self, from: data)
    #expect(restored == optimizer)
    var others = parameters
    for update in vectors.updates.suffix(10) {
      optimizer.step(&parameters, along: update)
      restored.step(&others, along: update)
    }
    #expect(others == parameters)
  }
}
