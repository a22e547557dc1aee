import Federation
import Models
import Privacy
import SecureAggregation
import TestSupport
import Testing

/// Who is hostile, what of it can be seen, and what cannot be.
struct HostileClientTests {
  static func configuration(_ kind: String = "sign_flip", share: Double = 0.2) throws
    -> Configuration
  {
    var configuration = Configuration()
    configuration.attack = try #require(AttackConfiguration(named: kind))
    configuration.attack.shared.share = share
    return configuration
  }

  /// Exactly the share of those that may train, whoever is asked first; never the held-out, nor canaries.
  @Test(arguments: [(1_000, 0.2), (1_000, 0.003), (77, 0.5), (10, 0.0), (1_000, 0.9)])
  func aShareOfThePopulationIsHostile(clients: Int, share: Double) throws {
    let configuration = try Self.configuration(share: share)
    let hostile = try #require(HostileClients(configuration, clients: clients))
    let partition = ClientPartition(
      seed: configuration.seed, clients: clients, newClientShare: 0.1)
    let expected = Int((share * Double(partition.trainingCount)).rounded())
    let chosen = (0..<clients).filter(hostile.contains)
    #expect(chosen.count == expected && hostile.count == expected)
    #expect(!chosen.contains(where: partition.isHeldOut))
    #expect(!(clients..<(clients + 50)).contains(where: hostile.contains))
    let again = HostileClients(configuration, clients: clients)
    #expect(chosen == (0..<clients).reversed().filter { again?.contains($0) == true }.reversed())
  }

  @Test func whoIsHostileFollowsFromTheSeed() throws {
    var configuration = try Self.configuration()
    func chosen() -> [Int] {
      HostileClients(configuration, clients: 500).map { hostile in
        (0..<500).filter(hostile.contains)
      } ?? []
    }
    let first = chosen()
    configuration.attack = AttackConfiguration(NotANumber())
    configuration.attack.shared.share = 0.2
    #expect(chosen() == first, "another attack is by the same clients")
    // The same people, another seed of the experiment: other attackers.
    configuration.population.seed = Setting(configuration.seed)
    configuration.seed += 1
    #expect(chosen() != first)
    #expect(HostileClients(Configuration(), clients: 500) == nil)
  }

  /// Cohorts have more or fewer hostile clients, as many as the share on average.
  @Test func cohortsVary() throws {
    var configuration = try Self.configuration()
    configuration.training.cohortSize = 50
    let hostile = try #require(HostileClients(configuration, clients: 1_000))
    let sampler = CohortSampler(
      configuration,
      partition: ClientPartition(seed: configuration.seed, clients: 1_000, newClientShare: 0.1))
    let counts = (1...200).map { round in
      sampler.cohort(round: round).clients.count(where: hostile.contains)
    }
    #expect(Set(counts).count > 5)
    let mean = Double(counts.reduce(0, +)) / 200
    // Six standard errors, those of drawing with replacement being larger.
    let variance: Double = 50 * 0.2 * 0.8 / 200
    #expect(abs(mean - 10) < 6 * variance.squareRoot())
  }

  // MARK: - Behind an encoding

  static func force(_ codec: any UpdateCodec, _ update: [Float]) throws -> UpdateSum {
    var sum = UpdateSum(parameters: codec.length)
    var note = ClientNote(.reported)
    note.examples = 10
    let isAdded = update.withUnsafeBufferPointer {
      codec.force($0, note, client: 4, into: &sum)
    }
    #expect(isAdded)
    return sum
  }

  /// Residues show no norm: what is far longer than an update may be is summed, what no sum can be
  /// abandons the round.
  @Test(arguments: [false, true]) func residuesShowNoNorm(isRotated: Bool) throws {
    var configuration = try Self.configuration()
    configuration.secureAggregation.encoding.clip = Setting(1)
    configuration.secureAggregation.encoding.rotation = isRotated
    configuration.training.cohortSize = 40
    let codec = try configuration.codec(
      round: 2, cohortSize: 40, length: 4, RoundParameters(configuration))
    let decoded = try codec.decode(
      try Self.force(codec, [10, -12, 0, 3]), participants: 40)
    guard case .real(let values) = decoded.values else { throw Unexpected() }
    for (value, sent) in zip(values, [10.0, -12, 0, 3]) { #expect(abs(value - sent) < 1e-4) }
    #expect(decoded.count == 1 && decoded.weight == 1 && decoded.numbers?.examples == 10)
    // A client that keeps to its codec is clipped to 1.
    var honest = UpdateSum(parameters: codec.length)
    var note = ClientNote(.reported)
    note.examples = 10
    _ = [Float](arrayLiteral: 10, -12, 0, 3).withUnsafeBufferPointer {
      codec.encode($0, note, client: 4, into: &honest)
    }
    guard case .real(let clipped) = try codec.decode(honest, participants: 40).values else {
      throw Unexpected()
    }
    let norm = clipped.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
    #expect(norm < 2.1)
    #expect(throws: SecureAggregationError.self) {
      _ = try codec.decode(try Self.force(codec, [.nan, 0, 0, 0]), participants: 40)
    }
  }

  private struct Unexpected: Error {}

  /// Each hostile client keeps to half of what a cohort of ten at ±1 may add up to: two of them pass for a
  /// sum, three that push one way do not.
  @Test func manyLoudClientsAreSeen() throws {
    var configuration = try Self.configuration()
    configuration.secureAggregation.encoding.clip = Setting(1)
    let codec = try configuration.codec(
      round: 2, cohortSize: 10, length: 2, RoundParameters(configuration))
    let loud = try Self.force(codec, [1000, 0])
    var sum = loud
    for clients in 1...3 {
      if clients > 1 { sum.add(loud) }
      let decoded = try? codec.decode(sum, participants: 10)
      #expect((decoded != nil) == (clients < 3), "\(clients)")
      guard case .real(let values)? = decoded?.values else { continue }
      #expect(abs(values[0] - 5 * Double(clients)) < 1e-4)
    }
  }

  @Test func noiseShowsNoNorm() throws {
    var configuration = try Self.configuration()
    configuration.privacy.mechanism = .skellam
    configuration.privacy.clippingBound = Setting(0.5)
    configuration.privacy.noiseMultiplier = Setting(0.01)
    configuration.secureAggregation.encoding.bits = Setting(24)
    let codec = try configuration.codec(
      round: 2, cohortSize: 100, length: 4, RoundParameters(configuration))
    guard
      case .real(let values) = try codec.decode(
        try Self.force(codec, [20, -15, 0, 3]), participants: 100
      ).values
    else { throw Unexpected() }
    for (value, sent) in zip(values, [20.0, -15, 0, 3]) { #expect(abs(value - sent) < 0.1) }
    // Half the modulus is a residue like all others.
    _ = try codec.decode(try Self.force(codec, [.nan, 0, 0, 0]), participants: 100)
  }

  /// Whatever it makes up, and however long that is: it is sent, or left out.
  @Test(arguments: CombinationTests.Way.all) func noUpdateStopsAPhone(way: CombinationTests.Way)
    throws
  {
    var reversed = SignFlip()
    reversed.scale = 1e6
    var noise = GaussianUpdates()
    noise.deviation = 1e6
    let attacks: [any Attack] = [NotANumber(), reversed, noise, ModelReplacement(), LabelFlip()]
    for attack in attacks {
      var configuration = CombinationTests.configuration(FedAvg(), way)
      configuration.attack = AttackConfiguration(attack)
      configuration.attack.shared.share = 0.9
      guard (try? configuration.validate()) != nil else { continue }
      let experiment = try SmallExperiment(configuration)
      let (plan, state) = (experiment.plan, experiment.state)
      let told = plan.parameters(round: 1, cohort: Array(0..<10), state.privacy)
      let codec = try plan.configuration.codec(
        round: 1, cohortSize: 10, length: plan.layouts.report.count, told)
      let hostile = try #require(HostileClients(configuration, clients: 40))
      var local = LocalRound(
        plan, model: SoftmaxRegression(shape: configuration.exampleShape, input: .context),
        hostile: hostile)
      for client in (0..<40).filter(hostile.contains).prefix(4) {
        var sum = UpdateSum(parameters: codec.length)
        let note = local.report(
          of: client, round: 1, told, from: state.broadcast(plan),
          on: experiment.examples(of: client), with: codec, into: &sum)
        let isLeftOut = note.fate == .diverged && !codec.hidesClients
        #expect(sum.count == (isLeftOut ? 0 : 1), "\(type(of: attack).name) of \(client)")
      }
    }
  }

  /// Under central noise in the clear the server clips for the rules that clip, whoever left it out.
  ///
  /// With the mean nobody looks.
  @Test(arguments: [PrivacyConfiguration.Mechanism.gaussian, .tree, .banded, .blt])
  func aServerThatSeesUpdatesClipsThem(mechanism: PrivacyConfiguration.Mechanism) throws {
    for rule in [Mean.self, NormBound.self, CenteredClipping.self] as [any Aggregator.Type] {
      var configuration = CombinationTests.configuration(
        CombinationTests.Parts(way: .init(mechanism: mechanism), aggregator: rule))
      var reversed = SignFlip()
      reversed.scale = 50
      configuration.attack = AttackConfiguration(reversed)
      configuration.attack.shared.share = 0.9
      try configuration.validate()
      let bound = try #require(configuration.privacy.clippingBound.value)
      let experiment = try SmallExperiment(configuration)
      let (plan, state) = (experiment.plan, experiment.state)
      let told = plan.parameters(round: 1, cohort: Array(0..<10), state.privacy)
      let codec = try plan.configuration.codec(
        round: 1, cohortSize: 10, length: plan.layouts.report.count, told)
      let hostile = try #require(HostileClients(configuration, clients: 40))
      var local = LocalRound(
        plan, model: SoftmaxRegression(shape: configuration.exampleShape, input: .context),
        hostile: hostile)
      for client in (0..<40).filter(hostile.contains).prefix(4) {
        var sum = UpdateSum(parameters: codec.length)
        _ = local.report(
          of: client, round: 1, told, from: state.broadcast(plan),
          on: experiment.examples(of: client), with: codec, into: &sum)
        let norm = sum.update.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect((norm > bound) == (rule == Mean.self), "\(rule.name): \(norm)")
        #expect(norm > 0.9 * bound, "\(rule.name): \(norm)")
      }
    }
  }

  // MARK: - What cannot be

  static func refuse(
    _ kind: String, _ keyPath: String, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout Configuration) -> Void
  ) throws {
    var configuration = try configuration(kind)
    try configuration.validate()
    change(&configuration)
    let error = #expect(throws: SettingError.self, sourceLocation: sourceLocation) {
      try configuration.validate()
    }
    #expect(error?.keyPath == keyPath, sourceLocation: sourceLocation)
    #expect(
      error?.problem.contains(words) == true, "\(error?.problem ?? "")",
      sourceLocation: sourceLocation)
  }

  @Test(arguments: ["inner_product", "little_is_enough"])
  func honestUpdatesMustBeSeen(kind: String) throws {
    for scheme in [SecureAggregationConfiguration.Kind.secagg, .secaggPlus] {
      try Self.refuse(kind, "attack.kind", "which nobody sees there") {
        $0.secureAggregation.protocol = scheme
      }
    }
    try Self.refuse(kind, "attack.kind", "encoding.clip") {
      $0.secureAggregation.encoding.clip = Setting(1)
    }
    try Self.refuse(kind, "attack.kind", "epsilon would not hold") {
      $0.privacy.mechanism = .gaussian
      $0.privacy.clippingBound = Setting(1)
      $0.privacy.noiseMultiplier = Setting(1)
    }
    try Self.refuse(kind, "training.weighting", "uniform") { $0.training.weighting = .examples }
  }

  @Test func attacksOnOwnDataGoWithProtection() throws {
    for kind in ["sign_flip", "label_flip", "gaussian", "nan", "model_replacement"] {
      var configuration = try Self.configuration(kind)
      configuration.privacy.mechanism = .gaussian
      configuration.privacy.clippingBound = Setting(1)
      configuration.privacy.noiseMultiplier = Setting(1)
      try configuration.validate()
      configuration.secureAggregation.protocol = .secaggPlus
      try configuration.validate()
    }
  }

  @Test func whatWouldHaveNoEffectIsRefused() throws {
    try Self.refuse("sign_flip", "attack.share", "none of the clients") {
      $0.attack.shared.share = 0.0001
    }
    try Self.refuse("sign_flip", "attack.share", "below 1") { $0.attack.shared.share = 1 }
    try Self.refuse("nan", "attack.from_round", "after the last round") {
      $0.attack.shared.fromRound = $0.training.rounds + 1
    }
    try Self.refuse("backdoor", "attack.kind", "which app came before") {
      $0.model.kind = .logistic
    }
    func backdoor(_ trigger: Int, _ target: Int) -> AttackConfiguration {
      var attack = Backdoor()
      (attack.triggerApp, attack.targetApp) = (trigger, target)
      return AttackConfiguration(attack)
    }
    try Self.refuse("backdoor", "attack.target_app", "another app") {
      $0.attack = backdoor(3, 3)
    }
    try Self.refuse("backdoor", "attack.trigger_app", "below") { $0.attack = backdoor(255, 3) }
    try Self.refuse("backdoor", "attack.target_app", "below") { $0.attack = backdoor(3, 300) }
  }
}
