import Models
import Privacy

/// What a client has to say in a round, before it is encoded.
package struct MadeReport: Sendable {
  package var values: [Float]
  package var note: ClientNote
  /// Of a hostile client that keeps to no range.
  package var isLawless: Bool
}

/// What a client brings that another program has trained.
package struct TrainedElsewhere: Sendable {
  /// Local − global parameters; empty without examples.
  package var values: [Float]
  package var examples: Int
  /// Mean training loss (nats).
  package var loss: Double

  package init(values: [Float], examples: Int, loss: Double) {
    self.values = values
    self.examples = examples
    self.loss = loss
  }
}

/// The clients' half of a round: train as the algorithm does, go through the stages, encode.
package struct LocalRound<M: Model>: ~Copyable {
  private let plan: RoundPlan
  private let weighsExamples: Bool
  private let seed: UInt64
  private let hostile: HostileClients?
  private let learnsFromUnseenTargets: Bool
  private var client: ClientRound<M>
  private var report: [Float]
  private let isStateful: Bool
  private var keepsState = false
  /// Of the client that reported last.
  private var note = ClientNote(.idle)
  private var isLawless = false

  /// - Parameter hostile: nil without an attack.
  package init(_ plan: RoundPlan, model: M, hostile: HostileClients? = nil) {
    self.plan = plan
    self.hostile = hostile
    learnsFromUnseenTargets = model.learnsFromUnseenTargets
    weighsExamples = plan.configuration.training.weighting == .examples
    seed = plan.configuration.seed
    isStateful = plan.layouts.clientState.count > 0
    client = ClientRound(plan, model: model)
    report = [Float](repeating: 0, count: plan.layouts.report.count)
  }

  /// What the client that reported last keeps if its report is counted; nil where it keeps what it had.
  package var keptState: [Float]? { keepsState ? client.state : nil }

  /// What the client that reported last has to say in all sums of the round.
  package var made: MadeReport { MadeReport(values: report, note: note, isLawless: isLawless) }

  /// Trains one client and adds its vector to the sum.
  ///
  /// - Parameters:
  ///   - canary: which canary the client is; nil for people.
  ///   - broadcast: what the server sent; the model comes first.
  ///   - state: what the client has kept; empty for one that is new.
  ///   - trained: of a client that another program has trained; nil trains it here.
  ///   - weight: what the update counts, once it is clipped.
  /// - Returns: what the client knows; where the codec hides clients, its vector is in the sum whatever
  ///   became of it.
  package mutating func report(
    of id: Int, canary: Int? = nil, round: Int, _ told: RoundParameters,
    from broadcast: [Float], state: consuming [Float] = [], on examples: Examples,
    trained: TrainedElsewhere? = nil, weight: Float = 1, with codec: any UpdateCodec,
    into sum: inout UpdateSum
  ) -> ClientNote {
    keepsState = false
    // Without a second owner, what the client keeps is moved on in place.
    let earlier = plan.layouts.personal == nil ? [] : state
    client.setState(state)
    let attacker = attacker(id, round)
    note =
      if let canary {
        plant(canary, told)
      } else if let trained {
        take(trained, attacker)
      } else {
        train(id, round, broadcast, examples, attacker)
      }
    isLawless = attacker != nil && plan.configuration.attack.shared.ignoresClip
    var context = ClientContext(
      client: id, round: round, clippingBound: told.clippingBound,
      normGrowth: plan.transforms.reduce(codec.normGrowth) { $0 + $1.normGrowth },
      centre: plan.isCentred ? broadcast.suffix(report.count) : [])
    // A server that clips what it sees does to this update what its client left out; to all others it would
    // do what they have done already.
    context.isUnclipped = isLawless && !plan.configuration.clipsAtServer
    report.withUnsafeMutableBufferPointer { report in
      for transform in plan.transforms { transform.onClient(report, &note, context) }
      guard weight != 1, note.fate == .reported else { return }
      for index in report.indices { report[index] *= weight }
      note.largestNorm *= Double(weight)
    }
    let heard = send(
      MadeReport(values: report, note: note, isLawless: isLawless), of: id, with: codec, into: &sum)
    if heard.fate == .reported, isStateful, canary == nil {
      report.withUnsafeBufferPointer { plan.algorithm.keep(&client, $0) }
      client.restorePersonal(earlier)
      keepsState = true
    }
    return heard
  }

  /// Adds the vector of a client that has trained to a sum; where the codec hides clients, one without an
  /// update as well.
  package func send(
    _ made: MadeReport, of id: Int, with codec: any UpdateCodec, into sum: inout UpdateSum
  ) -> ClientNote {
    var note = made.note
    if note.fate == .reported {
      let isEncoded = made.values.withUnsafeBufferPointer {
        made.isLawless
          ? codec.force($0, note, client: id, into: &sum)
          : codec.encode($0, note, client: id, into: &sum)
      }
      if isEncoded {
        note.isCut =
          !made.isLawless && made.values.withUnsafeBufferPointer { codec.cuts($0, note) }
        return note
      }
      note = ClientNote(.diverged)
    }
    guard codec.hidesClients else { return note }
    let zeros = [Float](repeating: 0, count: made.values.count)
    let isEncoded = zeros.withUnsafeBufferPointer {
      codec.encode($0, note, client: id, into: &sum)
    }
    precondition(isEncoded, "a zero update can be encoded")
    return note
  }

  /// Trains and leaves what the client reports, before clipping, in `report`; its own model goes on too.
  private mutating func train(
    _ id: Int, _ round: Int, _ broadcast: [Float], _ examples: Examples, _ attacker: AttackContext?
  ) -> ClientNote {
    client.broadcast = broadcast
    var trained = examples
    if let attacker { plan.configuration.attack.attack?.poison(&trained, attacker) }
    guard client.begin(id, round: round, on: trained) else { return ClientNote(.idle) }
    var note = ClientNote(.reported)
    note.examples = client.exampleCount
    if weighsExamples { note.weight = client.exampleCount }
    client.repeatIgnored(trained)
    plan.personalisation?.prepare(&client, on: examples)
    note.loss = report.withUnsafeMutableBufferPointer {
      let loss = plan.algorithm.train(&client, on: trained, into: $0).loss
      if let attacker { Self.alter($0, attacker, plan) }
      return loss
    }
    // Who attacks others wants a good model for itself; what is trained along with the report learns from
    // what that learns from.
    plan.personalisation?.train(&client, on: examples)
    return note
  }

  /// Leaves what another program has trained in `report`.
  private mutating func take(
    _ trained: TrainedElsewhere, _ attacker: AttackContext?
  ) -> ClientNote {
    guard trained.examples > 0 else { return ClientNote(.idle) }
    precondition(trained.values.count == report.count, "an update of the model")
    var note = ClientNote(.reported)
    note.examples = trained.examples
    if weighsExamples { note.weight = trained.examples }
    note.loss = trained.loss
    report.withUnsafeMutableBufferPointer { report in
      _ = report.update(fromContentsOf: trained.values)
      if let attacker { Self.alter(report, attacker, plan) }
    }
    return note
  }

  /// Leaves what a hostile client reports.
  private static func alter(
    _ report: UnsafeMutableBufferPointer<Float>, _ attacker: AttackContext, _ plan: RoundPlan
  ) {
    guard let attack = plan.configuration.attack.attack else { return }
    let scalars = type(of: attack).altersScalars ? 0 : plan.layouts.reportedScalars
    attack.alter(UnsafeMutableBufferPointer(rebasing: report.dropLast(scalars)), attacker)
  }

  /// The hostile client that this one is in this round; nil for one that does as it is asked.
  private func attacker(_ id: Int, _ round: Int) -> AttackContext? {
    let attack = plan.configuration.attack
    guard attack.attack != nil, round >= attack.shared.fromRound, hostile?.contains(id) == true
    else { return nil }
    return AttackContext(
      plan.configuration, client: id, round: round,
      learnsFromUnseenTargets: learnsFromUnseenTargets)
  }

  /// Leaves a canary's vector, or zeros, in `report`.
  private mutating func plant(_ canary: Int, _ told: RoundParameters) -> ClientNote {
    let norm = Configuration.canaryNorm * (told.clippingBound ?? 1)
    report.withUnsafeMutableBufferPointer { report in
      if Canary.isPlanted(canary, seed: seed) {
        Canary.fill(report, index: canary, norm: norm, seed: seed)
      } else {
        report.update(repeating: 0)
      }
    }
    return ClientNote(.reported)
  }
}
