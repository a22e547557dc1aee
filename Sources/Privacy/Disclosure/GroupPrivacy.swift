import Glibc

/// What a guarantee for one client says about several clients together, such as the devices of one
/// person.
package struct GroupPrivacy: Encodable, Equatable, Sendable {
  package enum Method: String, Encodable, Sendable {
    /// The accountant, of releases that the whole group moves.
    case accountant
    /// The group-privacy property of (ε, δ), which holds of any mechanism.
    case groupProperty = "group_property"
    /// The accountant, as if all of the group took part whenever one of it does.
    case jointSampling = "joint_sampling"
  }

  package var clients: Int
  /// Infinite where no finite ε is known at this δ.
  package var epsilon: Double
  package var delta: Double
  package var method: Method

  /// Powers of ten over which δ of one client is looked for.
  private static let decades = 30

  /// - Parameters:
  ///   - ledger: what was released.
  ///   - beside: (ε, δ) for one client of what is no event of the ledger.
  package init(
    clients: Int, of ledger: PrivacyLedger, accountant: Accountant = .automatic,
    beside: PrivacyProfile.Point = PrivacyProfile.Point(epsilon: 0, delta: 0), delta: Double
  ) throws(PrivacyError) {
    precondition(clients > 0)
    self.clients = clients
    self.delta = delta
    method = .groupProperty
    epsilon = .infinity
    let events = ledger.events.filter { $0.count > 0 }
    let moved = events.compactMap { $0.moved(by: clients) }
    if moved.count == events.count, beside.epsilon == 0, beside.delta == 0 {
      var accounting = PrivacyAccountant(adjacency: ledger.adjacency, accountant: accountant)
      epsilon = try accounting.guarantee(of: moved, delta: delta).epsilon
      method = .accountant
      return
    }
    epsilon = Self.byGroupProperty(clients, ledger, beside: beside, delta: delta)
    // The property needs a δ of one client that shrinks with e^(k ε): it may have no answer where there is one.
    guard epsilon == .infinity, delta > beside.delta,
      beside.epsilon == 0, ledger.adjacency != .replaceOne,
      events.allSatisfy({ $0.sampledTogether(by: clients) != nil })
    else { return }
    var accounting = PrivacyAccountant(adjacency: ledger.adjacency, accountant: accountant)
    let together = events.compactMap { $0.sampledTogether(by: clients) }
    guard let own = try? accounting.guarantee(of: together, delta: delta - beside.delta),
      own.epsilon.isFinite
    else { return }
    (epsilon, method) = (own.epsilon, .jointSampling)
  }

  /// ε at δ when one client's data becomes other data, as that of a device does that has one day more.
  ///
  /// The client's update becomes another one: a replacement, whatever the adjacency of the claim.
  package init(
    replacementIn ledger: PrivacyLedger,
    beside: PrivacyProfile.Point = PrivacyProfile.Point(epsilon: 0, delta: 0), delta: Double
  ) throws(PrivacyError) {
    clients = 1
    self.delta = delta
    let events = ledger.events.filter { $0.count > 0 }
    if beside.epsilon == 0, beside.delta == 0, events.allSatisfy(\.isKnownUnderReplacement) {
      var accounting = PrivacyAccountant(adjacency: .replaceOne)
      if let guarantee = try? accounting.guarantee(of: events, delta: delta) {
        (epsilon, method) = (guarantee.epsilon, .accountant)
        return
      }
    }
    method = .groupProperty
    epsilon =
      ledger.adjacency == .replaceOne
      ? Self.byGroupProperty(1, ledger, beside: beside, delta: delta)
      : Self.byGroupProperty(2, ledger, beside: beside, delta: delta)
  }

  /// (ε, δ) for one is (k ε, δ (e^{k ε} − 1) / (e^ε − 1)) for k: the best of many δ.
  private static func byGroupProperty(
    _ clients: Int, _ ledger: PrivacyLedger, beside: PrivacyProfile.Point, delta: Double
  ) -> Double {
    var ledger = ledger
    var step = 0
    while step <= 2 * decades {
      let own = delta * pow(10, -Double(step) / 2)
      guard own > beside.delta, let guarantee = try? ledger.guarantee(delta: own - beside.delta)
      else { break }
      let one = guarantee.epsilon + beside.epsilon
      guard one.isFinite else { break }
      let factor =
        one > 0
        ? Double(clients - 1) * one + log(-expm1(-Double(clients) * one) / -expm1(-one))
        : log(Double(clients))
      if log(own) + factor <= log(delta) { return Double(clients) * one }
      // A smaller δ makes ε of one client larger, and with it the factor: what this one asks for is the
      // least.
      let needed = 2 * factor / log(10)
      step = max(step + 1, Int(min(needed, 1e6).rounded(.down)))
    }
    return .infinity
  }
}

extension PrivacyEvent {
  /// Whether the release means the same when a client's update becomes another one.
  fileprivate var isKnownUnderReplacement: Bool {
    switch release {
    case .gaussian, .correlatedGaussian, .poissonGaussian, .fixedSizeGaussian: true
    case .truncatedPoissonGaussian, .allocatedGaussian, .zeroConcentrated, .discreteGaussian,
      .distributedDiscreteGaussian, .distributedSkellam:
      false
    }
  }

  /// A bound of the event that `clients` clients move, each sampled by itself: all of them take part whenever
  /// one does; nil where that is no bound.
  ///
  /// How many take part is stochastically larger so. Of a mixture of Gaussians by that number, against one of
  /// none, every hockey-stick divergence is that of a half line, whose probability moves the same way.
  fileprivate func sampledTogether(by clients: Int) -> PrivacyEvent? {
    guard case .poissonGaussian(let rate, let noise) = release else { return moved(by: clients) }
    return PrivacyEvent(
      .poissonGaussian(
        samplingRate: -expm1(Double(clients) * log1p(-rate)),
        noiseMultiplier: noise / Double(clients)), count: count)
  }

  /// The event as `clients` clients move it together; nil where no bound of that kind is known.
  fileprivate func moved(by clients: Int) -> PrivacyEvent? {
    let factor = Double(clients)
    switch release {
    case .gaussian(let noise):
      return PrivacyEvent(.gaussian(noiseMultiplier: noise / factor), count: count)
    case .correlatedGaussian(let noise, let sensitivity):
      // The triangle inequality, whatever rounds each of them takes part in.
      return PrivacyEvent(
        .correlatedGaussian(noiseMultiplier: noise, sensitivity: sensitivity * factor),
        count: count)
    case .zeroConcentrated(let rho):
      // Bun and Steinke 2016 (https://arxiv.org/abs/1605.02065), Proposition 1.9.
      return PrivacyEvent(.zeroConcentrated(rho: rho * factor * factor), count: count)
    case .poissonGaussian, .truncatedPoissonGaussian, .fixedSizeGaussian, .allocatedGaussian,
      .discreteGaussian, .distributedDiscreteGaussian, .distributedSkellam:
      return nil
    }
  }
}
