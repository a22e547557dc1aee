import Models

/// What an algorithm sends, keeps and gets back, as named slices of flat vectors.
package struct AlgorithmLayouts: Equatable, Sendable {
  /// Server → client, the model first.
  package var broadcast: ParameterLayout
  /// Client → server: what is clipped, encoded and summed, the update of the model first.
  package var report: ParameterLayout
  /// How many of the last numbers of the report are no part of a vector along which anything moves, but say
  /// something about it, such as a number of steps.
  package var reportedScalars = 0
  /// Stays with a client between its rounds; empty for none.
  package var clientState = ParameterLayout()
  /// Where in `clientState` lies what the client keeps of a model of its own; nil where it keeps nothing.
  package var personal: Range<Int>?
  /// Stays with the server beside the model; empty for none.
  package var serverState = ParameterLayout()

  /// The model there, its update back.
  package init(model: ParameterLayout) {
    broadcast = model
    report = model
  }

  /// Lets clients report one number beside the vectors; what comes after it must be one too.
  package mutating func reportScalar(_ name: String) {
    report.append(name, 1)
    reportedScalars += 1
  }
}

/// A federated algorithm: four layouts and two functions.
///
/// The value holds the settings. One file each in this folder, registered in `AlgorithmGroup.all`.
package protocol Algorithm: Variant where Group == AlgorithmGroup {
  func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts

  /// Refuses what does not go with the rest of the experiment, with a key path.
  func validate(_ configuration: Configuration) throws(SettingError)

  /// What clients get; `vectors` lie in `serverState`.
  func broadcast(_ model: [Float], _ vectors: [Double]) -> [Float]

  /// The client's half: trains and leaves what it reports, before clipping.
  func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining

  /// Moves on what the client keeps, given its report as it was after clipping and noise.
  ///
  /// What a client keeps is kept only if its report was counted.
  func keep<M: Model>(_ client: inout ClientRound<M>, _ report: UnsafeBufferPointer<Float>)

  /// The server's half: the direction in which the model moves, along the mean of the reports.
  func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double]
}

extension Algorithm {
  package func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts {
    AlgorithmLayouts(model: settings.model)
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {}

  package func broadcast(_ model: [Float], _ vectors: [Double]) -> [Float] { model }

  package func keep<M: Model>(
    _ client: inout ClientRound<M>, _ report: UnsafeBufferPointer<Float>
  ) {}

  package func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double] { mean }
}

/// What an algorithm may know of the experiment, on either side.
package struct AlgorithmSettings: Equatable, Sendable {
  package var model: ParameterLayout
  package var local: LocalConfiguration
  /// Training examples of one client in a round, at most.
  package var largestExampleCount: Int

  package init(_ configuration: Configuration, model: ParameterLayout) {
    self.model = model
    local = configuration.training.local
    largestExampleCount = configuration.largestExampleCount
  }

  /// Parameters of the model.
  package var count: Int { model.count }

  /// Steps of a client that has as many examples as one may have.
  package var mostSteps: Int { local.stepCount(examples: largestExampleCount) }
}

/// What the server's half of an algorithm works on.
package struct ServerVectors {
  /// In the layout `serverState`.
  package var vectors: [Double]
  package let settings: AlgorithmSettings
  /// Clients that may take part.
  package let population: Double
  /// Clients that the mean is over: those who reported, or with a mechanism the public cohort size.
  package let reported: Double

  package init(
    vectors: [Double], settings: AlgorithmSettings, population: Double, reported: Double
  ) {
    self.vectors = vectors
    self.settings = settings
    self.population = population
    self.reported = reported
  }
}
