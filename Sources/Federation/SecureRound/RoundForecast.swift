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
    /// Masks that one client expands in all sums of the round: its own, one per neighbour, and where clients choose
    /// neighbours one for each that chose it, in expectation.
    package let masksPerClient: Int
    /// Masks that the server expands.
    package let serverMasks: Double
  }

  package init(_ configuration: Configuration) throws(SecureAggregationError) {
    let cohortSize = configuration.selectedClients
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
    let faults = configuration.faults
    let forecast = AggregationForecast(parameters, remaining: faults.remaining())
    let sessions = Double(cohortSize) / Double(configuration.smallestGroup)
    bytesToClients += sessions * forecast.bytesToClients
    bytesFromClients = sessions * forecast.bytesFromClients
    var serverMasks = sessions * forecast.serverMasks
    let masksPerClient = Int(parameters.expectedPeers.rounded()) + 1
    let steps = configuration.repeatedSums?.steps ?? 0
    if steps > 0 {
      let invited = faults.remaining().input
      let later = try AggregationForecast(
        configuration.laterParameters(scheme, told, layouts),
        remaining: faults.remaining(of: invited))
      let pointBytes = Double(MemoryLayout<Float>.size * layouts.report.count)
      bytesToClients +=
        Double(steps) * (later.bytesToClients + invited * Double(cohortSize) * pointBytes)
      bytesFromClients += Double(steps) * later.bytesFromClients
      serverMasks += Double(steps) * later.serverMasks
    }
    session = Session(
      neighbours: parameters.neighbours, threshold: parameters.threshold,
      masksPerClient: (1 + steps) * masksPerClient, serverMasks: serverMasks
    )
  }
}

extension Configuration {
  /// Of a session for a later sum of a round.
  fileprivate func laterParameters(
    _ scheme: AggregationScheme, _ told: RoundParameters, _ layouts: AlgorithmLayouts
  ) throws(SecureAggregationError) -> AggregationParameters {
    var told = told
    told.session?.step = 1
    told.session?.point = [Float](repeating: 0, count: layouts.report.count)
    return try AggregationSession(
      self, scheme: scheme, round: 1, told,
      model: [Float](repeating: 0, count: layouts.broadcast.count)
    ).parameters
  }
}

extension FaultConfiguration {
  /// Which fraction of a cohort gets how far, of which this fraction is asked.
  fileprivate func remaining(of invited: Double = 1) -> AggregationForecast.Remaining {
    let keys = invited * (1 - beforeKeysRate)
    let input = keys * (1 - afterSharesRate) * (1 - dropoutRate)
    let confirmation = input * (1 - afterUploadRate)
    return AggregationForecast.Remaining(
      keys: keys, input: input, confirmation: confirmation,
      unmasking: confirmation * (1 - beforeUnmaskRate))
  }
}
