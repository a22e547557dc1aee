import Foundation

/// What a client program is told of the experiment; sent once, as JSON with snake_case keys.
package struct ProgramSetup: Codable, Equatable, Sendable {
  /// Version of what worker and program say to each other.
  package var `protocol` = 1
  /// Of the experiment.
  package var name: String
  package var seed: UInt64
  /// Registered clients; their ids are 0..<clients.
  package var clients: Int
  /// Numbers of the model.
  package var parameters: Int
  package var rounds: Int
  package var cohortSize: Int
  /// Most examples that one client should train on in a round.
  package var maxExamples: Int
  /// The group `training.local`.
  package var local: Local

  package struct Local: Codable, Equatable, Sendable {
    package var optimizer: String
    package var epochs: Int
    /// Instead of `epochs`; nil where passes are counted.
    package var steps: Int?
    package var batchSize: Int
    package var learningRate: Double
    package var momentum: Double
    package var weightDecay: Double

    package init(
      optimizer: String, epochs: Int, steps: Int?, batchSize: Int, learningRate: Double,
      momentum: Double, weightDecay: Double
    ) {
      self.optimizer = optimizer
      self.epochs = epochs
      self.steps = steps
      self.batchSize = batchSize
      self.learningRate = learningRate
      self.momentum = momentum
      self.weightDecay = weightDecay
    }
  }

  package init(
    name: String, seed: UInt64, clients: Int, parameters: Int, rounds: Int, cohortSize: Int,
    maxExamples: Int, local: Local
  ) {
    self.name = name
    self.seed = seed
    self.clients = clients
    self.parameters = parameters
    self.rounds = rounds
    self.cohortSize = cohortSize
    self.maxExamples = maxExamples
    self.local = local
  }

  package func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys]
    return [UInt8](try encoder.encode(self))
  }
}

/// What a client program says of itself; JSON with snake_case keys, unknown ones are left alone.
package struct ProgramReady: Codable, Equatable, Sendable {
  package static let version = 1

  package var `protocol`: Int
  /// The program and what its numbers depend on, such as versions of libraries.
  package var name: String
  /// Numbers of its model.
  package var parameters: Int
  /// How many clients it has data for; nil for as many as it is told.
  package var clients: Int?

  package init(json: [UInt8]) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Self.self, from: Data(json))
  }
}
