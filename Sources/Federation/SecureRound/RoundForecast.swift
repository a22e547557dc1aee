import SecureAggregation

/// What one round will cost, in expectation, before anything has run.
package struct RoundForecast: Equatable, Sendable {
  /// The model, and with secure aggregation what the protocol relays.
  package private(set) var bytesToClients: Double
  package private(set) var bytesFromClients: Double
  /// Nil without secure aggregation.
  package private(set) var session: Session?

  /// The part that secure aggregation is responsible for.
  package struct Session: Equatable, Sendable {
    package let neighbours: Int
    package let threshold: Int
    /// Masks that one client expands: its own, one per neighbour, and where clients choose
    /// neighbours one for each that chose it, in expectation.
    package let masksPerClient: Int
    /// Masks that the server expands.
    package let serverMasks: Double
  }

  package init(_ configuration: Configuration) throws(SecureAggregationError) {
    let cohortSize = configuration.training.cohortSize
    let layouts = configuration.algorithmLayouts
    bytesToClients = Double(cohortSize * MemoryLayout<Float>.size * layouts.broadcast.count)
    bytesFromClients =
      Double(cohortSize) * (1 - configuration.faults.dropoutRate)
      * Double(MemoryLayout<Float>.size * layouts.report.count)
    guard configuration.encodesUpdates else { return }

    guard let scheme = configuration.secureAggregation.protocol.scheme else {
      let codec = try configuration.codec(
        round: 1, cohortSize: cohortSize, length: layouts.report.count,
        RoundParameters(configuration)
      )
      let vector = Double(codec.byteCount)
      bytesFromClients = Double(cohortSize) * (1 - configuration.faults.dropoutRate) * vector
      return
    }
    var told = RoundParameters(configuration)
    told.session = RoundParameters.Session(
      identifier: [UInt8](repeating: 0, count: AggregationParameters.hashLength),
      cohort: Array(0..<configuration.smallestGroup))
    let parameters = try AggregationSession(
      configuration, scheme: scheme, round: 1, told,
      model: [Float](repeating: 0, count: layouts.broadcast.count)
    ).parameters
    let forecast = AggregationForecast(parameters, remaining: configuration.faults.remaining)
    let sessions = Double(cohortSize) / Double(configuration.smallestGroup)
    bytesToClients += sessions * forecast.bytesToClients
    bytesFromClients = sessions * forecast.bytesFromClients
    session = Session(
      neighbours: parameters.neighbours, threshold: parameters.threshold,
      masksPerClient: Int(parameters.expectedPeers.rounded()) + 1,
      serverMasks: sessions * forecast.serverMasks
    )
  }
}

extension FaultConfiguration {
  /// Which fraction of a cohort gets how far.
  fileprivate var remaining: AggregationForecast.Remaining {
    let keys = 1 - beforeKeysRate
    let input = keys * (1 - afterSharesRate) * (1 - dropoutRate)
    let confirmation = input * (1 - afterUploadRate)
    return AggregationForecast.Remaining(
      keys: keys, input: input, confirmation: confirmation,
      unmasking: confirmation * (1 - beforeUnmaskRate))
  }
}
