import Federation
import Messages
import SecureAggregation
import Wire

extension FederatedRun {
  /// Has the cohort train, and adds up what it sends; a `SecureAggregationError` abandons the round.
  ///
  /// - Parameter kept: gets what clients in the sum keep.
  mutating func receive(
    _ told: RoundParameters, from cohort: [Int], _ record: inout RoundRecord,
    _ kept: inout [Int: [Float]]
  ) throws -> RoundSum {
    let aggregate =
      switch plan.summation {
      case .clear where plan.aggregation == .server:
        try oneByOne(told, cohort, &record, &kept)
      case .masked(let scheme) where plan.aggregation == .groups:
        try groups(scheme, cohort, &record, &kept)
      case .masked(let scheme) where plan.aggregation == .repeated:
        try repeated(scheme, told, cohort, &record, &kept)
      case .clear: try clear(told, cohort, &record, &kept)
      case .masked(let scheme): try single(scheme, told, cohort, &record, &kept)
      }
    record.wrapped = aggregate.wrapped
    return aggregate
  }

  /// In the open: one by one where the codec lets clients be seen, else as their sum says.
  private func clear(
    _ told: RoundParameters, _ cohort: [Int], _ record: inout RoundRecord,
    _ kept: inout [Int: [Float]]
  ) throws -> RoundSum {
    let start = ContinuousClock.now
    let codec = try plan.configuration.codec(
      round: record.round, cohortSize: cohort.count, length: plan.layouts.report.count, told)
    let outcomes: [ClientOutcome]
    let sum: UpdateSum
    let present = cohort.filter { absences[$0] == nil }
    (outcomes, sum, kept) = try pool.train(
      present, parameters: state.broadcast(plan), versions: baseModels.models, round: record.round,
      told: told,
      length: codec.length, states: states?.load)
    record.dropped = cohort.count - present.count + outcomes.count { $0 == .dropped }
    record.noiseOnly = outcomes.count { $0 == .noiseOnly }
    record.cut = outcomes.count { $0 == .cut }
    record.bytesFromClients = sum.count * codec.byteCount
    record.timing.train = (ContinuousClock.now - start) / .seconds(1)
    let configuration = plan.configuration
    guard configuration.distributedNoise == nil || sum.count >= configuration.fewestReporting
    else {
      throw SecureAggregationError.infeasible(
        "\(sum.count) clients reported, and the noise of \(configuration.fewestReporting) is needed"
      )
    }
    let aggregate = try codec.decode(sum, participants: sum.count)
    record.count(
      codec.hidesClients
        ? aggregate.numbers : CohortNumbers(outcomes, clippingBound: told.clippingBound))
    return aggregate
  }

  /// In the open, with updates that the rule of aggregation compares.
  private mutating func oneByOne(
    _ told: RoundParameters, _ cohort: [Int], _ record: inout RoundRecord,
    _ kept: inout [Int: [Float]]
  ) throws -> RoundSum {
    let start = ContinuousClock.now
    let length = plan.layouts.report.count
    let present = cohort.filter { absences[$0] == nil }
    let results = try pool.trainOneByOne(
      present + rootClients, parameters: state.broadcast(plan), round: record.round, told: told,
      length: length, states: states?.load)
    let outcomes = cohort.compactMap { results.outcomes[$0] }
    let updates = plan.configuration.attacked(
      cohort.compactMap { client in results.updates[client].map { (client, $0) } },
      by: hostile, round: record.round, bound: told.clippingBound)
    let members = Set(cohort)
    kept = results.kept.filter { members.contains($0.key) }
    record.dropped = cohort.count - present.count + outcomes.count { $0 == .dropped }
    record.bytesFromClients = updates.count * length * MemoryLayout<Float>.size
    record.count(CohortNumbers(outcomes, clippingBound: told.clippingBound))
    record.timing.train = (ContinuousClock.now - start) / .seconds(1)
    let rule = ContinuousClock.now
    let roots = rootClients.compactMap { results.updates[$0] }
    let root =
      roots.isEmpty ? [] : ReceivedUpdates(roots).mean(of: Array(roots.indices))
    let (sum, leftOut) = state.aggregate(updates, of: updates.count, root: root, plan)
    if plan.aggregator.rejectsClients { record.suspected = leftOut }
    record.timing.aggregate = (ContinuousClock.now - rule) / .seconds(1)
    return sum
  }

  /// A round that is one sum behind secure aggregation.
  private func single(
    _ scheme: AggregationScheme, _ told: RoundParameters, _ cohort: [Int],
    _ record: inout RoundRecord, _ kept: inout [Int: [Float]]
  ) throws -> RoundSum {
    let sum = try masked(scheme, told, cohort, &record, &kept).sum
    record.count(sum.numbers)
    return sum
  }

  /// A sum behind secure aggregation: one session, and another for every time that clients have
  /// spoilt one, without these.
  ///
  /// - Parameters:
  ///   - part: which of the groups, or of the sums, of a round it is.
  ///   - first: the first sum of the round, of a later one: whom it lacks is not asked.
  func masked(
    _ scheme: AggregationScheme, _ told: RoundParameters, _ cohort: [Int], part: Int = 0,
    after first: MaskedSum? = nil, _ record: inout RoundRecord, _ kept: inout [Int: [Float]]
  ) throws -> MaskedSum {
    var excluded = first?.missing ?? []
    var quarrels: [Int: Int] = [:]
    var (earlier, told, attempt) = (AggregationRecord(), told, 0)
    while true {
      do {
        return try masked(
          scheme, told, cohort, without: excluded, places: first?.places, &quarrels,
          after: earlier, &record, &kept)
      } catch SecureAggregationError.spoiled(let participants) {
        pool.log(
          "Round \(record.round) begins again without client "
            + participants.map { "\(cohort[$0])" }.joined(separator: ", ")
            + ", whose shares others could not open or who said so of too many others.")
        excluded.formUnion(participants)
        earlier = record.aggregation ?? earlier
        attempt += 1
        told.session?.identifier = AggregationSession.identifier(
          plan.configuration, round: record.round, attempt: attempt, part: part)
      }
    }
  }

  private func masked(
    _ scheme: AggregationScheme, _ told: RoundParameters, _ cohort: [Int],
    without excluded: Set<Int>, places: [Int]?, _ quarrels: inout [Int: Int],
    after earlier: AggregationRecord, _ record: inout RoundRecord, _ kept: inout [Int: [Float]]
  ) throws -> MaskedSum {
    let modelBytes = record.bytesToClients
    record.aggregation = AggregationRecord()
    record.dropped = cohort.count
    let broadcast = state.broadcast(plan)
    let session = try AggregationSession(
      plan.configuration, scheme: scheme, round: record.round, told, model: broadcast)
    var secure = SecureRound(
      session, told, model: broadcast, pool: pool, versions: baseModels.models, without: excluded,
      absences: absences,
      earlierQuarrels: quarrels, places: places, states: states?.load)
    // Whether it ends with a sum or is abandoned: this is what it took.
    defer {
      quarrels = secure.quarrels
      var taken = secure.record
      taken.add(earlier)
      record.aggregation = taken
      record.dropped = cohort.count - secure.record.survivors
      record.noiseOnly = secure.noiseOnly
      record.cut = secure.cut
      record.bytesToClients = modelBytes + secure.record.bytesToClients
      record.bytesFromClients = taken.bytesFromClients
      record.timing.stages = secure.timing
      record.timing.train = secure.timing.reduce(0) { $0 + $1.clients }
      record.timing.aggregate = secure.timing.reduce(0) { $0 + $1.server }
    }
    let sum = try secure.run()
    kept = secure.kept
    return MaskedSum(sum: sum, missing: secure.missing, places: secure.places)
  }
}

/// A sum behind secure aggregation, and whose it is.
struct MaskedSum {
  var sum: RoundSum
  /// Participants that are not in it.
  var missing: Set<Int>
  /// By participant: the slot whose worker has what it reports.
  var places: [Int]
}

extension RoundRecord {
  /// Takes over what is known of the cohort; nil where clients add noise and tell nothing beside it.
  mutating func count(_ numbers: CohortNumbers?) {
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
