import Statistics
import UsageData

/// How one predictor did on some of the clients, or in some of their time.
package struct SegmentRow: Equatable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Of synthetic people.
    case archetype
    /// Quarters of the evaluated clients by unlocks a day; 1 is the least active.
    case activityQuartile = "activity_quartile"
    /// Whether a prediction was made within a week of the client's first unlock. New clients are
    /// followed from their first unlock on, others in the test period alone.
    case coldStart = "cold_start"
    /// Quarters of all phones by speed; 1 is the slowest. With devices only.
    case speedQuartile = "speed_quartile"
  }

  package let split: EvaluationSplit
  package let predictor: Predictor
  package let kind: Kind
  package let segment: String
  package let metrics: EvaluationRow
  /// Of all clients of the segment, in training so far; nil where it is not counted.
  package var participation: ParticipationCount?

  /// The segments of one split, in the order of `Kind.allCases`; those without an example are
  /// absent.
  ///
  /// - Parameter largestWeight: as in `EvaluationRow`. A client weighs the same in every segment, by
  ///   all that was measured on it: a segment may be too small to tell who outweighs others.
  /// - Parameter speedQuartile: of a client; nil where time is not simulated.
  package static func rows(
    of evaluations: some Collection<ClientEvaluation>, split: EvaluationSplit,
    largestWeight: Double? = nil, speedQuartile: ((_ client: Int) -> Int)? = nil
  ) -> [SegmentRow] {
    let quartiles = activityQuartiles(
      evaluations.map { ($0.client, $0.traits.unlocksPerDay) })
    var weights: [Predictor: [Int: Double]] = [:]
    for predictor in Predictor.allCases {
      let sizes = evaluations.map { client in
        client.parts.reduce(0) {
          $0 + ($1.predictor == predictor ? Double($1.tally.examples) : 0)
        }
      }
      weights[predictor] = ClientWeights.limited(sizes, to: largestWeight).map {
        Dictionary(zip(evaluations.map(\.client), $0)) { first, _ in first }
      }
    }
    var rows: [SegmentRow] = []
    func add(
      _ kind: Kind, _ segment: String, in periods: Set<EvaluationPeriod> = EvaluationPeriod.tested,
      where isIn: (ClientEvaluation) -> Bool = { _ in true }
    ) {
      let own = evaluations.filter(isIn)
      for predictor in Predictor.allCases {
        let tallies = own.map { $0.tally(of: predictor, in: periods) }
        let weights = weights[predictor].map { known in own.map { known[$0.client] ?? 1 } }
        guard let metrics = EvaluationRow(tallies, weights: weights) else { continue }
        rows.append(
          SegmentRow(
            split: split, predictor: predictor, kind: kind, segment: segment, metrics: metrics))
      }
    }
    for (index, archetype) in Archetype.all.enumerated() {
      add(.archetype, archetype.name) { $0.traits.archetype == index }
    }
    for quartile in 1...4 {
      add(.activityQuartile, "\(quartile)") { quartiles[$0.client] == quartile }
    }
    add(.coldStart, "first_\(EvaluationPeriod.coldStartDays)_days", in: EvaluationPeriod.firstWeek)
    add(.coldStart, "later", in: [.test])
    if let speedQuartile {
      for quartile in 1...4 {
        add(.speedQuartile, "\(quartile)") { speedQuartile($0.client) == quartile }
      }
    }
    return rows
  }
}

extension SegmentRow {
  /// The same with how often clients of the segment took part, where that is counted.
  package func with(_ participation: TimedParticipation) -> SegmentRow {
    guard split == .future, predictor == .federated else { return self }
    var row = self
    switch kind {
    case .archetype:
      row.participation = Archetype.all.firstIndex { $0.name == segment }.map {
        participation.archetypes[$0]
      }
    case .speedQuartile:
      row.participation = Int(segment).map { participation.speedQuartiles[$0 - 1] }
    case .activityQuartile, .coldStart: break
    }
    return row
  }
}

/// The quarter, 1…4, of each client when all are put in order of their unlocks a day.
///
/// Of equally active clients the one with the lower number comes first.
package func activityQuartiles(
  _ clients: [(client: Int, unlocksPerDay: Double)]
) -> [Int: Int] {
  let order = clients.sorted {
    ($0.unlocksPerDay, $0.client) < ($1.unlocksPerDay, $1.client)
  }
  return Dictionary(
    uniqueKeysWithValues: order.enumerated().map { ($1.client, 4 * $0 / order.count + 1) })
}
