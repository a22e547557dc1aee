import Glibc

/// Several mechanisms on the same people, and what they cost together.
package struct Composition: Sendable {
  /// One of them: what it is by itself, and its releases.
  package struct Part: Codable, Equatable, Sendable {
    /// What it claims by itself; infinite without noise.
    package var epsilon: Double
    package var delta: Double
    package var adjacency: Adjacency
    package var accountant: Accountant
    /// Nil where only `epsilon` and `delta` are known.
    package var events: [PrivacyEvent]?
    /// Whether the events were fixed before any of them; else each followed from the ones before.
    package var isFixed: Bool
    /// (ε, δ) of what is no event, contained in `epsilon` and `delta`.
    package var besideEpsilon: Double
    package var besideDelta: Double
    /// The seed from which its noise follows; nil where no other mechanism can have the same noise.
    package var noiseSeed: UInt64?

    package init(
      epsilon: Double, delta: Double, adjacency: Adjacency, accountant: Accountant = .automatic,
      events: [PrivacyEvent]?, isFixed: Bool = true, besideEpsilon: Double = 0,
      besideDelta: Double = 0, noiseSeed: UInt64? = nil
    ) {
      self.epsilon = epsilon
      self.delta = delta
      self.adjacency = adjacency
      self.accountant = accountant
      self.events = events
      self.isFixed = isFixed
      self.besideEpsilon = besideEpsilon
      self.besideDelta = besideDelta
      self.noiseSeed = noiseSeed
    }
  }

  /// (ε, δ) under an adjacency.
  package struct Total: Codable, Equatable, Sendable {
    package var epsilon: Double
    package var delta: Double
    package var adjacency: Adjacency
  }

  package var parts: [Part]

  package init(_ parts: [Part]) { self.parts = parts }

  /// A seed that several parts have: their noise is the same, so the difference of two releases may have
  /// none, and no composition holds.
  package var sharedNoiseSeed: UInt64? {
    var seen: Set<UInt64> = []
    return parts.lazy.compactMap(\.noiseSeed).first { !seen.insert($0).inserted }
  }

  /// The adjacency of all of them, or else the one that each implies: one person for another is one
  /// less and then one more.
  package var adjacency: Adjacency {
    guard let first = parts.first?.adjacency, parts.allSatisfy({ $0.adjacency == first }) else {
      return parts.isEmpty ? .addOrRemove : .replaceOne
    }
    return first
  }

  /// Σε and Σδ, which holds whatever each one is chosen after.
  ///
  /// Compared with a bound that was fixed before, it is a filter (Rogers et al. 2016,
  /// https://arxiv.org/abs/1605.08294).
  package var basic: Total {
    let common = adjacency
    var total = Total(epsilon: 0, delta: 0, adjacency: common)
    for part in parts {
      if part.adjacency == common {
        total.epsilon += part.epsilon
        total.delta += part.delta
      } else {
        // Two steps of the part's own adjacency: (2 ε, (1 + e^ε) δ).
        total.epsilon += 2 * part.epsilon
        total.delta += (1 + exp(part.epsilon)) * part.delta
      }
    }
    total.delta = min(1, total.delta)
    return total
  }

  /// All releases through one accountant.
  ///
  /// Holds when the releases, and so which mechanisms there are, were fixed without a look at what any
  /// of them released. Nil where they have no adjacency in common, or no accountant covers all.
  package func joint(delta: Double) -> PrivacyGuarantee? {
    guard !isAdjacencyMixed, let first = parts.first, parts.allSatisfy(\.isFixed),
      let events = Self.merged(parts)
    else { return nil }
    // Each kind of release costs the loss accountant a transform.
    let isLong = events.count > Self.mostKinds
    let accountant =
      parts.allSatisfy { $0.accountant == first.accountant }
      ? first.accountant : Accountant.automatic
    let rest = delta - parts.reduce(0) { $0 + $1.besideDelta }
    guard rest > 0 else { return nil }
    var accounting = PrivacyAccountant(
      adjacency: first.adjacency, accountant: isLong && accountant == .automatic ? .rdp : accountant
    )
    guard var guarantee = try? accounting.guarantee(of: events, delta: rest) else { return nil }
    guarantee.epsilon += parts.reduce(0) { $0 + $1.besideEpsilon }
    guarantee.delta = delta
    return guarantee
  }

  /// ε at δ by the Rényi divergences of one order that was fixed before.
  ///
  /// Holds whatever each mechanism is chosen after: a Rényi filter (Feldman and Zrnic 2021,
  /// https://arxiv.org/abs/2008.11193). Nil where a release has no divergence under one adjacency.
  package func filtered(order: Double, delta: Double) -> Double? {
    guard let adjacency = parts.first?.adjacency else { return 0 }
    guard !isAdjacencyMixed, let events = Self.merged(parts) else { return nil }
    let rest = delta - parts.reduce(0) { $0 + $1.besideDelta }
    guard rest > 0 else { return nil }
    var divergence = 0.0
    for event in events {
      // The far tail of Skellam noise is in no divergence.
      if case .distributedSkellam = event.release { return nil }
      guard
        let own = RenyiAccountant.divergences(of: event.release, adjacency, orders: [order])?.first
      else { return nil }
      divergence += Double(event.count) * own
    }
    guard divergence > 0 else { return parts.reduce(0) { $0 + $1.besideEpsilon } }
    return max(0, RenyiAccountant.epsilon(delta: rest, order: order, divergence: divergence))
      + parts.reduce(0) { $0 + $1.besideEpsilon }
  }

  private var isAdjacencyMixed: Bool {
    parts.contains { $0.adjacency != parts.first?.adjacency }
  }

  private static let mostKinds = 6

  /// Equal releases counted together; nil where those of one part are not known.
  private static func merged(_ parts: [Part]) -> [PrivacyEvent]? {
    guard parts.allSatisfy({ $0.events != nil }) else { return nil }
    var order: [PrivacyRelease] = []
    var counts: [PrivacyRelease: Int] = [:]
    for event in parts.flatMap({ $0.events ?? [] }) where event.count > 0 {
      if counts[event.release] == nil { order.append(event.release) }
      counts[event.release, default: 0] += event.count
    }
    return order.map { PrivacyEvent($0, count: counts[$0] ?? 0) }
  }
}
