import Glibc

/// What has been released so far; its Codable form is part of the checkpoint.
package struct PrivacyLedger: Codable, Equatable, Sendable {
  /// Neighbouring equal releases are one event, and so are rounds of one correlated noise.
  package private(set) var events: [PrivacyEvent] = []
  /// Not stored: it is a cache, and its answers depend on the events alone.
  private var accounting: PrivacyAccountant

  package var adjacency: Adjacency { accounting.adjacency }
  package var accountant: Accountant { accounting.accountant }

  package init(adjacency: Adjacency, accountant: Accountant = .automatic) {
    accounting = PrivacyAccountant(adjacency: adjacency, accountant: accountant)
  }

  package mutating func append(_ event: PrivacyEvent) {
    guard event.count > 0 else { return }
    if let last = events.last, last.release == event.release {
      events[events.count - 1].count += event.count
    } else if let joined = events.last?.joined(with: event) {
      events[events.count - 1] = joined
    } else {
      events.append(event)
    }
  }

  package mutating func guarantee(delta: Double) throws(PrivacyError) -> PrivacyGuarantee {
    try accounting.guarantee(of: events, delta: delta)
  }

  /// The guarantee that would hold after `event`, which is not added: for stopping in time.
  package mutating func guarantee(
    adding event: PrivacyEvent, delta: Double
  ) throws(PrivacyError) -> PrivacyGuarantee {
    try accounting.guarantee(of: events + [event], delta: delta)
  }

  /// How likely the privacy loss is to be above ε.
  package struct LossTail: Codable, Equatable, Sendable {
    package var probability: Double
    /// Whether it is a bound, which may be several times too large.
    package var isBound: Bool

    package init(probability: Double, isBound: Bool) {
      self.probability = probability
      self.isBound = isBound
    }
  }

  /// How likely all releases together have a privacy loss above ε, in the worse direction; nil where nothing
  /// is known of it.
  ///
  /// - Parameter delta: at ε.
  package mutating func lossTail(above epsilon: Double, delta: Double) -> LossTail? {
    guard epsilon.isFinite else { return nil }
    if let exact = accounting.probabilityOfLoss(above: epsilon, of: events, delta: delta) {
      return LossTail(probability: exact, isBound: false)
    }
    // δ(a) = E[(1 − e^(a − loss))⁺] is at least (1 − e^(a − ε)) P(loss > ε) for every a below ε.
    var bound: Double?
    for factor in [1.5, 2, 3, 5, 8] where factor * delta < 1 {
      guard let below = try? guarantee(delta: factor * delta).epsilon, below < epsilon else {
        continue
      }
      bound = min(bound ?? 1, factor * delta / -expm1(below - epsilon))
    }
    return bound.map { LossTail(probability: $0, isBound: true) }
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.events == right.events && left.adjacency == right.adjacency
      && left.accounting.accountant == right.accounting.accountant
  }

  private enum CodingKeys: String, CodingKey { case adjacency, accountant, events }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    accounting = PrivacyAccountant(
      adjacency: try container.decode(Adjacency.self, forKey: .adjacency),
      accountant: try container.decode(Accountant.self, forKey: .accountant))
    events = try container.decode([PrivacyEvent].self, forKey: .events)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(accounting.adjacency, forKey: .adjacency)
    try container.encode(accounting.accountant, forKey: .accountant)
    try container.encode(events, forKey: .events)
  }
}

extension PrivacyEvent {
  /// Both as one event where that is exact: stretches of one Gaussian add their squared
  /// sensitivities.
  fileprivate func joined(with other: PrivacyEvent) -> PrivacyEvent? {
    guard case .correlatedGaussian(let noise, let own) = release,
      case .correlatedGaussian(noise, let others) = other.release
    else { return nil }
    let square = Double(count) * own * own + Double(other.count) * others * others
    return PrivacyEvent(
      .correlatedGaussian(noiseMultiplier: noise, sensitivity: square.squareRoot()))
  }
}
