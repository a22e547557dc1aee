import Federation
import Models
import SecureAggregation
import TestSupport
import Testing

/// What hostile clients do, against Vectors/attacks.py and by the clients' and the server's code of a run.
struct AttackTests {
  static func expected(_ name: String) throws -> [Double] {
    try #require(try vectors("attacks.json", as: [String: [Double]].self)[name])
  }

  static func honest() throws -> [[Double]] {
    let all = try expected("honest")
    return (0..<5).map { Array(all[($0 * 3)..<($0 * 3 + 3)]) }
  }

  static func expectClose(
    _ found: [Double], _ expected: [Double], tolerance: Double = 2e-6,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (one, other) in zip(found, expected) {
      #expect(
        abs(one - other) <= tolerance * max(1, abs(other)), "\(found), not \(expected)",
        sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: AttackConfiguration.all.map { $0.name })
  func everyAttackIsAVariant(kind: String) throws {
    let type = try #require(AttackConfiguration.all.first { $0.name == kind })
    try Self.check(type.init())
  }

  private static func check(_ attack: some Attack) throws { try checkVariant(attack) }

  // MARK: - With the honest updates

  @Test func zMaxIsAsPublished() throws {
    let cases = [(7, 2), (50, 12), (50, 24), (10, 3)]
    for ((clients, hostile), z) in zip(cases, try Self.expected("z_max")) {
      let found = LittleIsEnough.largestDeviation(clients: clients, hostile: hostile)
      #expect(abs(found - z) < 1e-9, "\(clients), \(hostile): \(found), not \(z)")
    }
    // Few honest clients, or a hostile majority: finite all the same.
    for (clients, hostile) in [(2, 1), (3, 2), (10, 8), (1, 0), (4, 4)] {
      #expect(LittleIsEnough.largestDeviation(clients: clients, hostile: hostile).isFinite)
    }
  }

  @Test func forgedUpdatesAreAsPublished() throws {
    let honest = try Self.honest()
    let alie = LittleIsEnough()
    Self.expectClose(
      try #require(alie.forge(honest: honest, hostile: 2)), try Self.expected("alie_7_2"),
      tolerance: 1e-9)
    var near = alie
    near.deviations = Setting(1)
    Self.expectClose(
      try #require(near.forge(honest: honest, hostile: 2)), try Self.expected("alie_one"),
      tolerance: 1e-12)
    Self.expectClose(
      try #require(InnerProduct().forge(honest: honest, hostile: 1)),
      try Self.expected("ipm_half"), tolerance: 1e-12)
    #expect(alie.forge(honest: [], hostile: 2) == nil)
    #expect(SignFlip().forge(honest: honest, hostile: 2) == nil)
  }

  /// The server's side: hostile updates are replaced in their places, honest ones stay as they are, and so
  /// does everything before the first attacked round.
  @Test func hostileUpdatesAreReplaced() throws {
    var configuration = Configuration()
    configuration.attack = AttackConfiguration(InnerProduct())
    configuration.attack.shared.share = 0.3
    configuration.attack.shared.fromRound = 4
    let hostile = try #require(HostileClients(configuration, clients: 100))
    let clients = Array((0..<100).filter { $0.isMultiple(of: 7) })
    let updates = clients.map { (client: $0, update: [Float($0), 1, -2]) }
    let honest = updates.filter { !hostile.contains($0.client) }
    #expect(honest.count < updates.count)
    let mean = honest.reduce(0.0) { $0 + Double($1.update[0]) } / Double(honest.count)
    let sent = configuration.attacked(updates, by: hostile, round: 4, bound: nil)
    for ((client, own), sent) in zip(updates, sent) {
      #expect(sent == (hostile.contains(client) ? [Float(-0.5 * mean), -0.5, 1] : own))
    }
    let early = configuration.attacked(updates, by: hostile, round: 3, bound: nil)
    #expect(early == updates.map(\.update))
    // Those that keep to the bound are as long as it is.
    configuration.attack.shared.ignoresClip = false
    let short = configuration.attacked(updates, by: hostile, round: 4, bound: 0.5)
    let place = try #require(clients.firstIndex(where: hostile.contains))
    let norm = short[place].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(norm - 0.5) < 1e-6)
    // An attack on own data replaces nothing.
    configuration.attack = AttackConfiguration(SignFlip())
    #expect(
      configuration.attacked(updates, by: hostile, round: 4, bound: nil) == updates.map(\.update))
  }

  // MARK: - With own data

  static func problem(
    _ attack: any Attack, ignoresClip: Bool = true, rate: Double = 1
  ) throws -> (problem: QuadraticProblem, hostile: Int) {
    let problem = QuadraticProblem(FedAvg()) {
      $0.population.newClientShare = 0
      $0.attack = AttackConfiguration(attack)
      $0.attack.shared.share = 1.0 / 3
      $0.attack.shared.ignoresClip = ignoresClip
      $0.training.server.learningRate = rate
    }
    let hostile = try #require(problem.hostile)
    #expect(hostile.count == 1)
    return (problem, try #require((0..<3).first(where: hostile.contains)))
  }

  @Test func aSignIsFlipped() throws {
    var attack = SignFlip()
    attack.scale = 2
    var (problem, hostile) = try Self.problem(attack)
    let model = try problem.next()
    Self.expectClose([model], [try Self.expected("flipped_twice")[hostile]])
  }

  /// Under the mean with all clients the attacker's model takes the place of the global one, but for what
  /// the others still add.
  @Test func aModelIsReplaced() throws {
    var (problem, hostile) = try Self.problem(ModelReplacement())
    #expect(ModelReplacement.boost(problem.configuration) == 3)
    let model = try problem.next()
    Self.expectClose([model], [try Self.expected("boosted")[hostile]])
    let own = try Self.expected("own")
    let others = own.indices.filter { $0 != hostile }.reduce(0.0) { $0 + own[$1] } / 3
    Self.expectClose([model - others], [1 + own[hostile]])
    // With half the server's rate the boost is twice as large.
    var (slow, same) = try Self.problem(ModelReplacement(), rate: 0.5)
    #expect(same == hostile && ModelReplacement.boost(slow.configuration) == 6)
    Self.expectClose([try slow.next()], [try Self.expected("boosted_half_rate")[hostile]])
    // Seven of seven clients, one of them hostile: the published number.
    var seven = Configuration()
    seven.attack = AttackConfiguration(ModelReplacement())
    seven.attack.shared.share = 1.0 / 7
    seven.training.cohortSize = 7
    #expect(ModelReplacement.boost(seven) == 7)
    // Hostile clients that know of each other share the work.
    seven.training.cohortSize = 70
    #expect(abs(ModelReplacement.boost(seven) - 7) < 1e-12)
  }

  /// Where all clients are hostile the model goes the way back from where honest ones would have taken it:
  /// with algorithms that ask for a number beside the update too, be it divided by or multiplied with.
  @Test(arguments: AlgorithmContractTests.names) func everyAlgorithmIsReversed(name: String) throws
  {
    let algorithm = try AlgorithmContractTests.algorithm(name)
    let all = QuadraticProblem(algorithm) {
      $0.population.newClientShare = 0
      $0.attack = AttackConfiguration(SignFlip())
      $0.attack.shared.share = 0.9
    }
    let hostile = (0..<3).filter { all.hostile?.contains($0) == true }
    #expect(hostile.count == 2)
    let factors = [("sign_flip", -3.0), ("model_replacement", 5), ("backdoor", 2)]
    for (kind, factor) in factors {
      func first(isAttacked: Bool) throws -> Double {
        var problem = QuadraticProblem(algorithm) {
          $0.population.newClientShare = 0
          guard isAttacked else { return }
          var flip = SignFlip()
          flip.scale = 3
          var replacement = ModelReplacement()
          replacement.boost = Setting(5)
          var backdoor = Backdoor()
          backdoor.poisonedShare = 0
          backdoor.updateFactor = 2
          switch kind {
          case "sign_flip": $0.attack = AttackConfiguration(flip)
          case "model_replacement": $0.attack = AttackConfiguration(replacement)
          default: $0.attack = AttackConfiguration(backdoor)
          }
          $0.attack.shared.share = 0.9
        }
        // Of three clients one stays honest; it is left out.
        return try problem.next(hostile) - 1
      }
      let honest = try first(isAttacked: false)
      let attacked = try first(isAttacked: true)
      #expect(abs(honest) > 1e-3)
      #expect(abs(attacked - factor * honest) < 1e-5, "\(kind): \(attacked), honest \(honest)")
    }
  }

  /// The number beside a forged update is that of the honest mean.
  @Test func forgedReportsHaveHonestNumbers() throws {
    var configuration = Configuration()
    configuration.attack.shared.share = 0.5
    for algorithm in [FedNova() as any Algorithm, QFedAvg()] {
      configuration.algorithm = AlgorithmConfiguration(algorithm)
      for attack in [InnerProduct() as any Attack, LittleIsEnough()] {
        configuration.attack.value = attack
        let hostile = try #require(HostileClients(configuration, clients: 40))
        let updates = (0..<40).map {
          (client: $0, update: [Float($0) / 40, 1, 0.5 + Float($0) / 64])
        }
        let honest = updates.filter { !hostile.contains($0.client) }.map { Double($0.update[2]) }
        let sent = configuration.attacked(updates, by: hostile, round: 1, bound: nil)
        for (client, report) in sent.enumerated() where hostile.contains(client) {
          let mean = honest.reduce(0, +) / Double(honest.count)
          #expect(abs(Double(report[2]) - mean) < 1e-6)
          #expect(report[0] != updates[client].update[0])
        }
      }
    }
  }

  /// Numbers beside vectors are left out of noise, and of no attack that sends no numbers.
  @Test func scalarsStayHonest() {
    for type in AttackConfiguration.all { #expect(type.altersScalars == (type == NotANumber.self)) }
    var layouts = AlgorithmLayouts(model: QuadraticModel().layout)
    #expect(layouts.reportedScalars == 0)
    layouts.reportScalar("steps")
    #expect(layouts.reportedScalars == 1 && layouts.report.count == 2)
  }

  @Test func anAttackerKeepsOrIgnoresTheClip() throws {
    var attack = SignFlip()
    attack.scale = 20
    let own = try Self.expected("own")
    for ignores in [true, false] {
      var (problem, hostile) = try Self.problem(attack, ignoresClip: ignores)
      let model = try problem.next(clippingBound: 0.25)
      let clipped = own.map { max(-0.25, min(0.25, $0)) }
      let flipped = -20 * own[hostile]
      let sent = ignores ? flipped : max(-0.25, min(0.25, flipped))
      let others = clipped.indices.filter { $0 != hostile }.reduce(0.0) { $0 + clipped[$1] }
      Self.expectClose([model], [1 + (others + sent) / 3], tolerance: 1e-5)
    }
  }

  /// A server that sees single updates leaves out what is no number, and what is too large to be one.
  @Test func whatIsNoNumberIsLeftOut() throws {
    var huge = SignFlip()
    huge.scale = 1e6
    let own = try Self.expected("own")
    for attack in [NotANumber() as any Attack, huge] {
      var (problem, hostile) = try Self.problem(attack)
      let model = try problem.next()
      #expect(problem.sum.count == 2)
      let others = own.indices.filter { $0 != hostile }.reduce(0.0) { $0 + own[$1] }
      Self.expectClose([model], [1 + others / 2])
    }
  }

  @Test func noiseTakesThePlaceOfAnUpdate() throws {
    var attack = GaussianUpdates()
    attack.deviation = 3
    let configuration = Configuration()
    var report = [Float](repeating: 7, count: 20_000)
    for client in 0..<2 {
      let context = AttackContext(
        configuration, client: client, round: 2, learnsFromUnseenTargets: true)
      var other = report
      report.withUnsafeMutableBufferPointer { attack.alter($0, context) }
      other.withUnsafeMutableBufferPointer { attack.alter($0, context) }
      #expect(report == other, "the same client in the same round draws the same")
    }
    let square = report.reduce(0.0) { $0 + Double($1) * Double($1) } / 20_000
    // Six standard errors of the variance of 20 000 draws.
    let error: Double = 9 * (2.0 / 20_000).squareRoot()
    #expect(abs(square - 9) < 6 * error)
  }

  /// From round 2 on: the first round is that of an experiment without an attack, to the bit.
  @Test func anAttackBeginsWhenItIsToBegin() throws {
    var attacked = QuadraticProblem(FedAvg()) {
      $0.population.newClientShare = 0
      $0.attack = AttackConfiguration(SignFlip())
      $0.attack.shared.share = 1.0 / 3
      $0.attack.shared.fromRound = 2
    }
    var plain = QuadraticProblem(FedAvg())
    #expect(try attacked.next().bitPattern == plain.next().bitPattern)
    #expect(try attacked.next() != plain.next())
  }
}
