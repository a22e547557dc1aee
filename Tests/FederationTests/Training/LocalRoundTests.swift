import Federation
import LinearAlgebra
import Models
import Testing
import UsageData

struct LocalRoundTests {
  static let population = BenchmarkPopulation(
    seed: 2, clients: 10, vocabulary: 8, sequenceLength: 2)
  static let model = SoftmaxRegression(shape: population.shape, input: .steps)
  static let examples = population.examples(dataSet: 3)

  static var configuration: Configuration {
    var configuration = Configuration()
    configuration.training.local.epochs = 3
    configuration.training.local.learningRate = 0.3
    configuration.training.local.momentum = 0.5
    return configuration
  }

  static var start: [Float] { configuration.initialParameters(of: model) }

  /// One client's outcome, and its mean update.
  static func update(
    _ configuration: Configuration, client: Int = 3, round: Int = 1,
    on examples: Examples = examples
  ) -> (outcome: ClientOutcome, sum: UpdateSum) {
    var local = LocalRound(RoundPlan(configuration, model: model.layout), model: model)
    var sum = UpdateSum(parameters: start.count)
    let note = local.report(
      of: client, round: round, RoundParameters(configuration), from: start, on: examples,
      with: ExactGrid(length: start.count), into: &sum)
    return (note.outcome, sum)
  }

  static func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test func theUpdateIsLocalMinusGlobal() throws {
    let configuration = Self.configuration
    var trainer = LocalTrainer(
      model: Self.model, optimizer: configuration.clientOptimizer,
      batchSize: configuration.training.local.batchSize)
    var local = Self.start
    var stream = RandomStream(
      seed: configuration.seed, purpose: .exampleOrder, round: 1, client: 3)
    let training = trainer.train(&local, on: Self.examples, epochs: 3, shuffledBy: &stream)

    let (outcome, sum) = Self.update(configuration)
    let update = zip(local, Self.start).map { Double($0 - $1) }
    #expect(Self.norm(update) > 0.1)
    for (value, expected) in zip(sum.mean(), update) {
      #expect(abs(value - expected) <= 0x1p-31)
    }
    guard case .reported(let examples, let weight, let loss, let norm) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(examples == 64)
    #expect(weight == 1)
    #expect(loss == training.loss)
    #expect(abs(norm - Self.norm(update)) < 1e-12)
  }

  @Test func clippingScalesToTheBound() {
    var configuration = Self.configuration
    let (plainOutcome, plain) = Self.update(configuration)
    configuration.privacy.clippingBound = Setting(0.05)
    let (outcome, clipped) = Self.update(configuration)
    #expect(abs(Self.norm(clipped.mean()) - 0.05) < 1e-7)
    // The direction stays, and the norm that is reported is the one before clipping.
    let scale = 0.05 / Self.norm(plain.mean())
    for (value, whole) in zip(clipped.mean(), plain.mean()) {
      #expect(abs(value - scale * whole) < 1e-8)
    }
    #expect(outcome == plainOutcome)

    configuration.privacy.clippingBound = Setting(1e6)
    #expect(Self.update(configuration).sum == plain)
  }

  /// The bound is the round's, whatever the experiment says.
  @Test func theRoundSaysTheBound() {
    var configuration = Self.configuration
    configuration.privacy.clippingBound = Setting(1e6)
    var local = LocalRound(
      RoundPlan(configuration, model: Self.model.layout), model: Self.model)
    for bound in [0.03, 0.01] {
      var sum = UpdateSum(parameters: Self.start.count)
      let note = local.report(
        of: 3, round: 1, RoundParameters(clippingBound: bound), from: Self.start,
        on: Self.examples, with: ExactGrid(length: Self.start.count), into: &sum)
      #expect(note.isClipped && abs(Self.norm(sum.mean()) - bound) < 1e-7)
    }
  }

  @Test func examplesWeightTheUpdate() {
    var configuration = Self.configuration
    let uniform = Self.update(configuration).sum
    configuration.training.weighting = .examples
    let (outcome, weighted) = Self.update(configuration)
    #expect(weighted.weight == 64)
    #expect(weighted.count == 1)
    #expect(weighted.values == uniform.values.map { 64 * $0 })
    guard case .reported(_, let weight, _, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(weight == 64)
  }

  @Test func aClientWithoutExamplesIsIdle() {
    let (outcome, sum) = Self.update(
      Self.configuration, on: Examples(shape: Self.population.shape))
    #expect(outcome == .idle)
    #expect(sum == UpdateSum(parameters: Self.start.count))
  }

  /// The first suggestion is the candidate with the larger first feature; of four, the person took
  /// the suggestions of the first and third.
  @Test func ignoredSuggestionsCountSeveralTimes() {
    let shape = ExampleShape(
      vocabulary: 4, sequenceLength: 1, stepWidth: 1, contextWidth: 1, candidateWidth: 2)
    let model = CandidateRanker(shape: shape)
    var examples = Examples(shape: shape)
    for target: Int32 in [0, 1, 0, 1] {
      examples.apps.append(0)
      examples.steps.append(0)
      examples.context.append(0)
      examples.candidateApps += [0, 1]
      examples.candidateOffsets.append(examples.candidateApps.count)
      examples.candidateFeatures += [2, 0.5, 1, Float(examples.count)]
      examples.targets.append(target)
      examples.targetCandidates.append(target)
    }
    var configuration = Self.configuration
    configuration.training.ignoredWeight = 3
    configuration.training.weighting = .examples
    let start: [Float] = [1, 0]
    var averaging = LocalRound(RoundPlan(configuration, model: model.layout), model: model)
    var sum = UpdateSum(parameters: 2)
    let outcome = averaging.report(
      of: 3, round: 1, RoundParameters(), from: start, on: examples, with: ExactGrid(length: 2),
      into: &sum
    ).outcome

    var trainer = LocalTrainer(
      model: model, optimizer: configuration.clientOptimizer,
      batchSize: configuration.training.local.batchSize)
    var local = start
    var stream = RandomStream(
      seed: configuration.seed, purpose: .exampleOrder, round: 1, client: 3)
    _ = trainer.train(
      &local, on: examples, chosen: [0, 1, 2, 3, 1, 3, 1, 3], epochs: 3, shuffledBy: &stream)
    for (value, expected) in zip(sum.mean(), zip(local, start).map { Double($0 - $1) }) {
      #expect(abs(value - expected) <= 0x1p-31)
    }
    // The client has four examples, however often they count.
    guard case .reported(let own, let weight, _, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(own == 4 && weight == 4)
  }

  /// A ranker cannot learn from an app that is not among the candidates.
  @Test func aRankerIgnoresUnseenTargets() {
    let shape = ExampleShape(
      vocabulary: 4, sequenceLength: 1, stepWidth: 1, contextWidth: 1, candidateWidth: 2)
    let model = CandidateRanker(shape: shape)
    func outcome(targets: [Int32]) -> ClientOutcome {
      var examples = Examples(shape: shape)
      for target in targets {
        examples.apps.append(0)
        examples.steps.append(0)
        examples.context.append(0)
        examples.candidateApps += [0, 1]
        examples.candidateFeatures += [0.5, 0.25, -1, 0]
        examples.candidateOffsets.append(examples.candidateApps.count)
        examples.targets.append(max(0, target))
        examples.targetCandidates.append(target)
      }
      let count = model.layout.count
      var local = LocalRound(RoundPlan(Self.configuration, model: model.layout), model: model)
      var sum = UpdateSum(parameters: count)
      return local.report(
        of: 0, round: 1, RoundParameters(), from: [Float](repeating: 0.1, count: count),
        on: examples, with: ExactGrid(length: count), into: &sum
      ).outcome
    }
    #expect(outcome(targets: [-1, -1]) == .idle)
    guard case .reported(let examples, _, _, _) = outcome(targets: [-1, 1, -1, 0, 0]) else {
      Issue.record("nothing was learned")
      return
    }
    #expect(examples == 3)
  }

  @Test func anUpdateThatIsNotFiniteIsLeftOut() {
    var configuration = Self.configuration
    configuration.training.local.learningRate = 1e30
    let (outcome, sum) = Self.update(configuration)
    #expect(outcome == .diverged)
    #expect(sum == UpdateSum(parameters: Self.start.count))
  }

  @Test func theOrderOfExamplesDependsOnRoundAndClient() {
    let first = Self.update(Self.configuration).sum
    #expect(Self.update(Self.configuration).sum == first)
    #expect(Self.update(Self.configuration, round: 2).sum != first)
    #expect(Self.update(Self.configuration, client: 4).sum != first)
  }

  /// Whatever was trained before leaves no trace.
  @Test func clientsDoNotTouchEachOther() {
    var local = LocalRound(
      RoundPlan(Self.configuration, model: Self.model.layout), model: Self.model)
    var (first, other, again) = (
      UpdateSum(parameters: Self.start.count), UpdateSum(parameters: Self.start.count),
      UpdateSum(parameters: Self.start.count)
    )
    func train(_ client: Int, into sum: inout UpdateSum) {
      _ = local.report(
        of: client, round: 1, RoundParameters(), from: Self.start,
        on: Self.population.examples(dataSet: client),
        with: ExactGrid(length: Self.start.count), into: &sum)
    }
    train(3, into: &first)
    train(5, into: &other)
    train(3, into: &again)
    #expect(again == first)
    #expect(other != first)
  }

  // MARK: - Dropout

  @Test(arguments: [0.0, 0.3, 0.9, 1.0])
  func dropoutIsBinomial(rate: Double) throws {
    var configuration = Self.configuration
    configuration.faults.dropoutRate = rate
    let clients = 20_000
    let dropped = (0..<clients).filter {
      configuration.drops($0, round: 1)
    }
    let deviation = (Double(clients) * rate * (1 - rate)).squareRoot()
    let difference = abs(Double(dropped.count) - rate * Double(clients))
    #expect(difference <= (try Bounds.load().normal) * deviation)
  }

  @Test func eachRoundDropsOthers() {
    var configuration = Self.configuration
    configuration.faults.dropoutRate = 0.5
    func dropped(round: Int) -> [Int] {
      (0..<200).filter {
        configuration.drops($0, round: round)
      }
    }
    #expect(dropped(round: 1) == dropped(round: 1))
    #expect(dropped(round: 1) != dropped(round: 2))
  }
}
