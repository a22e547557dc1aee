import Federation
import SecureAggregation
import Wire

extension FederatedRun {
  /// A round whose updates travel as residues: masked, or summed in clear.
  ///
  /// - Parameter configuration: with the round's clipping bound.
  mutating func encodedRound(
    _ round: Int, cohort: [Int], _ configuration: Configuration
  ) throws -> RoundRecord {
    let modelBytes = MemoryLayout<Float>.size * state.parameters.count
    var record = RoundRecord(
      round: round, cohortSize: cohort.count, bytesToClients: cohort.count * modelBytes)
    let identifier = AggregationSession.identifier(configuration, round: round)
    var sum: EncodedSum?
    do {
      let decoded =
        if let scheme = configuration.secureAggregation.protocol.scheme {
          try masked(scheme, cohort, identifier, &record, configuration)
        } else {
          try clear(cohort, identifier, &record, configuration)
        }
      record.count(decoded.numbers, of: cohort.count)
      record.wrapped = decoded.wrapped
      sum = decoded
    } catch let error as SecureAggregationError {
      record.abandonment = "\(error)"
    }
    let start = ContinuousClock.now
    let mean: [Double]?
    if let privacy {
      mean = try release(
        sum?.steps, of: &record, privacy, reporting: sum.map { _ in cohort.count - record.dropped },
        cohort: cohort)
    } else {
      mean = sum.flatMap { $0.numbers.map { $0.reported > 0 } ?? false ? $0.meanUpdate : nil }
    }
    record.updateNorm = state.finishRound(along: mean)
    record.timing.aggregate += (ContinuousClock.now - start) / .seconds(1)
    return record
  }

  private func clear(
    _ cohort: [Int], _ identifier: [UInt8], _ record: inout RoundRecord,
    _ configuration: Configuration
  ) throws -> EncodedSum {
    let start = ContinuousClock.now
    let encoding = try UpdateEncoding(
      configuration, round: record.round, cohortSize: cohort.count,
      parameterCount: state.parameters.count)
    let (outcomes, sum) = try pool.trainEncoded(
      cohort, parameters: state.parameters, round: record.round,
      opening: .session(identifier: identifier, cohort: cohort), length: encoding.vectorLength)
    record.dropped = outcomes.count { $0 == .dropped }
    record.noiseOnly = outcomes.count { $0 == .noiseOnly }
    record.bytesFromClients = sum.count * encoding.vectorLength * encoding.modulus.byteCount
    record.timing.train = (ContinuousClock.now - start) / .seconds(1)
    guard configuration.distributedNoise == nil || sum.count >= configuration.fewestReporting
    else {
      throw SecureAggregationError.infeasible(
        "\(sum.count) clients reported, and the noise of \(configuration.fewestReporting) is needed"
      )
    }
    return try encoding.decode(
      ResidueVector(sum, modulus: encoding.modulus), participants: sum.count)
  }

  /// A round behind secure aggregation: one session, and another for every time that clients have
  /// spoilt one, without these.
  private func masked(
    _ scheme: AggregationScheme, _ cohort: [Int], _ identifier: [UInt8],
    _ record: inout RoundRecord, _ configuration: Configuration
  ) throws -> EncodedSum {
    var excluded: Set<Int> = []
    var quarrels: [Int: Int] = [:]
    var (earlier, identifier, attempt) = (AggregationRecord(), identifier, 0)
    while true {
      do {
        return try masked(
          scheme, cohort, identifier, without: excluded, &quarrels, after: earlier, &record,
          configuration)
      } catch SecureAggregationError.spoiled(let participants) {
        pool.log(
          "Round \(record.round) begins again without client "
            + participants.map { "\(cohort[$0])" }.joined(separator: ", ")
            + ", whose shares others could not open or who said so of too many others.")
        excluded.formUnion(participants)
        earlier = record.aggregation ?? earlier
        attempt += 1
        identifier = AggregationSession.identifier(
          configuration, round: record.round, attempt: attempt)
      }
    }
  }

  private func masked(
    _ scheme: AggregationScheme, _ cohort: [Int], _ identifier: [UInt8],
    without excluded: Set<Int>, _ quarrels: inout [Int: Int], after earlier: AggregationRecord,
    _ record: inout RoundRecord, _ configuration: Configuration
  ) throws -> EncodedSum {
    let modelBytes = record.bytesToClients
    record.aggregation = AggregationRecord()
    record.dropped = cohort.count
    let session = try AggregationSession(
      configuration, scheme: scheme, round: record.round, cohort: cohort, identifier: identifier,
      model: state.parameters)
    var secure = SecureRound(
      session, identifier: identifier, model: state.parameters, pool: pool, without: excluded,
      earlierQuarrels: quarrels)
    // Whether it ends with a sum or is abandoned: this is what it took.
    defer {
      quarrels = secure.quarrels
      var taken = secure.record
      taken.add(earlier)
      record.aggregation = taken
      record.dropped = cohort.count - secure.record.survivors
      record.noiseOnly = secure.noiseOnly
      record.bytesToClients = modelBytes + secure.record.bytesToClients
      record.bytesFromClients = taken.bytesFromClients
      record.timing.stages = secure.timing
      record.timing.train = secure.timing.reduce(0) { $0 + $1.clients }
      record.timing.aggregate = secure.timing.reduce(0) { $0 + $1.server }
    }
    return try secure.run()
  }
}

extension RoundRecord {
  /// Takes over what the cohort's sum says: nothing but itself where clients add noise.
  fileprivate mutating func count(_ numbers: CohortNumbers?, of cohortSize: Int) {
    guard let numbers else {
      reported = cohortSize - dropped
      (examples, idle, diverged, clipped) = (nil, nil, nil, nil)
      return
    }
    reported = Int(numbers.reported)
    examples = Int(numbers.examples.rounded())
    idle = Int(numbers.idle)
    diverged = Int(numbers.diverged)
    clipped = Int(numbers.clipped)
    trainLoss = numbers.meanLoss
  }
}
