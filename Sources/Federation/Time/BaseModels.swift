/// A model of an earlier version, from which somebody still trains; part of the checkpoint.
package struct KeptModel: Codable, Equatable, Sendable {
  package let version: Int
  package let model: FloatVector
}

/// From which models the updates of a buffer were trained.
package struct BaseModels: Equatable, Sendable {
  /// Earlier versions; the current one is not among them.
  package var models: [[Float]] = []
  /// By client; empty where all train from the current model.
  package var starts: [RoundParameters.Start] = []

  package init() {}
}

extension ServerState {
  /// The models that updates were trained from.
  ///
  /// Constraint: their versions are kept.
  package func baseModels(of updates: [Flights.Flight]) -> BaseModels {
    var base = BaseModels()
    let older = Set(updates.map(\.version)).subtracting([round]).sorted()
    base.models = older.map { version in
      guard let kept = keptModels?.first(where: { $0.version == version }) else {
        preconditionFailure("version \(version), which somebody trains from, is gone")
      }
      return kept.model.elements
    }
    base.starts = updates.sorted { $0.client < $1.client }.map { update in
      RoundParameters.Start(
        client: update.client, model: older.firstIndex(of: update.version).map { $0 + 1 } ?? 0,
        staleness: round - update.version)
    }
    return base
  }

  /// Keeps those who train, and the models that they train from.
  package mutating func keep(_ flights: Flights) {
    self.flights = flights
    let needed = flights.versions
    var kept = (keptModels ?? []).filter { needed.contains($0.version) }
    if needed.contains(round) {
      kept.append(KeptModel(version: round, model: FloatVector(parameters)))
    }
    keptModels = kept
  }
}
