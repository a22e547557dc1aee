/// How the updates of a round become the one that the model moves along.
///
/// The value holds the settings. One file each in this folder, registered in `AggregatorGroup.all`. What is
/// aggregated is the whole report of a client, that is its update and whatever its algorithm sends beside it.
/// Distances are in double precision and of reports (never of models, where they would cancel); ties go to
/// the client with the smaller id. So the result depends on nothing but the reports.
package protocol Aggregator: Variant where Group == AggregatorGroup {
  /// The least that it needs to see of updates.
  var needs: Visibility { get }
  /// Whether it leaves out whole clients, whom `suspected` in rounds.csv counts.
  var rejectsClients: Bool { get }
  /// Held-out clients whose data the server trains on.
  var rootClients: Int { get }
  /// Where the server sees sums alone: how each client does its part of the rule; nil where the rule is no
  /// sum.
  var onClients: ClientPart? { get }
  /// Where the server sees sums alone: how the rule is several sums of the same clients; nil where it is none.
  var repeated: RepeatedSums? { get }
  /// Whether it may take means of random groups for single updates, where the server sees no more.
  var takesGroups: Bool { get }

  /// Refuses what does not go with the rest of the experiment, with a key path.
  ///
  /// - Parameter rows: updates, or buckets of them, of a whole cohort.
  func validate(_ configuration: Configuration, rows: Int) throws(SettingError)

  /// The aggregate of a round.
  ///
  /// - Parameters:
  ///   - updates: at least one.
  ///   - memory: what the server knows beside them.
  func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate
}

/// What clients do where the server sees sums alone: they clip to a norm.
///
/// No server can check that they did.
package struct ClientPart: Equatable, Sendable {
  /// Largest Euclidean norm.
  package var bound: Double
  /// Around the centre, which they are sent; else around 0.
  package var isCentred: Bool
}

/// A rule as several sums of the same clients: first of their updates, then so many times of what each makes
/// of its own update and of a point that the server has sent, of which the server makes the next point.
///
/// A client's update is weighed by 1 ÷ max(smoothing, its distance to the point). No server can check it.
package struct RepeatedSums: Equatable, Sendable {
  /// Sums after the first.
  package var steps: Int
  /// ν: smaller distances count as this.
  package var smoothing: Double
}

/// What an aggregation rule has beside the updates of a round.
package struct AggregatorMemory: Equatable, Sendable {
  /// What a rule carries from round to round, all zeros at first; of the length of a report.
  package var centre: [Double]
  /// The mean report of the server's own clients; empty for rules without any.
  package var root: [Double]

  package init(centre: [Double], root: [Double] = []) {
    self.centre = centre
    self.root = root
  }
}

/// What an aggregation rule makes of updates.
package struct Aggregate: Equatable, Sendable {
  package var values: [Double]
  /// Rows that were left out, ascending.
  package var leftOut: [Int] = []

  package init(_ values: [Double], leftOut: [Int] = []) {
    self.values = values
    self.leftOut = leftOut
  }
}

extension Aggregator {
  package var needs: Visibility { .individual }
  package var rejectsClients: Bool { false }
  package var rootClients: Int { 0 }
  package var onClients: ClientPart? { nil }
  package var repeated: RepeatedSums? { nil }
  package var takesGroups: Bool { false }

  package func validate(_ configuration: Configuration, rows: Int) throws(SettingError) {}
}

/// How updates become one: a variant, with the keys of that rule alone.
package enum AggregatorGroup: VariantGroup {
  /// Every rule there is: a new one is one file and its name here.
  package static let all: [any Aggregator.Type] = [
    Mean.self, NormBound.self, CenteredClipping.self, GeometricMedian.self, Median.self,
    TrimmedMean.self, Krum.self, MultiKrum.self, FLTrust.self,
  ]

  /// What every rule may do first.
  package struct Shared: SharedSettings {
    /// Clients whose mean counts as one update.
    package var bucketSize = 1

    package init() {}
  }

  package static let path = "aggregator"
  package static let nameKey = "name"
  package static let meaning =
    "How the updates of a round are combined; each rule has keys of its own. All but mean are robust "
    + "against some hostile clients."
  package static var variants: [any Variant.Type] { all }
  package static var standard: any Aggregator { Mean() }
  package static let sharedKeys: [ConfigurationKey] = [
    .integer(
      "aggregator.bucket_size", 1...1 << 20, unit: "clients", \.aggregator.shared.bucketSize,
      "Number of random clients whose mean the rule treats as one update. Behind secure "
        + "aggregation each such group has a sum of its own.")
  ]
  package static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable {
    \.aggregator
  }
}

package typealias AggregatorConfiguration = VariantChoice<AggregatorGroup>

extension VariantChoice where Group == AggregatorGroup {
  package static var all: [any Aggregator.Type] { Group.all }
  package var aggregator: any Aggregator { value }
  package var bucketSize: Int { shared.bucketSize }
}
