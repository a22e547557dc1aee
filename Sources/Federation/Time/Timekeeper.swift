import Glibc
import SecureAggregation

/// Keeps the virtual time of a run: which phones are available, how long their work takes, who is late.
///
/// All follows from keyed streams, from files, and from what a client's history says; no time is measured.
package struct Timekeeper: Sendable {
  /// Asks clients what their time depends on.
  package typealias Survey = (_ clients: [Int]) throws -> [ClientConditions]

  let configuration: Configuration
  private let costs: ClientCosts
  private let tables: TimeTables
  private let closing: RoundClosing
  /// Speeds above which the second, third and fourth quarter of the phones begin.
  let speedLimits: [Double]
  /// What is known of clients already: a function of the client, forgotten where there is too much.
  private var known: [Int: ClientConditions] = [:]
  private let mostKnown: Int

  /// Constraint: the configuration simulates time and is valid.
  package init(
    _ configuration: Configuration, tables: TimeTables, mostKnown: Int = 1 << 16
  ) throws(SecureAggregationError) {
    precondition(configuration.simulatesTime, "time that is not simulated")
    self.configuration = configuration
    self.tables = tables
    self.mostKnown = mostKnown
    costs = try ClientCosts(configuration)
    speedLimits = Self.speedLimits(configuration, tables)
    closing = configuration.schedule.schedule.closing(
      cohortSize: configuration.training.cohortSize)
  }

  private static func speedLimits(_ configuration: Configuration, _ tables: TimeTables) -> [Double]
  {
    if let model = configuration.devices.model as? LogNormalDevices {
      // Quartiles of the standard normal distribution.
      let quartile = 0.674_489_750_196_081_7
      return [-quartile, 0, quartile].map { model.flopsPerSecond * exp(model.sigma * $0) }
    }
    let speeds = (tables.devices ?? [:]).values.map(\.flopsPerSecond).sorted()
    return speeds.isEmpty ? [] : (1...3).map { speeds[max(0, speeds.count * $0 / 4 - 1)] }
  }

  /// What kind of person a known client is; nil for one who was not made up.
  func archetype(of client: Int) -> Int? { known[client]?.archetype }

  /// Fewest updates of a round that is not abandoned.
  package var minimumReports: Int { closing.minimumReports }

  /// Microseconds after which availability repeats itself; nil where it never changes.
  package var period: Int? { configuration.availability.model == nil ? nil : tables.period }

  /// Makes sure that all these clients are known.
  mutating func learn(_ clients: some Sequence<Int>, _ survey: Survey) rethrows {
    let missing = clients.filter { known[$0] == nil }
    guard !missing.isEmpty else { return }
    if known.count + missing.count > mostKnown {
      // Those that are asked for stay: nothing may depend on what happens to be known.
      let wanted = Set(clients)
      known = known.filter { wanted.contains($0.key) }
    }
    for conditions in try survey(missing) { known[conditions.client] = conditions }
  }

  package func device(of client: Int) -> Device {
    if let device = tables.devices?[client] { return device }
    guard let model = configuration.devices.model as? LogNormalDevices else {
      preconditionFailure("a list of devices that lacks client \(client)")
    }
    return model.device(of: client, seed: configuration.populationSeed)
  }

  /// When a client that is available at a time will no longer be; nil where it is not.
  ///
  /// Constraint: the client is known.
  func availableUntil(_ client: Int, at time: Int) -> Int? {
    guard device(of: client).hasEnoughMemory else { return nil }
    guard configuration.availability.model != nil, let period = tables.period else { return .max }
    if let intervals = tables.intervals {
      return intervals[client].flatMap { Calendar($0, period: period).end(at: time) }
    }
    let rests = known[client]?.rests ?? []
    return Calendar(
      rests.map { $0.lowerBound * 1_000_000..<$0.upperBound * 1_000_000 }, period: period
    ).end(at: time)
  }

  /// What becomes of a cohort in a round that begins at a time.
  package mutating func timeline(
    of cohort: [Int], round: Int, from start: Int, _ survey: Survey
  ) rethrows -> RoundTimeline {
    try learn(cohort, survey)
    let clients = cohort.map { client in
      TimedClient(
        client: client,
        durations: costs.durations(
          examples: known[client]?.examples ?? 0, on: device(of: client)),
        availableUntil: availableUntil(client, at: start),
        lostIn: lostStage(of: client, round: round))
    }
    return RoundTimeline(from: start, clients, stages: costs.stagesInOrder, closing)
  }

  /// The stage whose message a client does not send, as `faults` says; nil where it stays.
  func lostStage(of client: Int, round: Int) -> AggregationStage? {
    configuration.vanishingPoint(of: client, round: round).map { point in
      switch point {
      case .beforeKeys: costs.stagesInOrder[0]
      case .afterShares, .beforeUpload: .input
      case .afterUpload:
        costs.stagesInOrder.contains(.confirmation) ? .confirmation : .unmasking
      case .beforeUnmask: .unmasking
      }
    }
  }

  // MARK: - Without rounds

  var hasSessions: Bool { !costs.stages.isEmpty }
  var stagesInOrder: [AggregationStage] { costs.stagesInOrder }

  /// From the download of a model until the update is there; behind secure aggregation, until it is ready.
  ///
  /// Constraint: the client is known.
  package func trainingDuration(of client: Int) -> Int {
    costs.trainingDuration(examples: known[client]?.examples ?? 0, on: device(of: client))
  }

  /// Of each stage, training left out.
  func sessionDurations(of client: Int) -> [Int] {
    costs.sessionDurations(on: device(of: client))
  }
}
