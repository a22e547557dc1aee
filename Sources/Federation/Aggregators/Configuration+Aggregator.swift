import Privacy

/// Where the rule of an experiment's aggregator is applied.
package enum Aggregation: Equatable, Sendable {
  /// Nowhere: the sum is all there is.
  case sum
  /// By the server, to updates that it sees one by one.
  case server
  /// By the clients, each to its own update, which are then added up.
  case clients
  /// By the server, to the means of random groups, each of which is added up by itself.
  case groups
  /// By the clients, each to its own update, in several sums of which the server makes points.
  case repeated
}

extension Configuration {
  /// Where the aggregator is applied; nil where it cannot be.
  package var aggregation: Aggregation? {
    let rule = aggregator.aggregator
    // Hostile clients that know the honest updates answer to them one by one.
    if rule is Mean { return attack.knowledge == .honestUpdates ? .server : .sum }
    let isReleased = privacy.mechanism != .none && privacy.mechanism != .localGaussian
    // Noise is made for a sum, and what is encoded shows nothing else.
    let seen = encodesUpdates || isReleased ? Visibility.sum : Summation(self).visibility
    if seen == .individual { return .server }
    if rule.needs == .sum { return .clients }
    guard secureAggregation.protocol != .none, !isReleased else { return nil }
    if aggregator.bucketSize > 1 { return rule.takesGroups ? .groups : nil }
    return rule.repeated != nil ? .repeated : nil
  }

  /// How a round is several sums of the same clients; nil where it is one.
  package var repeatedSums: RepeatedSums? {
    aggregation == .repeated ? aggregator.aggregator.repeated : nil
  }

  /// Whether clients clip around a centre that they are sent, the last part of the broadcast.
  var isCentredByClients: Bool {
    aggregation == .clients && aggregator.aggregator.onClients?.isCentred == true
  }

  /// Whether the server sees the updates that clients clip for the rule one by one, and so clips them itself.
  ///
  /// It does so where the noise is the server's own: of single updates it makes the sum that the noise is
  /// for.
  package var clipsAtServer: Bool { aggregation == .clients && !encodesUpdates }

  /// The norm that clients clip to, whatever a mechanism asks for; nil for none.
  var unreleasedBound: Double? {
    guard aggregation == .clients, let bound = aggregator.aggregator.onClients?.bound else {
      return privacy.clippingBound.value
    }
    return min(bound, privacy.clippingBound.value ?? bound)
  }

  /// Clients of the smallest group that is summed by itself: the cohort, where it is not divided.
  var smallestGroup: Int {
    guard aggregation == .groups else { return selectedClients }
    let size = aggregator.bucketSize
    return training.cohortSize / ((training.cohortSize + size - 1) / size)
  }

  /// What to do where a cohort has too few updates or buckets for `aggregator.share`.
  var moreRowsPerHostile: String {
    let buckets = aggregator.bucketSize > 1 ? ", lower aggregator.bucket_size" : ""
    return "lower aggregator.share\(buckets) or raise training.cohort_size (\(training.cohortSize))"
  }

  /// The key that leaves the server the sum alone, and its value.
  var whatLeavesSums: String {
    if secureAggregation.protocol != .none {
      return "secure_aggregation.protocol: \(secureAggregation.protocol.rawValue)"
    }
    return privacy.mechanism == .none
      ? "secure_aggregation.encoding.clip" : "privacy.mechanism: \(privacy.mechanism.rawValue)"
  }

  /// Held-out clients whose data the server trains on.
  package var rootClients: Int { aggregator.aggregator.rootClients }

  /// Refuses rules that cannot be applied, and what would take their meaning from them.
  func validateAggregator() throws(SettingError) {
    let rule = aggregator.aggregator
    guard !(rule is Mean) else { return }
    let name = "aggregator.name: \(aggregator.name)"
    try require(
      training.weighting == .uniform, "training.weighting",
      "must be uniform with \(name): a hostile client would choose its own weight")
    let own = algorithm.algorithm.layouts(AlgorithmSettings(self, model: makeModel().layout))
    try require(
      own.clientState.count == 0, "aggregator.name",
      "must be mean with algorithm.name: \(algorithm.name), whose server counts on the mean of what its "
        + "clients keep")
    try require(
      privacy.audit.canaries == 0, "privacy.audit.canaries",
      "must be 0 with \(name): \(whatBecomesOfCanaries)")
    try requireNoRootClients()
    try validateAggregation(name)
    let size = aggregator.bucketSize
    try require(
      size <= training.cohortSize, "aggregator.bucket_size",
      "must be at most training.cohort_size (\(training.cohortSize))")
    if rule.rootClients > 0, population.source != .file {
      try requireRootClients(
        ClientPartition(
          seed: populationSeed, clients: population.clients,
          newClientShare: population.newClientShare))
    }
    try rule.validate(self, rows: (training.cohortSize + size - 1) / size)
  }

  /// Refuses root clients under a mechanism: ε counts the rounds of sampled clients alone.
  private func requireNoRootClients() throws(SettingError) {
    try require(
      rootClients == 0 || privacy.mechanism == .none, "aggregator.name",
      "must not be \(aggregator.name) with privacy.mechanism: \(privacy.mechanism.rawValue): its root clients "
        + "train and report in every round, and epsilon counts only the rounds of sampled clients")
  }

  /// Why the audit, which looks for canaries in a mean of clipped reports, cannot look for them.
  private var whatBecomesOfCanaries: String {
    guard aggregation == .clients, let part = aggregator.aggregator.onClients else {
      return "what it makes of reports is no mean, in which a canary could be looked for"
    }
    return part.isCentred
      ? "clipped around the centre, a canary is no longer the vector that the audit looks for"
      : "set aggregator.name to mean, which with privacy.clipping_bound gives the same sum"
  }

  private func validateAggregation(_ name: String) throws(SettingError) {
    let rule = aggregator.aggregator
    let mechanism = privacy.mechanism.rawValue
    switch aggregation {
    case .sum, .server, .repeated: return
    case .groups:
      // A sum of one client is its update.
      try require(
        smallestGroup > 1, "aggregator.bucket_size",
        "(\(aggregator.bucketSize)) leaves groups of a single client, whose sum hides nothing; take another "
          + "size")
    case .clients:
      try require(
        aggregator.bucketSize == 1, "aggregator.bucket_size",
        "must be 1 with \(name) and \(whatLeavesSums): each client clips its own update")
      let bound = rule.onClients?.bound ?? 0
      let key = rule.onClients?.isCentred == true ? "radius" : "bound"
      if privacy.mechanism != .none {
        try require(
          privacy.clipping == .fixed && privacy.clippingBound.value == bound, "aggregator.\(key)",
          "must be privacy.clipping_bound, which must be fixed, with privacy.mechanism: \(mechanism), whose "
            + "noise is made for that bound")
      } else if rule.onClients?.isCentred == true {
        try require(
          privacy.clippingBound.value == nil, "privacy.clipping_bound",
          "must be left out with \(name) behind secure_aggregation.protocol: "
            + "\(secureAggregation.protocol.rawValue): clients clip around the centre instead")
      }
    case nil:
      guard privacy.mechanism == .none || privacy.mechanism == .localGaussian else {
        throw SettingError(
          keyPath: "aggregator.name",
          problem:
            "must be mean, norm_bound or centered_clipping with privacy.mechanism: \(mechanism): no "
            + "useful bound is known on what one client changes in \(aggregator.name), so no noise could be "
            + "made for it")
      }
      let isMasked = secureAggregation.protocol != .none
      let groups =
        rule.takesGroups && isMasked
        ? "; with aggregator.bucket_size above 1 it takes sums of random groups instead" : ""
      let sums =
        isMasked
        ? "norm_bound, centered_clipping or geometric_median" : "norm_bound or centered_clipping"
      let protocols =
        rule.repeated != nil && !isMasked
        ? "; with secure_aggregation.protocol: secagg_plus it takes several sums instead" : ""
      throw SettingError(
        keyPath: "aggregator.name",
        problem:
          "must be mean, \(sums) with \(whatLeavesSums): \(aggregator.name) compares "
          + "single updates, and the server sees only their sum\(groups)\(protocols)")
    }
  }

  /// Refuses more root clients than are held out; where new clients are to be evaluated, one more must be.
  package func requireRootClients(_ partition: ClientPartition) throws(SettingError) {
    guard rootClients > 0 else { return }
    try require(
      partition.newCount >= rootClients, "aggregator.root_clients",
      "(\(rootClients)) must be at most the clients that are held out (\(partition.newCount)); lower it or "
        + "raise population.new_client_share")
    try require(
      partition.newCount > rootClients || evaluation.every == 0 || evaluation.newClients == 0,
      "aggregator.root_clients",
      "(\(rootClients)) takes all clients that are held out (\(partition.newCount)) and leaves none for "
        + "evaluation.new_clients (\(evaluation.newClients)); lower it, raise population.new_client_share or "
        + "set evaluation.new_clients to 0")
  }
}
