import Federation
import Models
import TestSupport
import Testing

/// Personal models against Vectors/algorithms.py, by the clients' and the server's code of a run.
struct PersonalisationTests {
  static func problem(
    _ method: any Personalisation, over algorithm: any Algorithm = FedAvg(), epochs: Int = 5,
    isProduct: Bool = false
  ) -> QuadraticProblem {
    QuadraticProblem(algorithm, isProduct: isProduct) {
      $0.personalisation = PersonalisationConfiguration(method)
      $0.training.local.epochs = epochs
      if isProduct { $0.personalisation.shared.local = Setting("head") }
    }
  }

  static func headed(_ name: String, over algorithm: any Algorithm = FedAvg()) -> QuadraticProblem {
    var fedRep = FedRep()
    fedRep.headEpochs = 2
    return name == "fedrep"
      ? problem(fedRep, over: algorithm, epochs: 3, isProduct: true)
      : problem(FedPer(), over: algorithm, epochs: 5, isProduct: true)
  }

  /// What the client keeps of its own, which comes last.
  static func own(_ problem: QuadraticProblem, _ client: Int, _ count: Int = 1) throws -> [Double] {
    try #require(problem.states[client]).suffix(count).map { Double($0) }
  }

  @Test(arguments: [false, true]) func apflIsAsPublished(adapts: Bool) throws {
    var method = APFL()
    method.adaptsAlpha = adapts
    var problem = Self.problem(method)
    var plain = QuadraticProblem(FedAvg())
    var global = 0.0
    for _ in 0..<2 {
      global = try problem.next()
      #expect(try global.bitPattern == plain.next().bitPattern)
    }
    let kept = try (0..<3).map { try Self.own(problem, $0, 2) }
    try AlgorithmTests.expectClose(
      [global] + kept.map { $0[0] } + (adapts ? kept.map { $0[1] } : []),
      adapts ? "apfl_adapting" : "apfl")
    // A phone's model is the mixture.
    let state = try #require(problem.states[1])
    let model = method.model(state, [Float(global)], problem.plan.shared)
    #expect(abs(Double(model[0]) - (kept[1][1] * kept[1][0] + (1 - kept[1][1]) * global)) < 1e-6)
  }

  @Test(arguments: ["fedper", "fedrep"]) func headsAreAsPublished(name: String) throws {
    for (algorithm, suffix) in [(FedAvg() as any Algorithm, ""), (Self.prox, "_prox")] {
      var problem = Self.headed(name, over: algorithm)
      // The body alone travels, and the server's head stays as it was.
      #expect(problem.plan.layouts.report.count == 1 && problem.plan.layouts.broadcast.count == 1)
      let body = try problem.run(2)[1]
      #expect(problem.state.parameters[1] == 0.5)
      let heads = try (0..<3).map { try Self.own(problem, $0)[0] }
      try AlgorithmTests.expectClose([body] + heads, name + suffix)
    }
  }

  static var prox: FedProx {
    var algorithm = FedProx()
    algorithm.mu = 0.5
    return algorithm
  }

  /// Every algorithm moves the body, and clients of those that keep something keep both.
  @Test(arguments: AlgorithmContractTests.names, ["fedper", "fedrep"])
  func headsGoWithEveryAlgorithm(algorithm: String, name: String) throws {
    var problem = Self.headed(name, over: try AlgorithmContractTests.algorithm(algorithm))
    let layouts = problem.plan.layouts
    for round in 0..<20 { try problem.next(AlgorithmTests.halves[round % 3]) }
    #expect(problem.state.parameters[1] == 0.5 && problem.state.parameters[0] != 1)
    #expect(problem.state.parameters[0].isFinite)
    for client in 0..<3 {
      #expect(problem.states[client]?.count == layouts.clientState.count)
      #expect(try Self.own(problem, client)[0] != 0.5)
    }
    // The control variates of SCAFFOLD stay the mean of what clients keep, before what is personal.
    guard algorithm == Scaffold.name else { return }
    #expect(abs(problem.meanState - problem.state.algorithmVectors[0]) < 1e-5)
  }

  /// What is new and what was lost is not kept; other clients are not touched.
  @Test func aLostReportLeavesTheHead() throws {
    var problem = Self.headed("fedper")
    try problem.next()
    let heads = problem.states
    try problem.next { $0 == 1 ? .lost : .counted }
    #expect(problem.states[1] == heads[1] && problem.states[0] != heads[0])
  }

  // MARK: - Models that diverge

  /// A model of its own that is no number is not kept: a phone has the one it had, or that it was sent.
  @Test(arguments: [false, true]) func whatIsNoNumberIsNotKept(isAPFL: Bool) throws {
    var ditto = Ditto()
    ditto.lambda = 1e30
    var problem = QuadraticProblem(FedAvg()) {
      $0.personalisation = PersonalisationConfiguration(isAPFL ? APFL() : ditto)
      $0.training.local.epochs = 5
    }
    // Of a phone whose kept number is already none nothing is left to go on with.
    let end: [Float] = isAPFL ? [0.5] : []
    problem.states = [0: [.nan] + end, 1: [0.25] + end]
    if isAPFL { problem.states[1] = [.greatestFiniteMagnitude] + end }
    try problem.next()
    for (client, state) in problem.states {
      let isFinite = state.allSatisfy { $0.isFinite }
      #expect(isFinite, "\(client): \(state)")
    }
    if isAPFL {
      #expect(problem.states[0] == [1, 0.5])
    } else {
      #expect(problem.states[0] == [1] && problem.states[1] == [0.25] && problem.states[2] == [1])
    }
  }

  /// Beside what an algorithm keeps, which is kept.
  @Test func theRestOfTheStateIsKept() throws {
    var ditto = Ditto()
    ditto.lambda = 1e30
    var problem = QuadraticProblem(Scaffold()) {
      $0.personalisation = PersonalisationConfiguration(ditto)
    }
    var plain = QuadraticProblem(Scaffold())
    let (tuned, untuned) = (try problem.next(), try plain.next())
    #expect(tuned == untuned)
    for client in 0..<3 {
      let control = try #require(plain.states[client]?.first)
      #expect(problem.states[client] == [control, 1])
    }
  }

  /// 1 − rate × pull of the distance is left after a plain step: what makes it longer is refused, and names
  /// both keys.
  @Test func stepsThatMustDivergeAreRefused() throws {
    func problem(_ change: (inout Configuration) -> Void) -> SettingError? {
      var configuration = Configuration()
      configuration.training.local.learningRate = 0.5
      change(&configuration)
      do throws(SettingError) { try configuration.validate() } catch { return error }
      return nil
    }
    func algorithm(_ algorithm: some Algorithm) -> (inout Configuration) -> Void {
      { $0.algorithm = AlgorithmConfiguration(algorithm) }
    }
    func prox(_ mu: Double) -> FedProx {
      var prox = FedProx()
      prox.mu = mu
      return prox
    }
    func dyn(_ alpha: Double) -> FedDyn {
      var dyn = FedDyn()
      dyn.alpha = alpha
      return dyn
    }
    func ditto(_ lambda: Double) -> (inout Configuration) -> Void {
      var ditto = Ditto()
      ditto.lambda = lambda
      return { $0.personalisation = PersonalisationConfiguration(ditto) }
    }
    let refused: [(SettingError?, String)] = [
      (problem(algorithm(prox(4))), "algorithm.mu"),
      (problem(algorithm(dyn(4))), "algorithm.alpha"),
      (problem(ditto(1e6)), "personalisation.lambda"),
      (
        problem {
          $0.training.local.learningRate = 5
          $0.training.local.weightDecay = 0.5
        }, "training.local.weight_decay"
      ),
      (
        problem {
          algorithm(prox(3.9))(&$0)
          $0.training.local.weightDecay = 0.2
        }, "algorithm.mu"
      ),
    ]
    for (error, keyPath) in refused {
      #expect(error?.keyPath == keyPath, "\(keyPath): \(error.map { "\($0)" } ?? "nothing")")
      #expect(error?.problem.contains("training.local.learning_rate (") == true)
    }
    #expect(refused.last?.0?.problem.contains("training.local.weight_decay (0.2)") == true)
    // Just below; steps that remember the last ones reach farther; other optimizers bound their steps.
    let allowed: [SettingError?] = [
      problem(algorithm(prox(3.9))), problem(algorithm(dyn(3.9))), problem(ditto(3.9)),
      problem {
        ditto(4)(&$0)
        $0.training.local.momentum = 0.5
      },
      problem {
        ditto(4)(&$0)
        $0.training.local.optimizer = .adam
      },
    ]
    for error in allowed { #expect(error == nil, "\(error.map { "\($0)" } ?? "")") }
    var fineTune = FineTune()
    fineTune.learningRate = 20
    let tuned = problem {
      $0.personalisation = PersonalisationConfiguration(fineTune)
      $0.training.local.weightDecay = 0.1
    }
    #expect(tuned?.problem.contains("personalisation.learning_rate (20.0)") == true)
  }

  // MARK: - Names of slices

  private func local(_ kind: ModelConfiguration.Kind, _ text: String? = nil) -> Configuration {
    var configuration = Configuration()
    configuration.model.kind = kind
    configuration.personalisation = PersonalisationConfiguration(FedPer())
    configuration.personalisation.shared.local = Setting(text)
    return configuration
  }

  private func travels(_ configuration: Configuration) -> [String] {
    RoundPlan(configuration).shared.layout.slices.map { "\($0.name) \($0.count)" }
  }

  @Test func theLastLayerStaysLocal() throws {
    let (softmax, lstm) = (local(.softmax), local(.lstm))
    let (logistic, ranker) = (local(.logistic), local(.lstmRanker))
    for configuration in [softmax, lstm, logistic, ranker] { try configuration.validate() }
    #expect(
      !travels(softmax).contains { $0.hasPrefix("output.bias") } && travels(softmax).count == 1)
    #expect(!travels(lstm).contains { $0.hasPrefix("output") } && travels(lstm).count == 4)
    #expect(travels(logistic) == ["candidate.weight 20"])
    #expect(!travels(ranker).contains { $0.hasPrefix("candidate") } && travels(ranker).count == 6)
    #expect(travels(local(.lstm, "lstm, embedding")).count == 2)
    #expect(travels(local(.logistic, "candidate.hour")) == ["candidate.weight 23"])
  }

  @Test func aWrongNameIsRefusedWithTheRightOnes() throws {
    let wrong = [
      ("ouput", "output.bias"), ("candidate.weight", "output.weight"),
      ("output", "leave something"),
      (" ", "names nothing"),
    ]
    for (text, word) in wrong {
      let error = #expect(throws: SettingError.self) { try local(.softmax, text).validate() }
      #expect(error?.keyPath == "personalisation.local")
      #expect(error?.problem.contains(word) == true, "\(String(describing: error))")
    }
    var whole = local(.softmax, "output.bias")
    whole.personalisation.value = Ditto()
    let error = #expect(throws: SettingError.self) { try whole.validate() }
    #expect(error?.keyPath == "personalisation.local")
    whole.personalisation.value = nil
    #expect(throws: SettingError.self) { try whole.validate() }
  }

  @Test func partsOfAModelComeBack() {
    let shared = SharedPart(of: Configuration().makeModel().layout, without: [2..<4, 7..<8])
    let whole = (0..<shared.model.count).map { Float($0) }
    let body = shared.gathered(whole)
    #expect(body.count == whole.count - 3 && shared.layout.count == body.count)
    #expect(shared.localPart(of: whole) == [2, 3, 7])
    var other = [Float](repeating: -1, count: whole.count)
    shared.scatter(body, into: &other)
    #expect(other[3] == -1 && other[7] == -1 && other[4] == 4)
    shared.scatterLocal([2, 3, 7], into: &other)
    #expect(other == whole)
    #expect(shared.spread(body.map { Double($0) })[2] == 0)
  }

  // MARK: - Which model a phone predicts with

  /// - Parameter events: by event, what each of the three models gives what came, of two candidates.
  private func weights(_ events: [[Double]], hasWholeGlobal: Bool = true) -> [Double] {
    var choice = ModelChoice(hasWholeGlobal: hasWholeGlobal)
    for event in events { choice.add(event.flatMap { [$0, 1 - $0] }, target: 0) }
    return choice.weights
  }

  @Test func aPhoneTrustsWhatForesaw() {
    #expect(weights([]) == [1, 0, 0] && weights([], hasWholeGlobal: false) == [0, 1, 0])
    let rows = [[0.4, 0.9, 0.4], [0.3, 0.8, 0.2], [0.4, 0.9, 0.3]]
    // Plain models come before mixtures that are as good.
    #expect(weights(rows)[1] > 0.5)
    #expect(weights(rows.map { [$0[0], $0[2], $0[1]] })[2] > 0.5)
    #expect(weights(rows.map { [$0[1], $0[0], $0[2]] }) == [1, 0, 0])
    // Numbers that are none name nothing.
    #expect(weights(rows.map { [0.4, .nan, $0[2]] }) == [1, 0, 0])
    // One event more among nine on which they differ shows nothing.
    let even = (0..<9).map { $0 < 5 ? [0.4, 0.6, 0.01] : [0.6, 0.4, 0.01] }
    #expect(weights(even) == [1, 0, 0])
    // Models that complement one another are mixed.
    let mixed = weights((0..<20).map { $0 % 2 == 0 ? [0.9, 0.2, 0.2] : [0.2, 0.9, 0.2] })
    #expect(mixed[0] > 0 && mixed[1] > 0 && mixed[2] == 0)
  }
}
